import { hasOverlap, millis, seconds, type Millis, type NodeId, type ScopeId, type SessionId, type Term } from '@phloem/protocol';

/** A lease as the hub keeps it. `behindMs` is the least that its engine was behind at a renewal; null before the first. */
export type HeldLease = {
  readonly scope: ScopeId;
  readonly term: Term;
  readonly holder: NodeId;
  readonly session: SessionId;
  /** Granted or renewed; the lease ends when this is `ttlMs` ago. */
  readonly validUp: number;
  readonly behindMs: number | null;
};

/** Who wants a scope that it cannot have yet. `notBefore`: it lost the lease by standing still, and has to pause. */
export type Waiting = { readonly session: SessionId; readonly nodeId: NodeId; readonly scope: ScopeId; readonly notBefore: number };

export type LeasesState = {
  /** The highest term ever granted. */
  readonly lastTerm: number;
  readonly held: readonly HeldLease[];
  /** In the order in which they came. */
  readonly waiting: readonly Waiting[];
  readonly isClosed: boolean;
};

export type LeaseEvent =
  | { readonly kind: 'request'; readonly up: number; readonly session: SessionId; readonly nodeId: NodeId; readonly scope: ScopeId }
  /** `behindMs` is how old the first entry is that the engine has not worked off; 0 at the tail. */
  | { readonly kind: 'renew'; readonly up: number; readonly session: SessionId; readonly term: Term; readonly behindMs: number }
  | { readonly kind: 'release'; readonly up: number; readonly session: SessionId }
  | { readonly kind: 'tick'; readonly up: number }
  | { readonly kind: 'close'; readonly up: number };

export type LeaseEnd = 'expired' | 'freed';

export type LeaseEffect =
  | { readonly kind: 'grant'; readonly lease: HeldLease }
  | { readonly kind: 'end'; readonly lease: HeldLease; readonly why: LeaseEnd }
  | { readonly kind: 'renewed'; readonly lease: HeldLease };

export type LeasePolicy = {
  readonly ttlMs: Millis;
  /** An engine at most this far behind is at work (LE2). */
  readonly freshMs: Millis;
  /** How long a connected engine that stood still has to pause before it is tried again. */
  readonly pauseMs: Millis;
};

export const defaultLeasePolicy: LeasePolicy = { ttlMs: seconds(3), freshMs: seconds(3), pauseMs: seconds(30) };

type Step = readonly [LeasesState, readonly LeaseEffect[]];

/** Nobody holds anything; `lastTerm` comes from the store. */
export const startLeases = (lastTerm: number): LeasesState => ({ lastTerm, held: [], waiting: [], isClosed: false });

/** Pure: who may command what, after this. What does not fit changes nothing. */
export function stepLeases(state: LeasesState, event: LeaseEvent, policy: LeasePolicy = defaultLeasePolicy): Step {
  if (state.isClosed) return [state, []];
  const [current, ended] = expire(state, event.up, policy);
  const [next, done] = take(current, event, policy);
  const [granted, grants] = next.isClosed ? ([next, []] as const) : grantWaiting(next, event.up);
  return [granted, [...ended, ...done, ...grants]];
}

/** The next moment at which time alone changes something, or null. */
export const nextLeaseWake = (state: LeasesState, policy: LeasePolicy = defaultLeasePolicy): number | null => {
  if (state.isClosed) return null;
  const ends = state.held.map(({ validUp }) => validUp + policy.ttlMs);
  const pauses = state.waiting.filter((waiting) => isFree(state, waiting.scope)).map(({ notBefore }) => notBefore);
  const moments = [...ends, ...pauses];
  return moments.length === 0 ? null : Math.min(...moments);
};

const isFree = (state: LeasesState, scope: ScopeId): boolean => state.held.every((lease) => !hasOverlap(lease.scope, scope));

/** Pure: an engine makes progress when it is close to the tail, or closer to it than ever under this lease (LE2). */
export const hasProgress = (lease: HeldLease, behindMs: number, { freshMs }: Pick<LeasePolicy, 'freshMs'>): boolean =>
  behindMs <= freshMs || (lease.behindMs !== null && behindMs < lease.behindMs);

