import { toFrameId, type DeviceEntry, type DeviceId, type DeviceValue, type DocumentHash, type Entry, type Epoch } from '@phloem/protocol';
import type { Decision } from '../plan/decide.ts';
import type { Moment } from './claim.ts';

/** A decision that the log and the replay do not agree on. */
export type Mismatch = Moment & {
  /** `missing`: the replay decided it, and the log has it not. `unexpected`: the other way round. `other-value`: both, differently. */
  readonly kind: 'missing' | 'unexpected' | 'other-value';
  readonly id: string;
  readonly device: DeviceId;
  readonly replayed: DeviceValue | null;
  readonly recorded: DeviceValue | null;
};

/** Whether the replay of what was live decides what the log says was decided, id by id. */
export type Reconciliation = {
  readonly decisions: number;
  readonly matched: number;
  /** Never sent: a later decision for the same device replaced it in the same commit, or the service lost its lease right after it. */
  readonly unsent: number;
  readonly mismatches: readonly Mismatch[];
};

type Expected = Moment & {
  readonly id: string;
  readonly device: DeviceId;
  readonly value: DeviceValue;
  readonly term: number;
  /** The commit that brought it; null where the log has it not. */
  readonly commit: number | null;
};

export type ReconcileState = {
  readonly expected: Map<string, Expected>;
  readonly mismatches: Mismatch[];
  /** The bundles that ran: ids of their frames begin with these digits. */
  readonly bundles: Set<string>;
  /** The lease that holds, and when each one ended, by the number of leases so far. */
  lease: { readonly number: number; readonly isHeld: boolean };
  readonly ends: Map<number, number>;
  /** The newest entry of each epoch: what was decided at later ones of it was lost with them. */
  readonly epochs: Map<Epoch, number>;
  /** Frames of one commit follow one another in the log. */
  commit: { readonly number: number; readonly last: number };
  lastUp: number;
};

/** A service sends its decisions within seconds, or it has lost its lease. */
const unsentMs = 10_000;
const maxMismatches = 100;

export const startReconcile = (): ReconcileState => ({
  expected: new Map(),
  mismatches: [],
  bundles: new Set(),
  lease: { number: 0, isHeld: true },
  ends: new Map(),
  epochs: new Map(),
  commit: { number: 0, last: 0 },
  lastUp: 0,
});

/** Notes which lease decides from this entry on. To be called before the decisions of the entry are noted. */
export const noteLease = (state: ReconcileState, entry: Entry, scope: string | null, epoch: Epoch): void => {
  state.lastUp = entry.up;
  state.epochs.set(epoch, entry.lsn);
  if (entry.kind !== 'lease' || entry.scope !== scope) return;
  state.ends.set(state.lease.number, entry.up);
  state.lease = { number: state.lease.number + 1, isHeld: entry.holder !== null };
};

/** Notes what the replay of the live bundle decided at an entry. Without a lease, nobody commands it. */
export const noteDecisions = (
  state: ReconcileState,
  { lsn, at, up }: Moment,
  decisions: readonly Decision[],
  { bundle, epoch }: { readonly bundle: DocumentHash; readonly epoch: Epoch },
): void => {
  state.bundles.add(bundle.slice(0, 12));
  if (!state.lease.isHeld) return;
  for (const { device, value, cause, ordinal } of decisions) {
    const id = toFrameId(bundle, device, epoch, cause, ordinal);
    state.expected.set(id, { id, device, value, term: state.lease.number, commit: null, lsn, at, up });
  }
};

/** Compares a recorded decision with the replayed one. `since` is the entry after which the replay has run. */
export const noteRecorded = (state: ReconcileState, entry: Entry, since: number): void => {
  if (entry.kind !== 'device' || entry.id === undefined || entry.cause === undefined || entry.cause.lsn <= since) return;
  if ((entry.phase !== 'requested' && entry.phase !== 'refused') || entry.by.kind !== 'node') return;
  const { number, last } = state.commit;
  state.commit = { number: last === entry.lsn - 1 ? number : number + 1, last: entry.lsn };
  if (entry.cause.lsn > (state.epochs.get(entry.cause.epoch) ?? 0)) return;
  const expected = state.expected.get(entry.id);
  if (expected === undefined) {
    if (state.bundles.has(entry.id.slice(0, 12))) note(state, entry, 'unexpected', null);
    return;
  }
  if (expected.value !== entry.value) note(state, entry, 'other-value', expected.value);
  state.expected.set(entry.id, { ...expected, commit: state.commit.number });
};

const note = (state: ReconcileState, entry: DeviceEntry, kind: Mismatch['kind'], replayed: DeviceValue | null): void => {
  if (state.mismatches.length >= maxMismatches) return;
  const { lsn, at, up, id = '', device, value } = entry;
  state.mismatches.push({ kind, id, device, replayed, recorded: value, lsn, at, up });
};

/** What came of it. */
export const toReconciliation = (state: ReconcileState): Reconciliation => {
  const decided = [...state.expected.values()];
  // Only what was sent shows whether anybody held the lease that was there at the beginning.
  const isHeldAtBeginning = decided.some(({ term, commit }) => term === 0 && commit !== null);
  const all = isHeldAtBeginning ? decided : decided.filter(({ term }) => term > 0);
  const open = all.filter(({ commit }) => commit === null);
  const isUnsent = createIsUnsent(all, state);
  const missing = open.filter((each) => !isUnsent(each));
  return {
    decisions: all.length,
    matched: all.length - open.length,
    unsent: open.length - missing.length,
    mismatches: [...state.mismatches, ...missing.slice(0, maxMismatches).map(toMissing)].toSorted((a, b) => a.lsn - b.lsn),
  };
};

const toMissing = ({ id, device, value, lsn, at, up }: Expected): Mismatch => ({
  kind: 'missing',
  id,
  device,
  replayed: value,
  recorded: null,
  lsn,
  at,
  up,
});

/**
 * Services send in order. What was never sent was therefore decided after all that was sent under the same lease, right before that
 * ended; or it was still waiting when a later decision for the same device took its place, and left with the first commit after it.
 */
const createIsUnsent = (all: readonly Expected[], { ends, lastUp }: ReconcileState): ((each: Expected) => boolean) => {
  const newest = new Map<number, number>();
  const sent = all.filter(({ commit }) => commit !== null);
  for (const { term, lsn } of sent) newest.set(term, Math.max(newest.get(term) ?? 0, lsn));
  return ({ term, lsn, up, device }) => {
    const known = newest.get(term);
    if (lsn > (known ?? 0) && (ends.get(term) ?? lastUp) - up <= unsentMs) return true;
    const after = sent.filter((other) => other.lsn >= lsn);
    const first = Math.min(...after.map(({ commit }) => commit ?? Infinity));
    return after.some((other) => other.device === device && other.commit === first);
  };
};
