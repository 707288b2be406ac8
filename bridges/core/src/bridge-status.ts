import type { Lsn } from '@phloem/protocol';
import type { Place } from './record.ts';
import type { BridgeCounters, BridgeError, BridgePhase, BridgeState } from './step-bridge.ts';

/** A bridge as operators see it. */
export type BridgeStatus = {
  readonly phase: BridgePhase;
  readonly attempt: number;
  /** The newest record that the target holds; null where that is not known. */
  readonly position: Place | null;
  /** How many entries of the log the target still lacks; null where that is not known. */
  readonly behind: number | null;
  /** The age of the newest entry at the target, by the clock of the hub; 0 when nothing is missing, null where that is not known. */
  readonly behindMs: number | null;
  readonly error: BridgeError | null;
  readonly counters: BridgeCounters;
};

/** Pure: what can be said of a bridge while the log ends at `head` and the hub's wall clock shows `hubNow`. */
export const toBridgeStatus = (state: BridgeState, head: Lsn | null, hubNow: number): BridgeStatus => {
  const { phase, attempt, acknowledged, acknowledgedAt, error, counters, tail, held } = state;
  const done = held.length === 0 && tail !== null && tail.epoch !== '' ? tail.lsn : (acknowledged?.lsn ?? null);
  const behind = head === null || done === null ? null : Math.max(0, head - done);
  const age = acknowledgedAt === null ? null : Math.max(0, hubNow - acknowledgedAt);
  return { phase, attempt, position: acknowledged, behind, behindMs: behind === 0 ? 0 : age, error, counters };
};