function expire(state: LeasesState, up: number, policy: LeasePolicy): Step {
  const isOver = (lease: HeldLease): boolean => up - lease.validUp >= policy.ttlMs;
  const over = state.held.filter(isOver);
  if (over.length === 0) return [state, []];
  // A session that let its lease run out is still connected: it stands in line again, but not at once.
  const again = over.map(({ session, holder, scope }) => ({ session, nodeId: holder, scope, notBefore: up + policy.pauseMs }));
  return [
    { ...state, held: state.held.filter((lease) => !isOver(lease)), waiting: [...state.waiting, ...again] },
    over.map((lease) => ({ kind: 'end', lease, why: 'expired' })),
  ];
}

function take(state: LeasesState, event: LeaseEvent, policy: LeasePolicy): Step {
  switch (event.kind) {
    case 'request':
      return request(state, event);
    case 'renew':
      return renew(state, event, policy);
    case 'release':
      return drop(state, ({ session }) => session === event.session);
    case 'close': {
      const [freed, ends] = drop(state, () => true);
      return [{ ...freed, isClosed: true }, ends];
    }
    case 'tick':
      break;
  }
  return [state, []];
}

function request(state: LeasesState, { session, nodeId, scope }: Extract<LeaseEvent, { kind: 'request' }>): Step {
  if (state.held.some((lease) => lease.session === session && lease.scope === scope)) return [state, []];
  if (state.waiting.some((waiting) => waiting.session === session && waiting.scope === scope)) return [state, []];
  // One node, one lease: what an earlier session of it held is over, and it stands at the end of the line.
  const [freed, ends] = drop(state, (claim) => claim.session === session || claim.node === nodeId);
  return [{ ...freed, waiting: [...freed.waiting, { session, nodeId, scope, notBefore: 0 }] }, ends];
}

function renew(state: LeasesState, { up, session, term, behindMs }: Extract<LeaseEvent, { kind: 'renew' }>, policy: LeasePolicy): Step {
  const lease = state.held.find((held) => held.session === session && held.term === term);
  if (lease === undefined) return [state, []];
  const replaceBy = (next: HeldLease): LeasesState => ({ ...state, held: state.held.map((held) => (held === lease ? next : held)) });
  if (hasProgress(lease, behindMs, policy)) {
    const renewed = { ...lease, validUp: up, behindMs };
    return [replaceBy(renewed), [{ kind: 'renewed', lease: renewed }]];
  }
  // How far an engine is behind proves nothing by itself: the first word of it is what the next is compared with.
  return [lease.behindMs === null ? replaceBy({ ...lease, behindMs }) : state, []];
}

type Claim = { readonly session: SessionId; readonly node: NodeId };

function drop(state: LeasesState, isGone: (claim: Claim) => boolean): Step {
  const over = state.held.filter(({ session, holder }) => isGone({ session, node: holder }));
  const waiting = state.waiting.filter(({ session, nodeId }) => !isGone({ session, node: nodeId }));
  const held = state.held.filter((lease) => !over.includes(lease));
  return [{ ...state, held, waiting }, over.map((lease) => ({ kind: 'end', lease, why: 'freed' }))];
}

/** Grants, in the order of the line, each scope that overlaps no live lease: nobody waits for a room that is free. */
function grantWaiting(state: LeasesState, up: number): Step {
  let next = state;
  const grants: LeaseEffect[] = [];
  for (const waiting of state.waiting) {
    if (waiting.notBefore > up || !isFree(next, waiting.scope)) continue;
    const { session, nodeId: holder, scope } = waiting;
    const lease: HeldLease = { scope, holder, session, term: next.lastTerm + 1, validUp: up, behindMs: null };
    next = {
      ...next,
      lastTerm: lease.term,
      held: [...next.held, lease],
      waiting: next.waiting.filter((other) => other !== waiting),
    };
    grants.push({ kind: 'grant', lease });
  }
  return [next, grants];
}

/** How long until `wake`, never negative. */
export const toDelay = (wake: number, up: number): Millis => millis(Math.max(0, wake - up));
