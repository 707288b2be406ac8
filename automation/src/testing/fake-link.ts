import type { ScopeId, SubscriptionRequest, Welcome } from '@phloem/protocol';
import type { Batch, LeaseStatus, Link, LinkStatus, Progress } from '@phloem/reconnect';
import { BehaviorSubject, EMPTY, Subject } from 'rxjs';
import { epoch } from './entries.ts';

/** A link whose hub is the test. */
export type FakeLink = {
  readonly link: Link;
  readonly commits: Progress[];
  readonly requests: SubscriptionRequest[];
  readonly scopes: ScopeId[];
  isClosed: boolean;
  say(change: Partial<LinkStatus>): void;
  grant(lease: LeaseStatus): void;
  /** Delivers on the newest subscription. */
  deliver(batch: Batch): void;
};

export const logOf = (parts: Partial<Welcome['log']> = {}): Welcome['log'] => ({ epoch, first: 1, head: 0, lineage: [], ...parts });

/** A welcome with this log. */
export const welcomeOf = (log: Welcome['log']): Welcome => ({
  protocol: { major: 1, minor: 0 },
  hub: { nodeId: 'hub', run: 'hubrun-0001' },
  session: 'session-0001',
  log,
  subscriptions: [],
  committed: { subscriptions: {}, scope: null },
  durable: log.head,
  lease: null,
  limits: { messageBytes: 131_072, windowEntries: 2048, windowBytes: 262_144 },
  heartbeat: { everyMs: 500, deadMs: 2000, leaseMs: 3000 },
  at: 1_800_000_000_000,
  up: 1000,
});

export const createFakeLink = (log: Welcome['log']): FakeLink => {
  const status$ = new BehaviorSubject<LinkStatus>({
    phase: 'dialing',
    attempt: 1,
    sinceAt: 0,
    retryAt: null,
    why: null,
    bye: null,
    welcome: welcomeOf(log),
    roundTripMs: null,
    hubClock: null,
    head: null,
    durable: null,
    committed: null,
    lastReceivedAt: null,
    ignored: 0,
    ignoredEntries: 0,
  });
  const lease$ = new BehaviorSubject<LeaseStatus>({ state: 'none' });
  let batches = new Subject<Batch>();
  const fake: FakeLink = {
    commits: [],
    requests: [],
    scopes: [],
    isClosed: false,
    say: (change) => status$.next({ ...status$.value, ...change }),
    grant: (lease) => lease$.next(lease),
    deliver: (batch) => batches.next(batch),
    link: {
      status$,
      lease$,
      batches$: () => batches,
      latest$: () => EMPTY,
      watch$: () => EMPTY,
      commit: (progress) => fake.commits.push(progress),
      subscribe: (request) => {
        batches.complete();
        batches = new Subject();
        fake.requests.push(request);
      },
      unsubscribe: () => batches.complete(),
      sources: { answers$: EMPTY, send: () => undefined, drop: () => undefined },
      requestLease: (scope) => fake.scopes.push(scope),
      close: async () => {
        fake.isClosed = true;
      },
    },
  };
  return fake;
};
