import { distinctUntilChanged, map, observeOn, startWith, Subscription, type SchedulerLike } from 'rxjs';
import type { BusDiagnostics } from '../field/bus-diagnostics.ts';
import type { FrameLog } from '../log/frame-log.ts';
import type { OffsetService } from '../setpoints/offset-service.ts';
import type { Site } from '../site/site.ts';
import type { HubStore } from '../store/hub-store.ts';
import type { HubView } from '../view/hub-view.ts';
import { toFavouredPoints, toLiveBundles } from './favoured-points.ts';

export type LiveBundleParts = {
  readonly log: FrameLog;
  readonly documents: HubStore['documents'];
  readonly site: Site;
  readonly view: Pick<HubView, 'automation'>;
  readonly offsets: Pick<OffsetService, 'look'>;
  readonly diagnostics: Pick<BusDiagnostics, 'favour'> | undefined;
  readonly scheduler: SchedulerLike;
};

/** Acts on a change of the live bundles: offsets that no longer fit end, and the points that rules read are polled first. */
export const runLiveBundles = ({ log, documents, site, view, offsets, diagnostics, scheduler }: LiveBundleParts): Subscription => {
  const bundles$ = log.head$.pipe(
    startWith(log.head),
    map(() => toLiveBundles(view)),
    distinctUntilChanged((a, b) => a.join() === b.join()),
  );
  const running = new Subscription();
  // After whatever is under way: what the new rules no longer allow is taken back by an entry of its own.
  running.add(bundles$.pipe(observeOn(scheduler)).subscribe(() => offsets.look()));
  if (diagnostics === undefined) return running;
  const { interlocks, alarms } = site;
  running.add(bundles$.subscribe((bundles) => diagnostics.favour(toFavouredPoints(bundles, { documents, interlocks, alarms }))));
  return running;
};
