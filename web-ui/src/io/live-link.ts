import type { WatchRequest } from '@phloem/protocol';
import type { WatchNews } from '@phloem/reconnect';
import { filter, map, mergeMap, Observable, ReplaySubject, retry, share, startWith, Subject, switchMap, type ObservableInput } from 'rxjs';
import type { FromWorker, ToWorker } from '../live/live-messages.ts';
import type { PanelEvent } from '../site/panel-state.ts';

/** What a live link needs. */
export type LiveLinkOptions = {
  /** The page's own origin. */
  readonly url: string;
  /** The page's running time. */
  readonly running: () => number;
  /** The version of the panel, for the hub's list of nodes. */
  readonly software: string;
};

/** The link of this page, which lives in a worker. */
export type LiveLink = {
  /** All that is told, in order. One link is open while somebody listens. */
  readonly events$: Observable<PanelEvent>;
  /** What passes on a bus; the watch ends with the subscription. */
  readonly watch$: (request: WatchRequest) => Observable<WatchNews>;
  /** Gives up the link and dials at once. */
  readonly retry: () => void;
};

/** After a worker has failed, which it never should: how long the page waits before it starts another. */
const restartMs = 1000;

type Port = { readonly messages$: Observable<FromWorker>; readonly tell: (message: ToWorker) => void };

/** Opens the link of this page as soon as `events$` is listened to. */
export const openLiveLink = (options: LiveLinkOptions): LiveLink => {
  const retries$ = new Subject<void>();
  const port$ = retries$.pipe(
    startWith(undefined),
    switchMap(() => openWorker$(options)),
    retry({ delay: restartMs }),
    // Who asks later gets the worker that runs.
    share({ connector: () => new ReplaySubject<Port>(1) }),
  );
  return {
    events$: port$.pipe(
      switchMap(({ messages$ }) => messages$),
      mergeMap((message): ObservableInput<PanelEvent> => (message.type === 'events' ? message.events : [])),
    ),
    watch$: (request) => port$.pipe(switchMap((port) => watchBy$(port, request))),
    retry: () => retries$.next(),
  };
};

const openWorker$ = ({ url, running, software }: LiveLinkOptions): Observable<Port> =>
  new Observable((subscriber) => {
    const worker = new Worker(new URL('../live/io/live-worker.ts', import.meta.url), { type: 'module', name: 'phloem-link' });
    const messages$ = new Subject<FromWorker>();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has no origin
    const tell = (message: ToWorker): void => worker.postMessage(message);
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => messages$.next(data));
    worker.addEventListener('error', ({ message }) => subscriber.error(new Error(message)));
    subscriber.next({ messages$, tell });
    tell({ type: 'start', url, software, running: running() });
    return () => worker.terminate();
  });

const watchBy$ = ({ messages$, tell }: Port, request: WatchRequest): Observable<WatchNews> =>
  new Observable((subscriber) => {
    const { watch } = request;
    const news = messages$
      .pipe(
        filter((message) => message.type === 'watch'),
        map((message) => message.news),
        filter(({ payload }) => payload.watch === watch),
      )
      .subscribe(subscriber);
    tell({ type: 'watch', request });
    return () => {
      tell({ type: 'unwatch', watch });
      news.unsubscribe();
    };
  });
