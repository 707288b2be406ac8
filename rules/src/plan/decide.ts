import {
  type CommandReason,
  type DeviceId,
  type DeviceValue,
  type Entry,
  isTooLate,
  type Lsn,
  toLocation,
  toLocations,
  trimReason,
} from '@phloem/protocol';
import type { PlanArbiter } from './arbiter.ts';
import type { Run } from './run.ts';

/** What is requested for a device, and why, with the numbers. */
export type Decision = {
  readonly device: DeviceId;
  readonly value: DeviceValue;
  readonly why: CommandReason;
  /** A device that resets itself is reported once, when a rule begins to ask. */
  readonly op: 'set' | 'momentary';
  /** The rule that asked for it; null for the device's fallback. */
  readonly rule: string | null;
  /** The entry that caused it. */
  readonly cause: Lsn;
  /** Counts the decisions for one device out of one entry. */
  readonly ordinal: number;
};

const noDecisions: readonly Decision[] = [];

/** Makes the function that decides the devices that one entry concerns, in the order of the arbiters. */
export const createDecide = (arbiters: readonly PlanArbiter[], slotCount: number): ((run: Run, entry: Entry) => readonly Decision[]) => {
  /** By slot, the place of its arbiter; -1 where there is none. */
  const arbiterAt = new Int32Array(slotCount).fill(-1);
  for (const [place, { slot }] of arbiters.entries()) arbiterAt[slot] = place;

  return (run, entry) => {
    let due: number[] | undefined;
    const { changed } = run;
    for (let i = 0; i < changed.length; i++) {
      const slot = changed[i] ?? 0;
      const place = arbiterAt[slot] ?? -1;
      if (place !== -1 && run.before(slot) !== run.values[slot]) (due ??= []).push(place);
    }
    const again = toDecideAgain(entry);
    if (again !== null) due = [...(due ?? []), ...arbiters.flatMap(({ device }, place) => (again(device.id) ? [place] : []))];
    if (due === undefined) return noDecisions;
    return [...new Set(due)]
      .toSorted((a, b) => a - b)
      .flatMap((place) => {
        const arbiter = arbiters[place];
        const decision = arbiter === undefined ? null : toDecision(arbiter, run, entry.lsn);
        return decision === null ? [] : [decision];
      });
  };
};

/** Which devices an entry decides again although their requests stay the same; null for an entry that decides none again. */
const toDecideAgain = (entry: Entry): ((device: DeviceId) => boolean) | null => {
  if (entry.kind === 'lease' && entry.holder !== null) {
    const granted = new Set(toLocations(entry.scope));
    return (device) => granted.has(toLocation(device));
  }
  // A frame that came too long after its cause: the device is decided again, with a cause of now.
  if (entry.kind === 'device' && entry.phase === 'refused' && entry.why !== undefined && isTooLate(entry.why)) {
    return (device) => device === entry.device;
  }
  return null;
};

/** The decision for one device; null where a device that resets itself has nothing to do. */
const toDecision = (arbiter: PlanArbiter, run: Run, cause: Lsn): Decision | null => {
  const value = run.values[arbiter.slot] as DeviceValue;
  const isMomentary = arbiter.device.kind === 'momentary';
  // A new lease is no reason for another pulse, and the end of a request is none at all.
  if (isMomentary && (value !== true || run.before(arbiter.slot) === true)) return null;
  const { why, rule } = arbiter.explain(run);
  return { device: arbiter.device.id, value, op: isMomentary ? 'momentary' : 'set', why: trimReason(why), rule, cause, ordinal: 0 };
};
