import { type ScopeId, type WatchRequest, toScopeId, type NamedSubscriptionRequest, type SubscriptionId } from '@phloem/protocol';
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
  type SchedulerLike,
  type Subscription,
  switchMap,
  take,
  timer,
} from 'rxjs';
import type { Progress, View, Batch, LeaseStatus, Link, LinkOptions, LinkStatus, WatchNews, SourceAnswer } from './link.ts';
import { backOffs, patienceAfter, patiences, pauseAfter } from './back-off.ts';
import { restingLink, stepLink, type LinkEffect, type LinkEvent } from './link-machine.ts';
import { isTruncated } from './lineage.ts';
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
export const openLink = (options: LinkOptions): Link => new RunningLink(options);

class RunningLink implements Link {
  readonly #options: LinkOptions;
  readonly #clock: SchedulerLike;
  readonly #random: () => number;
  readonly #profile: 'control' | 'browser';
  readonly #commits: 'by-reader' | 'on-delivery';
  readonly #readers = new Map<SubscriptionId, Reader>();
  readonly #effects = new Subject<LinkEffect>();
  readonly #watches = new Subject<WatchNews>();
  readonly #answers = new Subject<SourceAnswer>();
  readonly #events: LinkEvent[] = [];
  readonly #lease$ = new BehaviorSubject<LeaseStatus>({ state: 'none' });
  readonly #status$: BehaviorSubject<LinkStatus>;
  #state = restingLink;
  #session: Session | null = null;
  #lease: { readonly scope: ScopeId } | undefined;
  #isStepping = false;
  readonly #running: Subscription;
  readonly status$: Link['status$'];
  readonly lease$: Link['lease$'];
  readonly unsubscribe: Link['unsubscribe'];
  readonly sources: Link['sources'];

  constructor(options: LinkOptions) {
    this.#options = options;
    const { clock, random } = options;
    this.#clock = clock;
    this.#random = random;
    this.#profile = options.profile ?? (options.role === 'automation' ? 'control' : 'browser');
    this.#commits = options.commits ?? (options.role === 'automation' ? 'by-reader' : 'on-delivery');
    this.#status$ = new BehaviorSubject<LinkStatus>({
      phase: 'resting',
      attempt: 0,
      sinceAt: this.#clock.now(),
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
    this.#lease = options.lease;
    for (const request of options.subscriptions) this.#add(request);
    this.#running = this.#effects.pipe(switchMap((effect) => this.#perform(effect))).subscribe((event) => this.#happen(event));
    this.#happen({ kind: 'rested' });
    this.status$ = this.#status$.asObservable();
    this.lease$ = this.#lease$.asObservable();
    this.unsubscribe = (sub: SubscriptionId) => this.#remove(sub);
    this.sources = {
      answers$: this.#answers.asObservable(),
      send: (message) => this.#session?.send(message),
      drop: (why) => this.#happen({ kind: 'dropped', why }),
    };
  }

