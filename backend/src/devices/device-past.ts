import { hasOverlap, toLocation, type Entry } from '@phloem/protocol';
import type { FrameLog } from '../log/frame-log.ts';
import type { DeviceSpec } from '../site/site.ts';
import type { HubStore } from '../store/hub-store.ts';
import { alarmNames, type DevicePast } from './device-machine.ts';
import { isOn } from './device-value.ts';

/** Alarms and leases that are at most this old are looked for in the log at a start. */
const lookBackMs = 3_600_000;
const batch = { entries: 4096, bytes: 4 * 1024 * 1024 };

/**
 * What the log still says of the devices when the hub starts: when each last started or stopped, as far as its limits
 * ask for that, which of its alarms stand, and until when it was covered by a lease. `at` is the wall time now: before
 * that of the newest entry it tells that nobody knows how long the hub was away (DE5).
 */
export function readDevicePast(
  store: Pick<HubStore, 'log' | 'cursors'>,
  devices: readonly DeviceSpec[],
  at: number,
): ReadonlyMap<string, DevicePast> {
  const { log } = store;
  const [tail] = log.read(Math.max(log.head - 1, log.first - 1), { entries: 1, bytes: 1 });
  if (tail === undefined) return new Map();
  const windowMs = Math.max(lookBackMs, ...devices.map(({ minOn, minOff }) => Math.max(minOn, minOff)));
  const entries = readSince(log, tail.up - windowMs);
  const lastLease = entries.filter((entry) => entry.kind === 'lease');
  return new Map(
    devices.map((spec) => {
      const own = entries.filter((entry) => isAbout(entry, spec));
      const scope = lastLease.findLast((entry) => hasOverlap(entry.scope, toLocation(spec.id)));
      const endUp = scope === undefined || scope.holder !== null ? tail.up : scope.up;
      const workedOffUp = scope === undefined ? endUp : toUp(log, store.cursors.get(scope.scope)?.lsn ?? null, endUp);
      const coveredUp = at < tail.at ? null : Math.min(endUp, workedOffUp);
      return [spec.id, own.reduce((past, entry) => recall(past, entry, spec), { coveredUp, switched: null, alarms: [] } as DevicePast)];
    }),
  );
}

type Remembered = Extract<Entry, { kind: 'device' | 'alarm' | 'lease' }>;

const isAbout = (entry: Remembered, { id }: DeviceSpec): boolean =>
  entry.kind === 'device' ? entry.device === id : entry.kind === 'alarm' && entry.alarm.startsWith(`device/${id}/`);

function recall(past: DevicePast, entry: Remembered, { id }: DeviceSpec): DevicePast {
  if (entry.kind === 'device') {
    const isProof = entry.phase === 'confirmed' || entry.phase === 'diverged' || entry.phase === 'safe';
    if (!isProof || entry.value === null || past.switched?.isOn === isOn(entry.value)) return past;
    // What was only read, at the first sight of it, may have been so for long.
    const isSwitching = past.switched !== null || entry.id !== undefined;
    return { ...past, switched: { isOn: isOn(entry.value), up: isSwitching ? entry.up : null } };
  }
  const name = alarmNames.find((known) => entry.kind === 'alarm' && entry.alarm === `device/${id}/${known}`);
  if (name === undefined || entry.kind !== 'alarm') return past;
  const others = past.alarms.filter((known) => known !== name);
  return { ...past, alarms: entry.state === 'cleared' ? others : [...others, name] };
}

const toUp = (log: FrameLog, lsn: number | null, otherwise: number): number => {
  if (lsn === null || lsn < log.first) return otherwise;
  return log.read(lsn - 1, { entries: 1, bytes: 1 })[0]?.up ?? otherwise;
};

/** The entries that matter since `up`, found by halving: `up` never decreases. */
function readSince(log: FrameLog, up: number): readonly Remembered[] {
  let [before, after] = [log.first - 1, log.head];
  while (before < after) {
    const middle = Math.floor((before + after) / 2);
    const [entry] = log.read(middle, { entries: 1, bytes: 1 });
    if (entry === undefined || entry.up >= up) after = middle;
    else before = entry.lsn;
  }
  const found: Remembered[] = [];
  for (let cursor = before; ;) {
    const entries = log.read(cursor, batch);
    const last = entries.at(-1);
    if (last === undefined) return found;
    for (const entry of entries) if (entry.kind === 'device' || entry.kind === 'alarm' || entry.kind === 'lease') found.push(entry);
    cursor = last.lsn;
  }
}
