import { type DeviceValue, isRunning, type LimitName, type Millis } from '@phloem/protocol';

/** What a device must not be asked to do too often, too long or too fast. One that is left out it does not have. */
export type DeviceLimitSet = {
  readonly minOn: Millis;
  readonly minOff: Millis;
  /** The longest run at a stretch; then it rests for `minOff`. */
  readonly maxRun?: Millis;
  readonly maxStartsPerHour?: number;
  /** How long it may run within any hour. */
  readonly maxOnPerHour?: Millis;
  /** The fastest change, in the unit of the device per second. */
  readonly slewPerS?: number;
  /** A change by less than this is not worth a write. */
  readonly deadband?: number;
};

/** One run of a device, in `up`; `endUp` is null while it runs. */
export type DeviceRun = { readonly startUp: number; readonly endUp: number | null };

export type { LimitName };
/** A limit that holds a value back, and until when in `up`. */
export type LimitHold = { readonly limit: LimitName; readonly untilUp: number };

const hourMs = 3_600_000;

/** The limits that count what a device did within an hour. */
type HourlyLimits = Pick<DeviceLimitSet, 'maxStartsPerHour' | 'maxOnPerHour'>;

/**
 * Notes what a device was seen as: its runs of the last hour, oldest first. Only the newest one is kept of a device that no
 * limit per hour applies to, so that an output that is switched many times a second costs no more than any other.
 */
export function noteRun(runs: readonly DeviceRun[], value: DeviceValue, up: number, limits: HourlyLimits): readonly DeviceRun[] {
  const last = runs.at(-1);
  const isOpen = last !== undefined && last.endUp === null;
  if (isRunning(value) === isOpen) return runs;
  // Runs follow each other, so the ones to forget come first. The newest is kept, however old it is.
  const from = runs.findIndex(({ endUp }, index) => endUp === null || endUp > up - hourMs || index === runs.length - 1);
  const hasHourlyLimit = limits.maxStartsPerHour !== undefined || limits.maxOnPerHour !== undefined;
  const recent = hasHourlyLimit ? runs.slice(Math.max(0, from)) : [];
  return isOpen ? [...recent.slice(0, -1), { startUp: last.startUp, endUp: up }] : [...recent, { startUp: up, endUp: null }];
}

/** How long it ran within the hour before `up`. */
const toOnMs = (runs: readonly DeviceRun[], up: number): number =>
  runs.reduce((sum, { startUp, endUp }) => sum + Math.max(0, Math.min(up, endUp ?? up) - Math.max(startUp, up - hourMs)), 0);

/** The first moment from `up` on at which a device that does not run has run for at most `leftMs` in the hour before. */
const toFreeUp = (runs: readonly DeviceRun[], leftMs: number, up: number): number => {
  const over = toOnMs(runs, up) - leftMs;
  if (over <= 0) return up;
  let need = over;
  for (const { startUp, endUp } of runs) {
    const from = Math.max(startUp, up - hourMs);
    const length = Math.max(0, (endUp ?? up) - from);
    if (length >= need) return from + need + hourMs;
    need -= length;
  }
  return up + hourMs;
};

const latest = (holds: readonly LimitHold[], up: number): LimitHold | null =>
  holds.filter(({ untilUp }) => untilUp > up).toSorted((a, b) => b.untilUp - a.untilUp)[0] ?? null;

/** What is known of when a device runs: its last start or stop (null when unknown), and its runs. */
export type RunFacts = {
  readonly switched: { readonly isOn: boolean; readonly up: number | null } | null;
  readonly runs: readonly DeviceRun[];
};

/**
 * Pure: what holds a start or stop back now, or null; of several the one that lasts longest. `minOn` holds a stop for
 * comfort, the others a start. Where the past is unknown the device is free.
 */
export function toLimitHold(limits: DeviceLimitSet, { switched, runs }: RunFacts, value: DeviceValue, up: number): LimitHold | null {
  const isOn = isRunning(value);
  if (switched !== null && switched.isOn === isOn) return null;
  const sinceUp = switched?.up ?? null;
  const stood = (limit: 'min-on' | 'min-off', length: number): readonly LimitHold[] =>
    sinceUp === null ? [] : [{ limit, untilUp: sinceUp + length }];
  if (!isOn) return latest(stood('min-on', limits.minOn), up);
  const { maxStartsPerHour, maxOnPerHour } = limits;
  const oldest = maxStartsPerHour === undefined ? undefined : runs[runs.length - maxStartsPerHour];
  return latest(
    [
      ...stood('min-off', limits.minOff),
      ...(oldest === undefined || oldest.startUp <= up - hourMs
        ? []
        : [{ limit: 'starts-per-hour' as const, untilUp: oldest.startUp + hourMs }]),
      ...(maxOnPerHour === undefined
        ? []
        : [{ limit: 'max-on-per-hour' as const, untilUp: toFreeUp(runs, Math.max(0, maxOnPerHour - Math.max(limits.minOn, 1000)), up) }]),
    ],
    up,
  );
}

/** Which limit ends a run, and when in `up`; null for a device that does not run or has no such limit. */
export function toRunEnd({ maxRun, maxOnPerHour }: DeviceLimitSet, runs: readonly DeviceRun[], up: number): LimitHold | null {
  const last = runs.at(-1);
  if (last === undefined || last.endUp !== null) return null;
  const ends: LimitHold[] = [];
  if (maxRun !== undefined) ends.push({ limit: 'max-run', untilUp: last.startUp + maxRun });
  if (maxOnPerHour !== undefined) ends.push({ limit: 'max-on-per-hour', untilUp: toExhaustedUp(runs, maxOnPerHour, up) });
  return ends.toSorted((a, b) => a.untilUp - b.untilUp)[0] ?? null;
}

/** The first moment at which a device that goes on running has run for `maxMs` within the hour before; what is older falls out meanwhile. */
function toExhaustedUp(runs: readonly DeviceRun[], maxMs: number, up: number): number {
  const used = toOnMs(runs, up);
  if (used >= maxMs) return up;
  let left = maxMs - used;
  let from = up;
  // While an earlier run leaves the hour, it makes room at the pace at which this one fills it.
  for (const { startUp, endUp } of runs) {
    if (endUp === null || endUp + hourMs <= from) continue;
    const gain = Math.max(0, startUp + hourMs - from);
    if (gain >= left) break;
    left -= gain;
    from = endUp + hourMs;
  }
  return from + left;
}

/** The farthest that a device may be commanded to be after `ms`, on its way from one value to another. */
export const toSlewed = (from: number, to: number, slewPerS: number, ms: number): number => {
  const reach = (slewPerS * ms) / 1000;
  return Math.abs(to - from) <= reach ? to : from + Math.sign(to - from) * reach;
};
