import type { FaultCode, Position } from '@phloem/protocol';
import type { Batch as HubBatch } from '@phloem/reconnect';
import type { Batch, BridgeRecord, Place } from './record.ts';
import type { TargetPosition } from './target.ts';
import { freshTail, resumedTail, tailAt, toRecords, type Tail } from './to-records.ts';

/** `fenced` and `closed` are final: another writer has gone on at the target; the hub or the operator has ended the bridge. */
export type BridgePhase = 'resting' | 'dialing' | 'flowing' | 'fenced' | 'closed';

/** Where a target that holds nothing begins. */
export type Fill = 'head' | '24h' | 'first';

/** How a bridge decides. */
export type BridgePolicy = {
  readonly fill: Fill;
  /** The most records of one `put`; 64 if omitted. */
  readonly batchSize?: number;
  /** The pause before the next attempt after so many failures in a row. */
  readonly pauseAfter: (failures: number) => number;
};

/** What has been done since the start. */
export type BridgeCounters = {
  readonly records: number;
  readonly batches: number;
  readonly gaps: number;
  readonly epochs: number;
  readonly failures: number;
};

/** Why the bridge stands still, or last did. */
export type BridgeError = {
  readonly code: FaultCode;
  readonly message: string;
  /** The target asks to be left alone for so long. */
  readonly retryAfterMs?: number;
};

export type BridgeState = {
  readonly phase: BridgePhase;
  /** Counts the connections to the target. */
  readonly attempt: number;
  readonly failures: number;
  /** How far the subscription has come; null while there is none. */
  readonly tail: Tail | null;
  /** What the target has not acknowledged; the first `inFlight` of them are on their way. */
  readonly held: readonly BridgeRecord[];
  readonly inFlight: number;
  /** The newest record that the target is known to hold. */
  readonly acknowledged: Place | null;
  /** When the hub appended the newest entry that the target is known to hold, by its wall clock. */
  readonly acknowledgedAt: number | null;
  /** The target cannot say what it holds: the cursor that the hub keeps is the truth. */
  readonly isKeptByHub: boolean;
  readonly error: BridgeError | null;
  readonly counters: BridgeCounters;
};

export type BridgeEvent =
  | { readonly kind: 'rested' }
  /** The target is connected and holds everything up to `position`. `hubNow` is the wall time of the hub. */
  | { readonly kind: 'opened'; readonly position: TargetPosition; readonly hubNow: number }
  | { readonly kind: 'received'; readonly batch: HubBatch }
  | { readonly kind: 'put' }
  | { readonly kind: 'failed'; readonly error: BridgeError }
  /** The hub will not have this bridge, or the operator ends it. */
  | { readonly kind: 'close'; readonly error: BridgeError | null };

export type BridgeEffect =
  | { readonly do: 'dial' }
  | { readonly do: 'rest'; readonly ms: number }
  /** Without a cursor the subscription begins at the cursor that the hub keeps, or at the newest entry. */
  | { readonly do: 'subscribe'; readonly cursor: Position | null }
  | { readonly do: 'put'; readonly batch: Batch }
  /** Everything up to `cursor` is at the target. */
  | { readonly do: 'commit'; readonly cursor: Position }
  /** Ends the connection to the target and the subscription. */
  | { readonly do: 'leave' };

export type BridgeStep = { readonly state: BridgeState; readonly effects: readonly BridgeEffect[] };

/** The most records of one `put`. One is on its way at a time, so this is also the most that a target may have to see again. */
export const batchSize = 64;

/** The cursor that a hub answers from the oldest entry on. */
const fromOldest: Position = { epoch: '000000000000', lsn: 0 };
const dayMs = 24 * 3_600_000;

