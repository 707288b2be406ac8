import { stepOffsetStatus, type OffsetStatus } from '@phloem/protocol';
import type { Witness } from '../engine/witness.ts';
import type { LogTruth } from './log-truth.ts';

/** A hub looks each second whether an offset is over. */
const graceMs = 2500;

/** What is acknowledged of a set-point that was moved is never lost, and nothing stands past its end (SP1). */
export class Offsets {
  readonly #witness: Witness;
  readonly #truth: LogTruth;
  readonly #acknowledged: OffsetStatus[] = [];

  constructor(witness: Witness, truth: LogTruth) {
    this.#witness = witness;
    this.#truth = truth;
  }

  /** The hub has confirmed it to the operator. */
  acknowledged(status: OffsetStatus): void {
    this.#witness.count('offsets acknowledged');
    this.#acknowledged.push(status);
  }

  /** At the end: what was acknowledged is in the log, and the hub shows what stands by the log, which has not ended. */
  close(shown: readonly OffsetStatus[], up: number): void {
    const standing = new Map<string, OffsetStatus>();
    for (const entry of this.#truth.entries()) {
      if (entry.kind !== 'offset') continue;
      const next = stepOffsetStatus(standing.get(entry.setpoint) ?? null, entry);
      if (next !== null) standing.set(entry.setpoint, next);
      if (entry.released === true && entry.why?.code === 'time/over') this.#witness.count('offsets that ended by themselves');
    }
    const real = [...standing.values()].filter(({ isReleased }) => !isReleased);
    if (JSON.stringify(real) !== JSON.stringify(shown))
      this.#witness.fail('SP1', `by the log ${JSON.stringify(real)} stands, and the hub shows ${JSON.stringify(shown)}`);
    for (const { setpoint, untilUp } of real) {
      if (up > untilUp + graceMs) this.#witness.fail('SP1', `the offset of ${setpoint} ended at ${untilUp}, and stands at ${up}`);
    }
    const kept = new Map(this.#truth.entries().map((entry) => [entry.lsn, entry]));
    for (const { lsn, setpoint, delta, isReleased } of this.#acknowledged) {
      const entry = kept.get(lsn);
      const isSame =
        entry?.kind === 'offset' && entry.setpoint === setpoint && (isReleased ? entry.released === true : entry.delta === delta);
      if (!isSame) this.#witness.fail('SP1', `what was said of ${setpoint} in entry ${lsn} was acknowledged, and is gone`);
    }
  }
}
