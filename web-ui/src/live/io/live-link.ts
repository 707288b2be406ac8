import { Fault, type WatchRequest } from '@phloem/protocol';
import type { WatchNews } from '@phloem/reconnect';
import {
  filter,
  firstValueFrom,
  map,
  mergeMap,
  Observable,
  ReplaySubject,
  retry,
  share,
  startWith,
  Subject,
  switchMap,
  take,
  type ObservableInput,
} from 'rxjs';
import type { Ask, FromWorker, ToWorker } from '../live-messages.ts';
import type { PanelEvent } from '../../state/panel-state.ts';
import type { SendAsk } from '../hub-http.ts';

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
  /** All that is reported, in order. One link is open while somebody listens. */
  readonly events$: Observable<PanelEvent>;
  /** What passes on a bus; the watch ends with the subscription. */
  readonly watch$: (request: WatchRequest) => Observable<WatchNews>;
  /** Asks the hub over HTTP; see `hub-http.ts`. */
  readonly ask: SendAsk;
  /** Gives up the link and dials at once. */
  readonly retry: () => void;
};

/** After a worker has failed, which it never should: how long the page waits before it starts another. */
const restartMs = 1000;

type Port = { readonly messages$: Observable<FromWorker>; readonly tell: (message: ToWorker) => void };

/** Opens the link of this page as soon as `events$` is listened to. */
export const openLiveLink = (options: LiveLinkOptions): LiveLink => {
  const retries$ = new Subject<void>();
  let asked = 0;
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
      mergeMap((message): ObservableInput<PanelEvent> => (message.kind === 'events' ? message.events : [])),
    ),
    watch$: (request) => port$.pipe(switchMap((port) => watchBy$(port, request))),
    ask: async (ask, signal) => {
      asked += 1;
      const id = asked;
      return firstValueFrom(
        port$.pipe(
          take(1),
          switchMap((port) => askBy$(port, { ...ask, id }, signal)),
        ),
      );
    },
    retry: () => retries$.next(),
  };
};

const openWorker$ = ({ url, running, software }: LiveLinkOptions): Observable<Port> =>
  new Observable((subscriber) => {
    const worker = new Worker(new URL('./live-worker.ts', import.meta.url), { type: 'module', name: 'phloem-link' });
    const messages$ = new Subject<FromWorker>();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has no origin
    const tell = (message: ToWorker): void => worker.postMessage(message);
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => messages$.next(data));
    worker.addEventListener('error', ({ message }) => subscriber.error(new Error(message)));
    subscriber.next({ messages$, tell });
    tell({ kind: 'start', url, software, running: running() });
    return () => {
      worker.terminate();
      messages$.complete();
    };
  });

const watchBy$ = ({ messages$, tell }: Port, request: WatchRequest): Observable<WatchNews> =>
  new Observable((subscriber) => {
    const { watch } = request;
    const news = messages$
      .pipe(
        filter((message) => message.kind === 'watch'),
        map((message) => message.news),
        filter(({ payload }) => payload.watch === watch),
      )
      .subscribe(subscriber);
    tell({ kind: 'watch', request });
    return () => {
      tell({ kind: 'unwatch', watch });
      news.unsubscribe();
    };
  });

const unreachable = (): Fault => new Fault('net/unreachable', 'the hub does not answer');

/** One request; a link that is given up gives up its requests too. */
const askBy$ = ({ messages$, tell }: Port, ask: Ask, signal: AbortSignal | undefined): Observable<unknown> =>
  new Observable((subscriber) => {
    const told = messages$.subscribe({
      next: (message) => {
        if (message.kind !== 'answered' || message.answer.id !== ask.id) return;
        if ('value' in message.answer) {
          subscriber.next(message.answer.value);
          subscriber.complete();
        } else subscriber.error(new Fault(message.answer.code, message.answer.message));
      },
      complete: () => subscriber.error(unreachable()),
    });
    const giveUp = (): void => {
      tell({ kind: 'forget', id: ask.id });
      subscriber.error(signal?.reason);
    };
    tell({ kind: 'ask', ask });
    signal?.addEventListener('abort', giveUp);
    if (signal?.aborted === true) giveUp();
    return () => {
      signal?.removeEventListener('abort', giveUp);
      told.unsubscribe();
    };
  });
