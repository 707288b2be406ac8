import type { EntryKind, WatchRequest } from '@phloem/protocol';
import {
  createSocketIoTransport,
  openLink,
  type Batch,
  type LinkStatus,
  type SocketIoOptions,
  type View,
  type WatchNews,
} from '@phloem/reconnect';
import { map, merge, type Observable, type SchedulerLike } from 'rxjs';
import type { PanelEvent } from '../../state/panel-state.ts';

/** What a panel's link needs. */
export type PanelLinkOptions = {
  /** The page's own origin. */
  readonly url: string;
  /** The browser's running time, with its timers. */
  readonly clock: SchedulerLike;
  readonly random: () => number;
  /** The version of the panel, for the hub's list of nodes. */
  readonly software: string;
  /** Transports in place of the browser's own, for tests that intercept them. */
  readonly transports?: SocketIoOptions['transports'];
};

/** The names of the two subscriptions. */
const latest = 'panel';
const every = 'events';
const shownKinds: EntryKind[] = ['device', 'alarm', 'lease', 'bundle', 'node'];

/** One link of one page. It lives as long as the worker that opened it. */
export type PanelLink = {
  readonly events$: Observable<PanelEvent>;
  readonly watch$: (request: WatchRequest) => Observable<WatchNews>;
};

/** Opens a link and dials. A page is a node of its own, so that two tabs never take each other for one that came back. */
export const openPanelLink = ({ url, clock, random, software, transports }: PanelLinkOptions): PanelLink => {
  const link = openLink({
    transport: createSocketIoTransport({ url, ...(transports === undefined ? {} : { transports }) }),
    clock,
    random,
    nodeId: `panel-${toWord(random, 10)}`,
    run: toWord(random, 16),
    role: 'viewer',
    software,
    subscriptions: [
      { sub: latest, mode: 'latest', filter: {}, cursor: null },
      { sub: every, mode: 'every', filter: { kinds: shownKinds }, cursor: null },
    ],
  });
  return {
    events$: merge(
      link.status$.pipe(map((report: LinkStatus): PanelEvent => ({ kind: 'status', report }))),
      link.latest$(latest).pipe(map((view: View): PanelEvent => toEvent(view, clock.now()))),
      link
        .batches$(every)
        .pipe(map((batch: Batch): PanelEvent => ({ kind: 'entries', entries: batch.kind === 'entries' ? batch.entries : [] }))),
    ),
    watch$: (request) => link.watch$(request),
  };
};

const toEvent = ({ event, payload }: View, running: number): PanelEvent =>
  event === 'snapshot' ? { kind: 'snapshot', message: payload, running } : { kind: 'changes', message: payload, running };

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';

const toWord = (random: () => number, length: number): string =>
  Array.from({ length }, () => letters[Math.floor(random() * letters.length)] ?? 'a').join('');
