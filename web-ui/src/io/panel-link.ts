import { createSocketIoTransport, openLink, type Batch, type LinkStatus, type View } from '@phloem/reconnect';
import { defer, finalize, map, merge, type Observable, type SchedulerLike } from 'rxjs';
import type { PanelEvent } from '../site/panel-state.ts';

/** What a panel's link needs. */
export type PanelLinkOptions = {
  /** The page's own origin. */
  readonly url: string;
  /** The browser's running time, with its timers. */
  readonly clock: SchedulerLike;
  readonly random: () => number;
  /** The version of the panel, for the hub's list of nodes. */
  readonly software: string;
};

/** The names of the two subscriptions. */
const latest = 'panel';
const every = 'events';

/**
 * One link of one page, as the events of a panel: opened when subscribed to, closed when unsubscribed from. A page is a
 * node of its own, so that two tabs never take each other for one that came back.
 */
export const openPanelLink$ = ({ url, clock, random, software }: PanelLinkOptions): Observable<PanelEvent> =>
  defer(() => {
    const link = openLink({
      transport: createSocketIoTransport({ url }),
      clock,
      random,
      nodeId: `panel-${toWord(random, 10)}`,
      run: toWord(random, 16),
      role: 'viewer',
      software,
      subscriptions: [
        { sub: latest, mode: 'latest', filter: {}, cursor: null },
        { sub: every, mode: 'every', filter: { kinds: ['device', 'alarm', 'lease', 'bundle', 'node'] }, cursor: null },
      ],
    });
    return merge(
      link.status$.pipe(map((report: LinkStatus): PanelEvent => ({ type: 'status', report }))),
      link.latest$(latest).pipe(map((view: View): PanelEvent => toEvent(view, clock.now()))),
      link
        .batches$(every)
        .pipe(map((batch: Batch): PanelEvent => ({ type: 'entries', entries: batch.type === 'entries' ? batch.entries : [] }))),
    ).pipe(finalize(() => void link.close()));
  });

const toEvent = ({ event, payload }: View, running: number): PanelEvent =>
  event === 'snapshot' ? { type: 'snapshot', message: payload, running } : { type: 'changes', message: payload, running };

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';

const toWord = (random: () => number, length: number): string =>
  Array.from({ length }, () => letters[Math.floor(random() * letters.length)] ?? 'a').join('');