/** A bridge before its first attempt. */
export const restingBridge: BridgeState = {
  phase: 'resting',
  attempt: 0,
  failures: 0,
  tail: null,
  held: [],
  inFlight: 0,
  acknowledged: null,
  acknowledgedAt: null,
  isKeptByHub: false,
  error: null,
  counters: { records: 0, batches: 0, gaps: 0, epochs: 0, failures: 0 },
};

/** Pure: reads no clock, opens no connection. An event that does not fit the phase changes nothing. */
export const stepBridge = (state: BridgeState, event: BridgeEvent, policy: BridgePolicy): BridgeStep => {
  switch (event.kind) {
    case 'rested':
      if (state.phase !== 'resting') return { state, effects: [] };
      return { state: { ...state, phase: 'dialing', attempt: state.attempt + 1 }, effects: [{ do: 'dial' }] };
    case 'opened':
      return state.phase === 'dialing' ? begin(state, event, policy) : { state, effects: [] };
    case 'received':
      return state.phase === 'flowing' ? receive(take(state, event.batch), policy) : { state, effects: [] };
    case 'put':
      return state.phase === 'flowing' && state.inFlight > 0 ? acknowledge(state, policy) : { state, effects: [] };
    case 'failed':
      return state.phase === 'dialing' || state.phase === 'flowing' ? fail(state, event.error, policy) : { state, effects: [] };
    case 'close':
      if (state.phase === 'closed' || state.phase === 'fenced') return { state, effects: [] };
      return { state: { ...leave(state), phase: 'closed', error: event.error ?? state.error }, effects: [{ do: 'leave' }] };
    default:
      return event satisfies never;
  }
};

const leave = (state: BridgeState): BridgeState => ({ ...state, tail: null, held: [], inFlight: 0 });

/** Begins where the target ends. What was received before is received again: the target may have lost what it had. */
const begin = (state: BridgeState, { position, hubNow }: Extract<BridgeEvent, { kind: 'opened' }>, { fill }: BridgePolicy): BridgeStep => {
  if (position === 'unknown') return resume(state);
  const since = fill === '24h' ? hubNow - dayMs : null;
  const cursor = position === null ? (fill === 'head' ? null : fromOldest) : { epoch: position.epoch, lsn: position.lsn };
  const tail = position === null ? freshTail(since) : tailAt(position);
  return { state: { ...leave(state), phase: 'flowing', tail, acknowledged: position }, effects: [{ do: 'subscribe', cursor }] };
};

/** Goes on after what the target has acknowledged to this process, else at the cursor of the hub. */
const resume = (state: BridgeState): BridgeStep => {
  const { acknowledged } = state;
  const cursor = acknowledged === null ? null : { epoch: acknowledged.epoch, lsn: acknowledged.lsn };
  const tail = acknowledged === null ? resumedTail : tailAt(acknowledged);
  return { state: { ...leave(state), phase: 'flowing', tail, isKeptByHub: true }, effects: [{ do: 'subscribe', cursor }] };
};

const overtakenError: BridgeError = {
  code: 'bridge/fenced',
  message: 'the target ends with entries that are not of this hub, though this bridge has written to it: another bridge writes to it',
};

/** The log of another hub has gone on at the target. A bridge that has just started takes that for an earlier hub of the site. */
const overtaken = (state: BridgeState): BridgeState => ({ ...leave(state), phase: 'fenced', error: overtakenError });

const isOvertaken = ({ counters, isKeptByHub }: BridgeState, { isFresh }: Tail): boolean =>
  counters.records > 0 && !isFresh && !isKeptByHub;

const take = (state: BridgeState, batch: HubBatch): BridgeState => {
  if (state.tail === null) return state;
  if (batch.kind === 'lost' && batch.why === 'unknown-epoch' && isOvertaken(state, state.tail)) return overtaken(state);
  if (batch.kind === 'lost' && batch.why === 'truncated') return forgetTruncated(state, state.tail, batch);
  const { tail, records } = toRecords(state.tail, batch);
  return { ...state, tail, held: records.length === 0 ? state.held : [...state.held, ...records] };
};

