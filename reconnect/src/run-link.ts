import { toScopeId, type NamedSubscriptionRequest, type SubscriptionId } from '@phloem/protocol';
import {
  BehaviorSubject,
  distinctUntilChanged,
  EMPTY,
  filter,
  firstValueFrom,
  interval,
  map,
  merge,
  Observable,
  startWith,
  Subject,
  switchMap,
  take,
  timer,
} from 'rxjs';
import { backOffs, patienceAfter, patiences, pauseAfter } from './back-off.ts';
import { restingLink, stepLink, type LinkEffect, type LinkEvent } from './link-machine.ts';
import { isTruncated } from './lineage.ts';
import type { Batch, LeaseStatus, Link, LinkOptions, LinkStatus, WatchNews, SourceAnswer } from './link.ts';
import { createReader, noteProgress, type Reader } from './reader.ts';
import { runSession, type Session } from './run-session.ts';

/** How long `close` waits for the hub to confirm the last commit. */
const farewellMs = 1000;
/** How often a raw watch is renewed; the hub ends it after two minutes. */
const renewWatchMs = 30_000;

const isSameLease = (a: LeaseStatus, b: LeaseStatus): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Claims that asking again would change nothing. A lease that nobody holds was lost by standing still: a new session need not wait. */
const isUnderWay = (status: LeaseStatus): boolean => status.state === 'held' || (status.state === 'waiting' && status.holder !== null);

/**
 * Opens a link, and dials at once. It goes on for ever, over cuts and restarts of the hub, until `close`, or until the
 * hub's farewell says not to come back (then its phase is `closed`, and `bye` says why).
 */
