import { isUnknown, toKnown, unknown, type Maybe, type Node, type NodeOutput } from './node.ts';

/** How a percentage is cut into pulses. */
export type TimeProportionParams = {
  readonly periodMs: number;
  /** Neither a pulse nor a pause inside a lasting duty is shorter; at most half of the period. */
  readonly minPulseMs: number;
  /** Shifts the windows, so that not all heaters of a site start at once. */
  readonly phaseMs: number;
  /** After a pause of `up` longer than this nothing is carried over. */
  readonly maxGapMs: number;
};

/** The running pulse, and what is owed. */
export type TimeProportionState = {
  readonly v: 1;
  /** The last known duty in %, `null` before the first. */
  readonly duty: number | null;
  readonly isOn: boolean;
  /** When the running pulse began. */
  readonly onSince: number;
  /** On-time that was asked for and not yet given, in ms; negative when more was given. */
  readonly owedMs: number;
  readonly up: number | null;
};

/** `leftMs` is the rest of the window; `isHeld` claims that the duty is an earlier one, because it is unknown now. */
export type TimeProportionOutput = NodeOutput<boolean> & { readonly owedMs: number; readonly leftMs: number; readonly isHeld: boolean };

/**
 * A percentage for a switch: on for that share of each window. Windows lie at the multiples of the period in `up`. A
 * pulse starts only with its window, at most one in each; a duty that changes meanwhile makes it longer or shorter. What
 * is too short for a pulse is carried to the next window, so that no heat is lost, but never into one whose duty is 0.
 * While the duty is unknown the last one holds; before there was one the answer is unknown.
 *
 * @throws RangeError for a period that is not above 0, or a shortest pulse outside 0 to half of it.
 */
export const createTimeProportion = (params: TimeProportionParams): Node<TimeProportionState, Maybe<number>, TimeProportionOutput> => {
  const { periodMs, minPulseMs, phaseMs, maxGapMs } = params;
  if (!(periodMs > 0 && Number.isFinite(periodMs))) throw new RangeError(`a period of ${periodMs} ms`);
  if (!(minPulseMs >= 0 && minPulseMs <= periodMs / 2)) throw new RangeError(`a shortest pulse of ${minPulseMs} ms`);
  if (!(Number.isFinite(phaseMs) && maxGapMs > 0)) throw new RangeError(`a phase of ${phaseMs} ms, a gap of ${maxGapMs} ms`);
  const toWindow = (up: number): number => Math.floor((up - phaseMs) / periodMs);
  return {
    type: 'timeProportion',
    version: 1,
    isTimed: true,
    init: (actual = false) => ({ v: 1, duty: null, isOn: Number(actual) > 0, onSince: 0, owedMs: 0, up: null }),
    step: (state, input, { up }) => {
      const known = toKnown(input);
      const duty = isUnknown(known) ? state.duty : Math.min(100, Math.max(0, known));
      const window = toWindow(up);
      const leftMs = (window + 1) * periodMs + phaseMs - up;
      if (duty === null) return [state, { value: unknown, owedMs: 0, leftMs, isHeld: false }];
      const sinceMs = state.up === null ? -1 : up - state.up;
      const isAnew = state.up === null || sinceMs < 0 || sinceMs > maxGapMs;
      const isFirst = isAnew || toWindow(state.up) !== window;
      const isForgotten = isAnew || (isFirst && duty === 0 && !state.isOn);
      const owedMs = isForgotten ? 0 : toOwed(state, sinceMs, periodMs);
      const onSince = isAnew ? up : state.onSince;
      const wantedMs = owedMs + (duty / 100) * leftMs;
      const isOn = state.isOn
        ? wantedMs > 0 || up - onSince < minPulseMs || (duty > 0 && leftMs < minPulseMs)
        : isFirst && wantedMs >= minPulseMs && wantedMs > 0;
      const next: TimeProportionState = { v: 1, duty, isOn, onSince: isOn && !state.isOn ? up : onSince, owedMs, up };
      return [next, { value: isOn, owedMs, leftMs, isHeld: isUnknown(known) }];
    },
  };
};

/** Never more than a whole period either way. */
const toOwed = ({ owedMs, duty, isOn }: TimeProportionState, sinceMs: number, periodMs: number): number => {
  const owed = owedMs + ((duty ?? 0) / 100 - (isOn ? 1 : 0)) * sinceMs;
  return Math.min(periodMs, Math.max(-periodMs, owed)) + 0;
};
