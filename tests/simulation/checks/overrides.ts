import type { CommandRecord } from '@phloem/backend';
import type { DeviceId, DeviceValue, OverrideEntry } from '@phloem/protocol';
import type { Witness } from '../engine/witness.ts';
import type { LogTruth } from './log-truth.ts';

/** What is acknowledged of an operator's hand is never lost, and nothing is written against it (DE1, DE4). */
export class Overrides {
  readonly #witness: Witness;
  readonly #truth: LogTruth;
  readonly #acknowledged: OverrideEntry[] = [];

  constructor(witness: Witness, truth: LogTruth) {
    this.#witness = witness;
    this.#truth = truth;
  }

  /** The override that stands, by the log alone. */
  standing(device: DeviceId): OverrideEntry | null {
    const newest = this.#newest(device);
    return newest === null || newest.released === true ? null : newest;
  }

  /** The hub has confirmed it to the operator. */
  acknowledged(device: DeviceId): void {
    const newest = this.#newest(device);
    if (newest === null) return this.#witness.fail('DE4', `an override of ${device} was acknowledged, and is not in the log`);
    this.#witness.count('overrides acknowledged');
    this.#acknowledged.push(newest);
  }

  /** What goes out for a command, or as a refresh. On a ramp the command says where it leads. */
  wrote(device: DeviceId, value: DeviceValue, record: CommandRecord | null): void {
    const hand = this.standing(device);
    if (hand === null || hand.value === (record?.value ?? value)) return;
    // The end of the hub drives everything safe, and leaves the hand for the next start.
    if (record?.why.code === 'hub/stopped') return;
    this.#witness.fail('DE1', `${record?.id ?? 'a refresh'} writes ${value} to ${device}, which somebody keeps ${hand.value}`);
  }

  /** At the end: what was acknowledged is in the log, however often the power was cut. */
  close(): void {
    const kept = new Map(this.#truth.entries().map((entry) => [entry.lsn, entry]));
    for (const { lsn, device, forMs } of this.#acknowledged) {
      const entry = kept.get(lsn);
      if (entry?.kind !== 'override' || entry.device !== device || entry.forMs !== forMs)
        this.#witness.fail('DE4', `the override of ${device} in entry ${lsn} was acknowledged, and is gone`);
    }
  }

  #newest(device: DeviceId): OverrideEntry | null {
    const newest = this.#truth.entries().findLast((entry) => entry.kind === 'override' && entry.device === device);
    return newest?.kind === 'override' ? newest : null;
  }
}