  readonly commit = (progress: Progress): void => {
    const reader = this.#readers.get(progress.sub);
    if (reader === undefined) return;
    const { welcome } = this.#status$.value;
    // A reader that is behind may not have come to the word that these entries are gone. What it made of them is nothing
    // the hub can be notified, and its number means another entry by now.
    if (welcome !== null && isTruncated(welcome.log, { epoch: progress.epoch, lsn: progress.cursor })) return;
    const status = this.#session?.leaseNow();
    noteProgress(reader, progress, status?.state === 'held' ? status.term : null, this.#clock.now());
    this.#session?.flush(reader);
  };

  readonly batches$ = (sub: SubscriptionId): Observable<Batch> => this.#readers.get(sub)?.mailbox.items$ ?? EMPTY;

  readonly latest$ = (sub: SubscriptionId): Observable<View> => {
    return new Observable((viewer) => {
      const reader = this.#readers.get(sub);
      if (reader === undefined) return viewer.complete();
      if (reader.snapshot !== null) viewer.next(reader.snapshot);
      else if (reader.version !== null) {
        // Somebody else has taken the changes since the snapshot: a new one for all.
        reader.version = null;
        this.#session?.unsubscribe(sub);
        this.#session?.subscribe(reader.request);
      }
      return reader.views.subscribe(viewer);
    });
  };

  readonly subscribe = (request: NamedSubscriptionRequest): void => {
    this.#remove(request.sub);
    this.#add(request);
    this.#session?.subscribe(request);
  };

  readonly watch$ = (request: WatchRequest): Observable<WatchNews> => {
    return new Observable((watcher) => {
      const { watch } = request;
      const news = this.#watches.pipe(filter(({ payload }) => payload.watch === watch)).subscribe(watcher);
      const asking = this.#status$
        .pipe(
          map(({ phase, attempt }) => (phase === 'ready' ? attempt : null)),
          distinctUntilChanged(),
          switchMap((attempt) =>
            attempt === null
              ? EMPTY
              : interval(renewWatchMs, this.#clock).pipe(
                  startWith(-1),
                  // What is past was sent when the watch began.
                  map((turn) => (turn < 0 ? request : { ...request, recent: 0 })),
                ),
          ),
        )
        .subscribe((wanted) => this.#session?.watch(wanted));
      return () => {
        asking.unsubscribe();
        news.unsubscribe();
        this.#session?.unwatch(watch);
      };
    });
  };

  readonly requestLease = (scope: ScopeId): void => {
    const canonical = toScopeId(scope.split('+'));
    if (this.#lease?.scope === canonical && (this.#session === null || isUnderWay(this.#session.leaseNow()))) return;
    this.#lease = { scope: canonical };
    this.#happen({ kind: 'redial' });
  };

  readonly close = async (): Promise<void> => {
    for (const reader of this.#readers.values()) this.#session?.flush(reader, true);
    if (this.#session !== null && this.#commits === 'by-reader')
      await firstValueFrom(
        merge(this.#status$.pipe(filter((value) => this.#isCommitted(value))), timer(farewellMs, this.#clock)).pipe(take(1)),
      );
    this.#happen({ kind: 'close' });
    this.#running.unsubscribe();
    for (const reader of this.#readers.values()) {
      reader.mailbox.complete();
      reader.views.complete();
    }
    this.#lease$.complete();
    this.#watches.complete();
    this.#answers.complete();
    this.#status$.complete();
  };

  #emitStatus(change: Partial<LinkStatus>): void {
    if (!this.#status$.closed) this.#status$.next({ ...this.#status$.value, ...change });
  }

  #pause(failures: number): number {
    return pauseAfter(failures, backOffs[this.#profile], this.#random);
  }

  /** One event after the other: an effect may bring in the next event before it returns. */
  #happen(event: LinkEvent): void {
    this.#events.push(event);
    if (this.#isStepping) return;
    this.#isStepping = true;
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      const before = this.#state;
      const { state: after, effect } = stepLink(before, next, (failures) => this.#pause(failures));
      this.#state = after;
      const { phase, attempt, why, bye } = after;
      const now = this.#clock.now();
      const retryAt = effect?.do === 'rest' ? now + effect.ms : phase === 'resting' ? this.#status$.value.retryAt : null;
      const sinceAt = phase === before.phase && attempt === before.attempt ? this.#status$.value.sinceAt : now;
      // The old connection is ended before anybody learns of the new phase, so that nothing of it comes afterwards.
      if (effect !== null) this.#effects.next(effect);
      if (after !== before) this.#emitStatus({ phase, attempt, why, bye, sinceAt, retryAt });
    }
    this.#isStepping = false;
  }

  #perform(effect: LinkEffect): Observable<LinkEvent> {
    switch (effect.do) {
      case 'dial':
        return runSession(
          {
            ...this.#options,
            lease: this.#lease,
            attempt: effect.attempt,
            attemptTimeoutMs: patienceAfter(this.#state.failures, patiences[this.#profile]),
            readers: this.#readers,
            emitStatus: (change: Partial<LinkStatus>) => this.#emitStatus(change),
            emitLease: (status) => {
              if (!isSameLease(status, this.#lease$.value)) this.#lease$.next(status);
            },
            emitWatch: (news) => this.#watches.next(news),
            reportAnswer: (answer) => this.#answers.next(answer),
            countIgnored: () => this.#emitStatus({ ignored: this.#status$.value.ignored + 1 }),
            countIgnoredEntries: (count) => {
              if (count > 0) this.#emitStatus({ ignoredEntries: this.#status$.value.ignoredEntries + count });
            },
          },
          (offered) => {
            this.#session = offered;
          },
        );
      case 'rest':
        return new Observable((rested) => timer(effect.ms, this.#clock).subscribe(() => rested.next({ kind: 'rested' })));
      case 'stop':
        return EMPTY;
      default:
        return effect satisfies never;
    }
  }

  #acknowledge(batch: Batch): void {
    if (this.#commits === 'by-reader' || batch.kind !== 'entries') return;
    this.commit({ sub: batch.sub, epoch: batch.epoch, cursor: batch.last, term: null, commands: [], alarms: [], values: [] });
  }

  #add(request: NamedSubscriptionRequest): void {
    this.#readers.set(
      request.sub,
      createReader(request, (batch) => this.#acknowledge(batch)),
    );
  }

  #remove(sub: SubscriptionId): void {
    const reader = this.#readers.get(sub);
    if (reader === undefined) return;
    this.#readers.delete(sub);
    this.#session?.unsubscribe(sub);
    reader.mailbox.complete();
    reader.views.complete();
  }

  #isCommitted({ phase, committed }: LinkStatus): boolean {
    return phase !== 'ready' || [...this.#readers.values()].every((reader) => isConfirmed(reader, committed?.subscriptions ?? {}));
  }
}

const isConfirmed = ({ request, committed }: Reader, known: Readonly<Record<SubscriptionId, number>>): boolean =>
  request.mode === 'latest' || committed === null || (known[request.sub] ?? 0) >= committed.lsn;
