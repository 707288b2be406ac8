import { concatMap, EMPTY, expand, interval, merge, observeOn, of, startWith, Subject, type SchedulerLike, type Subscription } from 'rxjs';
import { alarmIds, hours, minutes, reasonOf, seconds, type AlarmEntry, type EntryDraft } from '@phloem/protocol';
import { isBehind, isLost, toCursorAlarms } from '../cursors/cursor-alarms.ts';
import type { RetainLimits } from '../log/retention.ts';
import { keptBytes, spareBytes, toSpaceLevel, type DataSpace, type SpaceLevel } from '../store/disk-space.ts';
import type { HubStore } from '../store/hub-store.ts';
import type { HubView } from '../view/hub-view.ts';

/** How long the log is kept where nobody says otherwise, and how often what is older is removed. */
export const defaultRetention: RetainLimits = { maxAgeMs: hours(35 * 24), maxBytes: 8 * 1024 ** 3, floor: null };
const retainEveryMs = hours(1);
/** How often it is looked whether a named cursor falls behind. */
const pollEveryMs = minutes(1);
/** How often the room on the disk is read. */
const readSpaceEveryMs = seconds(5);

type RetentionParts = {
  readonly store: HubStore;
  readonly space: DataSpace;
  readonly limits: RetainLimits;
  readonly view: Pick<HubView, 'alarmState'>;
  readonly scheduler: SchedulerLike;
};

/**
 * Removes what the log has kept for long enough, and watches the room on the disk. On a full disk the log stops growing:
 * its oldest entries make room for the newest, within its own file, so that control goes on.
 */
export const runRetention = ({ store, space, limits: retention, view, scheduler }: RetentionParts): Subscription => {
  let level: SpaceLevel = 'ample';
  const pressed$ = new Subject<void>();
  const append = (drafts: readonly EntryDraft[]): void => {
    const news = drafts.filter(
      (draft) => draft.kind !== 'alarm' || (view.alarmState(draft.alarm) === 'cleared') !== (draft.state === 'cleared'),
    );
    if (news.length > 0) store.log.append(news);
  };
  /** Those who keep a cursor are warned before what they have not read goes, and notified when it has gone. */
  const checkCursors = (limits: RetainLimits): void => {
    for (const cursor of store.namedCursors.list()) {
      const standing = { isLost: isLost(cursor, store.log), isBehind: isBehind(store.behind(cursor.lsn), limits) };
      append(toCursorAlarms(cursor, standing));
    }
  };
  const retain = () => {
    const limits = level === 'full' ? toPressedLimits(retention, store.size()) : retention;
    checkCursors(limits);
    const retained = store.retain(limits);
    if (retained.cut !== null) checkCursors(limits);
    return retained;
  };

  const removed$ = merge(interval(retainEveryMs, scheduler), pressed$).pipe(
    concatMap(() => of(retain()).pipe(expand(({ isMore }) => (isMore ? of(retain()).pipe(observeOn(scheduler)) : EMPTY)))),
  );
  const running = removed$.subscribe(({ alarm }) => {
    if (alarm !== null) append([alarm]);
  });
  running.add(interval(pollEveryMs, scheduler).subscribe(() => checkCursors(retention)));
  running.add(
    interval(readSpaceEveryMs, scheduler)
      .pipe(startWith(0))
      .subscribe(() => {
        const free = space.free();
        level = toSpaceLevel(level, free);
        if (level === 'full') {
          space.releaseReserve();
          pressed$.next();
        } else space.keepReserve();
        append(toSpaceAlarms(level, free));
      }),
  );
  return running;
};

/** As much goes as it takes to have `spareBytes` inside the file; a log that has them, or is small, keeps what it has. */
const toPressedLimits = (retention: RetainLimits, { bytes, spare }: ReturnType<HubStore['size']>): RetainLimits => ({
  ...retention,
  maxBytes: Math.max(keptBytes, Math.min(retention.maxBytes, bytes - Math.max(0, spareBytes - spare))),
});

/** The alarms of the disk as they have to stand at this level. */
const toSpaceAlarms = (level: SpaceLevel, free: number): readonly EntryDraft[] => {
  const low: Draft = {
    kind: 'alarm',
    alarm: alarmIds.disk('low'),
    state: level === 'low' ? 'active' : 'cleared',
    priority: 'P2',
    by: { kind: 'hub' },
  };
  const full: Draft = {
    kind: 'alarm',
    alarm: alarmIds.disk('full'),
    state: level === 'full' ? 'active' : 'cleared',
    priority: 'P1',
    by: { kind: 'hub' },
  };
  return [
    { ...low, ...(level === 'low' && { why: reasonOf('disk/low', { free }) }) },
    {
      ...full,
      ...(level === 'full' && { why: reasonOf('disk/full', { free }) }),
    },
  ];
};

type Draft = Pick<AlarmEntry, 'kind' | 'alarm' | 'state' | 'priority' | 'by'>;