export const openLink = (options: LinkOptions): Link => {
  const { clock, random } = options;
  const profile = options.profile ?? (options.role === 'automation' ? 'control' : 'browser');
  const commits = options.commits ?? (options.role === 'automation' ? 'by-reader' : 'on-delivery');
  const readers = new Map<SubscriptionId, Reader>();
  const effects = new Subject<LinkEffect>();
  const watches = new Subject<WatchNews>();
  const answers = new Subject<SourceAnswer>();
  const events: LinkEvent[] = [];
  const lease$ = new BehaviorSubject<LeaseStatus>({ state: 'none' });
  const status$ = new BehaviorSubject<LinkStatus>({
    phase: 'resting',
    attempt: 0,
    sinceAt: clock.now(),
    retryAt: null,
    why: null,
    bye: null,
    welcome: null,
    roundTripMs: null,
    hubClock: null,
    head: null,
    durable: null,
    committed: null,
    lastReceivedAt: null,
    ignored: 0,
    ignoredEntries: 0,
  });
  let state = restingLink;
  let session: Session | null = null;
  let lease = options.lease;
  let isStepping = false;

  const emitStatus = (change: Partial<LinkStatus>): void => {
    if (!status$.closed) status$.next({ ...status$.value, ...change });
  };
  const pause = (failures: number): number => pauseAfter(failures, backOffs[profile], random);

  /** One event after the other: an effect may bring in the next event before it returns. */
  const happen = (event: LinkEvent): void => {
    events.push(event);
    if (isStepping) return;
    isStepping = true;
    for (let next = events.shift(); next !== undefined; next = events.shift()) {
      const before = state;
      const { state: after, effect } = stepLink(before, next, pause);
      state = after;
      const { phase, attempt, why, bye } = after;
      const now = clock.now();
      const retryAt = effect?.do === 'rest' ? now + effect.ms : phase === 'resting' ? status$.value.retryAt : null;
      const sinceAt = phase === before.phase && attempt === before.attempt ? status$.value.sinceAt : now;
      // The old connection is ended before anybody learns of the new phase, so that nothing of it comes afterwards.
      if (effect !== null) effects.next(effect);
      if (after !== before) emitStatus({ phase, attempt, why, bye, sinceAt, retryAt });
    }
    isStepping = false;
  };

  const perform = (effect: LinkEffect): Observable<LinkEvent> => {
    switch (effect.do) {
      case 'dial':
        return runSession(
          {
            ...options,
            lease,
            attempt: effect.attempt,
            attemptTimeoutMs: patienceAfter(state.failures, patiences[profile]),
            readers,
            emitStatus,
            emitLease: (status) => {
              if (!isSameLease(status, lease$.value)) lease$.next(status);
            },
            emitWatch: (news) => watches.next(news),
            reportAnswer: (answer) => answers.next(answer),
            countIgnored: () => emitStatus({ ignored: status$.value.ignored + 1 }),
            countIgnoredEntries: (count) => {
              if (count > 0) emitStatus({ ignoredEntries: status$.value.ignoredEntries + count });
            },
          },
          (offered) => {
            session = offered;
          },
        );
      case 'rest':
        return new Observable((rested) => timer(effect.ms, clock).subscribe(() => rested.next({ type: 'rested' })));
      case 'stop':
        return EMPTY;
      default:
        return effect satisfies never;
    }
  };

  const acknowledge = (batch: Batch): void => {
    if (commits === 'by-reader' || batch.type !== 'entries') return;
    commit({ sub: batch.sub, epoch: batch.epoch, cursor: batch.last, term: null, commands: [], alarms: [], values: [] });
  };
  const add = (request: NamedSubscriptionRequest): void => {
    readers.set(request.sub, createReader(request, acknowledge));
  };
  const commit: Link['commit'] = (progress) => {
    const reader = readers.get(progress.sub);
    if (reader === undefined) return;
    const { welcome } = status$.value;
    // A reader that is behind may not have come to the word that these entries are gone. What it made of them is nothing
    // the hub can be notified, and its number means another entry by now.
    if (welcome !== null && isTruncated(welcome.log, { epoch: progress.epoch, lsn: progress.cursor })) return;
    const status = session?.leaseNow();
    noteProgress(reader, progress, status?.state === 'held' ? status.term : null, clock.now());
    session?.flush(reader);
  };
  const remove = (sub: SubscriptionId): void => {
    const reader = readers.get(sub);
    if (reader === undefined) return;
    readers.delete(sub);
    session?.unsubscribe(sub);
    reader.mailbox.complete();
    reader.views.complete();
  };
  const isCommitted = ({ phase, committed }: LinkStatus): boolean =>
    phase !== 'ready' || [...readers.values()].every((reader) => isConfirmed(reader, committed?.subscriptions ?? {}));

  for (const request of options.subscriptions) add(request);
  const running = effects.pipe(switchMap(perform)).subscribe(happen);
  happen({ type: 'rested' });

  return {
    status$: status$.asObservable(),
    lease$: lease$.asObservable(),
    batches$: (sub) => readers.get(sub)?.mailbox.items$ ?? EMPTY,
    latest$: (sub) =>
      new Observable((viewer) => {
        const reader = readers.get(sub);
        if (reader === undefined) return viewer.complete();
        if (reader.snapshot !== null) viewer.next(reader.snapshot);
        else if (reader.version !== null) {
          // Somebody else has taken the changes since the snapshot: a new one for all.
          reader.version = null;
          session?.unsubscribe(sub);
          session?.subscribe(reader.request);
        }
        return reader.views.subscribe(viewer);
      }),
    commit,
    subscribe: (request) => {
      remove(request.sub);
      add(request);
      session?.subscribe(request);
    },
    unsubscribe: remove,
    watch$: (request) =>
      new Observable((watcher) => {
        const { watch } = request;
        const news = watches.pipe(filter(({ payload }) => payload.watch === watch)).subscribe(watcher);
        const asking = status$
          .pipe(
            map(({ phase, attempt }) => (phase === 'ready' ? attempt : null)),
            distinctUntilChanged(),
            switchMap((attempt) =>
              attempt === null
                ? EMPTY
                : interval(renewWatchMs, clock).pipe(
                    startWith(-1),
                    // What is past was sent when the watch began.
                    map((turn) => (turn < 0 ? request : { ...request, recent: 0 })),
                  ),
            ),
          )
          .subscribe((wanted) => session?.watch(wanted));
        return () => {
          asking.unsubscribe();
          news.unsubscribe();
          session?.unwatch(watch);
        };
      }),
    sources: {
      answers$: answers.asObservable(),
      send: (message) => session?.send(message),
      drop: (why) => happen({ type: 'dropped', why }),
    },
    requestLease: (scope) => {
      const canonical = toScopeId(scope.split('+'));
      if (lease?.scope === canonical && (session === null || isUnderWay(session.leaseNow()))) return;
      lease = { scope: canonical };
      happen({ type: 'redial' });
    },
    close: async () => {
      for (const reader of readers.values()) session?.flush(reader, true);
      if (session !== null && commits === 'by-reader')
        await firstValueFrom(merge(status$.pipe(filter(isCommitted)), timer(farewellMs, clock)).pipe(take(1)));
      happen({ type: 'close' });
      running.unsubscribe();
      for (const reader of readers.values()) {
        reader.mailbox.complete();
        reader.views.complete();
      }
      lease$.complete();
      watches.complete();
      answers.complete();
      status$.complete();
    },
  };
};

const isConfirmed = ({ request, committed }: Reader, known: Readonly<Record<SubscriptionId, number>>): boolean =>
  request.mode === 'latest' || committed === null || (known[request.sub] ?? 0) >= committed.lsn;
