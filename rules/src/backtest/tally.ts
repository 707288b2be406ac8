import { isRunning, type DeviceValue } from '@phloem/protocol';
import type { ModelDevice } from '../replay/model-gate.ts';
import type { Moment } from './claim.ts';

/** One run of a device. `from` is null where it ran when the count began, `to` where it still ran at the end. */
export type Episode = { readonly from: Moment | null; readonly to: Moment | null };

/** What was counted of a device. Times are those that are known of the window. */
export type Counts = { readonly starts: number; readonly switches: number; readonly onMs: number; readonly travel: number };

/** One device of one side, while it is counted. Immutable. */
export type Tally = Counts & {
  readonly value: DeviceValue | null;
  /** The pulses of a momentary device so far. */
  readonly pulses: number;
  /** Known time of the window when `onMs` was last brought up to date. */
  readonly countedMs: number;
  readonly episodes: readonly Episode[];
};

const isOn = (value: DeviceValue | null): boolean => value !== null && isRunning(value);

/** Begins to count a device. */
export const startTally = ({ applied, switches }: ModelDevice): Tally => ({
  value: applied,
  pulses: switches,
  starts: 0,
  switches: 0,
  onMs: 0,
  travel: 0,
  countedMs: 0,
  episodes: isOn(applied) ? [{ from: null, to: null }] : [],
});

/** Counts up to a moment, at which `knownMs` of the window are known. */
export const countTime = (tally: Tally, knownMs: number): Tally =>
  tally.countedMs === knownMs
    ? tally
    : { ...tally, countedMs: knownMs, onMs: tally.onMs + (isOn(tally.value) ? knownMs - tally.countedMs : 0) };

/** Counts what a device is now. */
export const countDevice = (
  before: Tally,
  { applied, switches }: ModelDevice,
  { isMomentary, knownMs, moment }: { readonly isMomentary: boolean; readonly knownMs: number; readonly moment: Moment },
): Tally => {
  if (isMomentary) return countPulse(before, switches, moment);
  if (applied === before.value) return before;
  const tally = countTime(before, knownMs);
  const travel = tally.travel + toTravel(tally.value, applied);
  const [was, is] = [isOn(tally.value), isOn(applied)];
  if (was === is) return { ...tally, value: applied, travel };
  const switched = { ...tally, value: applied, travel, switches: tally.switches + 1 };
  if (is) return { ...switched, starts: tally.starts + 1, episodes: [...tally.episodes, { from: moment, to: null }] };
  const open = tally.episodes.at(-1) ?? { from: null, to: null };
  return { ...switched, episodes: [...tally.episodes.slice(0, -1), { ...open, to: moment }] };
};

const countPulse = (tally: Tally, pulses: number, moment: Moment): Tally => {
  const added = pulses - tally.pulses;
  if (added === 0) return tally;
  return {
    ...tally,
    pulses,
    starts: tally.starts + added,
    switches: tally.switches + added,
    episodes: [...tally.episodes, { from: moment, to: moment }],
  };
};

/** How far a device moved. A switch moves by 1; a mode does not move by a number. */
const toTravel = (from: DeviceValue | null, to: DeviceValue | null): number => {
  if (from === null || to === null || typeof from === 'string' || typeof to === 'string') return 0;
  return Math.abs(Number(to) - Number(from));
};
