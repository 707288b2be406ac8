import { Fault, faults, isFault, toScopeId, type MeAnswer, type Position, type RequestAnswer, type Term } from '@phloem/protocol';
import {
  createSocketIoTransport,
  monotonicClock,
  openLink,
  pauseAfter,
  type Batch,
  type Link,
  type LinkStatus,
  type View,
} from '@phloem/reconnect';
import { BehaviorSubject, first, Observable, ReplaySubject, Subject, switchMap, takeUntil } from 'rxjs';
import type { Asked, FlowRequest, HubConnection } from '../hub-connection.ts';
import type { FlowNode } from '../node-red.ts';
import type { HubState } from '../step-readings.ts';
import { toTokenHelp, type Standing } from '../to-node-status.ts';
import { createAsk } from './ask-hub.ts';
import { LeaseHolder } from './lease-holder.ts';

export type ConnectionSettings = {
  readonly address: string;
  readonly token: string;
  /** The name of the node that the token is for. */
  readonly node: string;
  /** The locations whose devices flows may command. */
  readonly locations: readonly string[];
  readonly keepSeconds: number;
};

const backOff = { baseMs: 250, capMs: 5000 };
const retryRequestMs = 250;
/** The hub takes 16 subscriptions of a node; one is the state. */
const maxReaders = 15;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Opens the connection of a hub node and dials at once. It goes on, over cuts and restarts of the hub, until it is closed. */
export const openConnection = (node: FlowNode, settings: ConnectionSettings): HubConnection => new Connection(node, settings);

class Connection implements HubConnection {
  readonly #settings: ConnectionSettings;
  readonly #ask: ReturnType<typeof createAsk>;
  readonly #lease: LeaseHolder;
  readonly #standing$ = new BehaviorSubject<Standing>({ kind: 'connecting' });
  readonly #state$ = new Subject<HubState>();
  readonly #link$ = new ReplaySubject<Link>(1);
  readonly #closed$ = new Subject<void>();
  readonly #running: Promise<void>;
  #snapshot: HubState | null = null;
  #link: Link | null = null;
  #readers = 0;
  #isClosed = false;
  readonly standing$: Observable<Standing>;
  readonly state$: Observable<HubState>;

