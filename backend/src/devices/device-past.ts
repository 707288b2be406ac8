import { noteRun } from '@phloem/rules';
import {
  alarmIds,
  hasOverlap,
  longestOverrideMs,
  reasonOf,
  toLocation,
  type DeviceEntry,
  type Entry,
  type Epoch,
  type Lsn,
  type OverrideEntry,
} from '@phloem/protocol';
import type { DeviceSpec } from '../site/site.ts';
import type { HubStore } from '../store/hub-store.ts';
import { alarmNames, type DevicePast, type Proof } from './device-machine.ts';
import { isRunningAs, isValueOf } from './device-value.ts';
import type { Override } from './override-order.ts';

/** What a start knows beside the log's entries. */
export type PastFacts = {
  readonly cursors: Pick<HubStore['cursors'], 'get'>;
  readonly at: number;
  /** The epoch of an entry. */
  readonly toEpoch?: (lsn: Lsn) => Epoch;
};

/**
 * What the log's newest entries, oldest first, say of a device at a start: when it last started or stopped, which of
 * its alarms stand, whose hand is on it, and until when a lease covered it. `at` is the wall time now: where it lies before that of the
 * newest entry, nobody knows how long the hub was away (DE5).
 */
export function toDevicePast(past: readonly Entry[], spec: DeviceSpec, { cursors, at, toEpoch = () => '' }: PastFacts): DevicePast {
  const coveredUp = toCoveredUp(past, spec, cursors, at);
  const nothing: DevicePast = { coveredUp, switched: null, runs: [], proof: null, alarms: [], override: null };
  return past.reduce<DevicePast>((known, entry) => {
    if (entry.kind !== 'override' || entry.device !== spec.id) return recall(known, entry, spec);
    return { ...known, override: toOverride(entry, spec, toEpoch(entry.lsn)) };
  }, nothing);
}

/** A site whose device became another kind of thing leaves nothing of an override. */
function toOverride(
  { value, by, reason, forMs = longestOverrideMs, released, up, lsn }: OverrideEntry,
  spec: DeviceSpec,
  epoch: string,
): Override | null {
  if (released === true || value === undefined || !isValueOf(spec, value)) return null;
  return { value, by, reason: reason ?? '', forMs, untilUp: up + forMs, cause: { epoch, lsn } };
}

/**
 * Renewals are not in the log. What the engine had worked off when the hub ended shows as much: a node that commits
 * sends its heartbeat every 500 ms, and one that does not is not renewed. A hub that ends before its first pulse has
 * only the grant to go by.
 */
function toCoveredUp(past: readonly Entry[], { id }: DeviceSpec, cursors: Pick<HubStore['cursors'], 'get'>, at: number): number | null {
  const lease = past.findLast((entry) => entry.kind === 'lease' && hasOverlap(entry.scope, toLocation(id)));
  const lastSign = past.findLast(({ kind }) => kind === 'pulse') ?? lease;
  if (lastSign === undefined || at < lastSign.at) return null;
  if (lease?.kind !== 'lease') return lastSign.up;
  const endUp = lease.holder === null ? lease.up : lastSign.up;
  const committed = cursors.get(lease.scope)?.lsn ?? 0;
  return Math.min(endUp, past.findLast(({ lsn }) => lsn <= committed)?.up ?? endUp);
}

/** Who made it what it is, by an entry that proves a value. What changed by itself nobody made so. */
const toProof = ({ phase, value, by, why, cause }: DeviceEntry): Proof | null =>
  value === null || phase === 'discrepancy' ? null : { value, by, why: why ?? reasonOf('device/answers'), cause: cause ?? null };

/** A pulse that may have been done counts as one. */
const recallPulse = (known: DevicePast, up: number, spec: DeviceSpec): DevicePast => ({
  ...known,
  runs: noteRun(noteRun(known.runs, true, up, spec), false, up, spec),
  switched: { isOn: false, up },
});

function recall(known: DevicePast, entry: Entry, spec: DeviceSpec): DevicePast {
  const { id } = spec;
  if (entry.kind === 'device' && entry.device === id) {
    if (entry.phase === 'unknown' && entry.id !== undefined && spec.kind === 'momentary') return recallPulse(known, entry.up, spec);
    const isProof = entry.phase === 'confirmed' || entry.phase === 'discrepancy' || entry.phase === 'safe';
    if (!isProof || entry.value === null) return known;
    const isRunning = isRunningAs(spec, entry.value);
    const seen = { ...known, proof: toProof(entry), runs: noteRun(known.runs, isRunning, entry.up, spec) };
    if (known.switched?.isOn === isRunning) return seen;
    // What was only read, at the first sight of it, may have been so for long.
    const isSwitching = known.switched !== null || entry.id !== undefined;
    return { ...seen, switched: { isOn: isRunning, up: isSwitching ? entry.up : null } };
  }
  if (entry.kind !== 'alarm') return known;
  const name = alarmNames.find((one) => entry.alarm === alarmIds.device(id, one));
  if (name === undefined) return known;
  const others = known.alarms.filter((one) => one !== name);
  return { ...known, alarms: entry.state === 'cleared' ? others : [...others, name] };
}