/** Records past the end of their epoch that have not left for the target never do. */
const forgetTruncated = (state: BridgeState, tail: Tail, { epoch, from }: Extract<HubBatch, { kind: 'lost' }>): BridgeState => {
  const held = state.held.filter(({ lsn }, index) => index < state.inFlight || lsn <= from);
  const newest = held.at(-1) ?? state.acknowledged;
  if (newest === null) return { ...state, held, tail: { ...tail, epoch, lsn: from, prev: from, isFresh: true } };
  return { ...state, held, tail: { ...tail, ordinal: newest.ordinal, epoch: newest.epoch, lsn: from, prev: newest.lsn } };
};

const receive = (state: BridgeState, policy: BridgePolicy): BridgeStep =>
  state.phase === 'fenced' ? { state, effects: [{ do: 'leave' }] } : pump(state, policy);

/** Hands the next records to the target when it has taken those before. */
const pump = (state: BridgeState, policy: BridgePolicy): BridgeStep => {
  if (state.phase !== 'flowing' || state.inFlight > 0) return { state, effects: [] };
  const records = state.held.slice(0, policy.batchSize ?? batchSize);
  if (records.length > 0) {
    return { state: { ...state, inFlight: records.length }, effects: [{ do: 'put', batch: { after: state.acknowledged, records } }] };
  }
  // Entries that the filter held back need no target: the window of the hub must open for them all the same.
  const { tail } = state;
  if (tail === null || tail.epoch === '') return { state, effects: [] };
  return { state, effects: [{ do: 'commit', cursor: { epoch: tail.epoch, lsn: tail.lsn } }] };
};

const count = (records: readonly BridgeRecord[], kind: BridgeRecord['kind']): number =>
  records.filter((record) => record.kind === kind).length;

const acknowledge = (state: BridgeState, policy: BridgePolicy): BridgeStep => {
  const done = state.held.slice(0, state.inFlight);
  const newest = done.at(-1);
  if (newest === undefined) return { state, effects: [] };
  const { ordinal, epoch, lsn } = newest;
  const { counters } = state;
  const acknowledged: BridgeState = {
    ...state,
    held: state.held.slice(state.inFlight),
    inFlight: 0,
    failures: 0,
    error: null,
    acknowledged: { ordinal, epoch, lsn },
    acknowledgedAt: newest.kind === 'entry' ? newest.entry.at : state.acknowledgedAt,
    counters: {
      ...counters,
      records: counters.records + done.length,
      batches: counters.batches + 1,
      gaps: counters.gaps + count(done, 'gap'),
      epochs: counters.epochs + count(done, 'epoch'),
    },
  };
  const next = pump(acknowledged, policy);
  // The pump commits by itself where nothing is held any more.
  return acknowledged.held.length === 0 ? next : { ...next, effects: [{ do: 'commit', cursor: { epoch, lsn } }, ...next.effects] };
};

const fail = (state: BridgeState, error: BridgeError, { pauseAfter }: BridgePolicy): BridgeStep => {
  const failures = state.failures + 1;
  const failed = { ...leave(state), failures, error, counters: { ...state.counters, failures: state.counters.failures + 1 } };
  // Nobody else can say so, and asking again would not change it.
  if (error.code === 'bridge/gone') return { state: { ...failed, phase: 'closed' }, effects: [{ do: 'leave' }] };
  // A batch of an earlier connection may have arrived late, with a new epoch. Then the target is right the next time.
  if (error.code === 'bridge/fenced' && state.error?.code === 'bridge/fenced')
    return { state: { ...failed, phase: 'fenced' }, effects: [{ do: 'leave' }] };
  const ms = Math.max(pauseAfter(failures), error.retryAfterMs ?? 0);
  return { state: { ...failed, phase: 'resting' }, effects: [{ do: 'leave' }, { do: 'rest', ms }] };
};