  constructor(node: FlowNode, settings: ConnectionSettings) {
    this.#settings = settings;
    this.#ask = createAsk(settings.address, settings.token);
    const scope = settings.locations.length === 0 ? '' : toScopeId(settings.locations);
    this.#lease = new LeaseHolder({ node, ask: this.#ask, scope, keepMs: settings.keepSeconds * 1000 });
    this.standing$ = this.#standing$.asObservable();
    this.state$ = new Observable((reader) => {
      if (this.#snapshot !== null) reader.next(this.#snapshot);
      return this.#state$.subscribe(reader);
    });
    this.#running = this.#run();
  }

  get term(): Term | null {
    return this.#lease.term;
  }

  ask<T>(path: string, asked: Asked): Promise<T> {
    return this.#ask<T>(path, asked, 10_000);
  }

  alarms$(name: string, cursor: Position): Observable<Batch> {
    return this.#link$.pipe(
      switchMap(
        (link) =>
          new Observable<Batch>((reader) => {
            if (this.#readers >= maxReaders) {
              reader.error(
                new Fault('protocol/unexpected', `one hub node serves at most ${maxReaders} alarms nodes; use a second hub node`),
              );
              return;
            }
            this.#readers += 1;
            link.subscribe({ sub: name, mode: 'every', filter: { kinds: ['alarm'] }, cursor });
            const reading = link.batches$(name).subscribe(reader);
            reader.add(() => {
              reading.unsubscribe();
              link.unsubscribe(name);
              this.#readers -= 1;
            });
          }),
      ),
      takeUntil(this.#closed$),
    );
  }

  async request(request: FlowRequest): Promise<RequestAnswer> {
    const endsAt = performance.now() + request.ttlMs;
    for (;;) {
      const leftMs = Math.floor(endsAt - performance.now());
      try {
        if (leftMs < 1) throw new Fault('command/late', `the hub did not take the request within ${request.ttlMs / 1000} s`);
        const term = await this.#lease.use();
        return await this.#ask<RequestAnswer>('/requests', { method: 'POST', body: { ...request, term, ttlMs: leftMs } });
      } catch (error) {
        if (!isFault(error)) throw error;
        if (error.code === 'command/term') this.#lease.lose();
        // The same id never acts twice.
        const mayRetry = error.code === 'command/term' || faults[error.code].retry;
        if (!mayRetry || endsAt - performance.now() < retryRequestMs || this.#isClosed) throw error;
        await sleep(retryRequestMs);
      }
    }
  }

  async close(isRemoved: boolean): Promise<void> {
    this.#isClosed = true;
    this.#closed$.next();
    this.#closed$.complete();
    this.#link$.complete();
    this.#state$.complete();
    await Promise.all([this.#lease.close(isRemoved), this.#link?.close(), this.#running]);
    this.#standing$.complete();
  }

  /** Which role the token has decides how to greet, so the hub is asked first. */
  async #run(): Promise<void> {
    for (let failures = 1; !this.#isClosed; failures += 1) {
      try {
        const me = await this.#ask<MeAnswer>('/me', { method: 'GET' });
        if (!this.#isClosed) this.#open(me);
        return;
      } catch (error) {
        if (!isFault(error)) throw error;
        if (error.code === 'auth/unauthorised' || error.code === 'auth/forbidden') {
          this.#standing$.next({ kind: 'refused', message: toTokenHelp(error.message, this.#settings.node) });
          return;
        }
        if (error.code === 'net/unreachable' && failures > 1) this.#noteCut();
        const pause = pauseAfter(failures + 1, backOff, Math.random);
        await Promise.race([sleep(pause), new Promise<void>((resolve) => void this.#closed$.subscribe({ complete: resolve }))]);
      }
    }
  }

  #open({ role }: MeAnswer): void {
    const { address, token, node } = this.#settings;
    const link = openLink({
      transport: createSocketIoTransport({ url: address }),
      clock: monotonicClock,
      random: Math.random,
      nodeId: node,
      run: crypto.randomUUID().slice(0, 20),
      role,
      token,
      software: 'phloem-node-red',
      subscriptions: [{ sub: 'state', mode: 'latest', filter: {}, cursor: null }],
      profile: 'browser',
      commits: 'on-delivery',
    });
    this.#link = link;
    link.status$.pipe(takeUntil(this.#closed$)).subscribe((status) => this.#follow(status));
    link
      .latest$('state')
      .pipe(takeUntil(this.#closed$))
      .subscribe((view) => this.#take(view, link));
    this.#link$.next(link);
  }

  #follow({ phase, bye }: LinkStatus): void {
    if (phase === 'ready') return;
    if (phase === 'closed') {
      const message = bye === null ? 'the connection was closed' : `${bye.code}: ${bye.message}`;
      const isToken = bye?.code === 'unauthorised';
      this.#standing$.next({ kind: 'refused', message: isToken ? toTokenHelp(message, this.#settings.node) : message });
    } else if (phase === 'resting' || this.#standing$.value.kind === 'connected') this.#noteCut();
  }

  #noteCut(): void {
    const { kind } = this.#standing$.value;
    if (kind === 'connected' || kind === 'connecting') this.#standing$.next({ kind: 'stale', sinceAt: Date.now() });
  }

  #take({ event, payload }: View, link: Link): void {
    let epoch = '';
    link.status$.pipe(first()).subscribe(({ welcome }) => (epoch = welcome?.log.epoch ?? ''));
    const layout = event === 'snapshot' ? payload.site.points : (this.#snapshot?.layout ?? []);
    const { version, at, up, points, alarms } = payload;
    const state: HubState = { kind: event, epoch, version, at, up, layout, points, alarms };
    this.#snapshot = event === 'snapshot' || this.#snapshot === null ? state : mergeState(this.#snapshot, state);
    if (event === 'snapshot') this.#standing$.next({ kind: 'connected' });
    this.#state$.next(state);
  }
}

/** The whole state after a change. */
const mergeState = (before: HubState, change: HubState): HubState => {
  const merge = <T extends object>(old: readonly T[], changed: readonly T[], toId: (item: T) => string): readonly T[] => [
    ...new Map([...old, ...changed].map((item) => [toId(item), item])).values(),
  ];
  return {
    ...change,
    kind: 'snapshot',
    points: merge(before.points, change.points, ({ id }) => id),
    alarms: merge(before.alarms, change.alarms, ({ alarm }) => alarm),
  };
};
