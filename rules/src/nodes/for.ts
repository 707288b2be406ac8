import { isUnknown, unknown, type Maybe, type Node, type NodeOutput, type NodeTime } from './node.ts';

/** How long an input must last to get through. */
export type ForParams = {
  /** How long the input must be true before the answer is (TON). */
  readonly onMs: number;
  /** How long the input must be false before the answer is (TOF). */
  readonly offMs: number;
  /** Not knowing for longer than this, a jump of `up` included, starts the time again. */
  readonly maxGapMs: number;
};

/** `wants` is the last known input, seen at `seenUp`; `elapsedMs` how long it has differed from `isOn`. */
export type ForState = {
  readonly v: 1;
  readonly isOn: boolean;
  readonly wants: boolean | null;
  readonly elapsedMs: number;
  readonly seenUp: number | null;
  readonly isBlind: boolean;
};

/** How far the change that is under way has come; `needMs` is 0 when none is. */
export type ForOutput = NodeOutput<boolean> & {
  readonly isOn: boolean;
  readonly elapsedMs: number;
  readonly needMs: number;
  readonly isFrozen: boolean;
};

/**
 * The input, once it has lasted: a change gets through after it has been known to hold for its whole time, and one that
 * goes back starts again from nothing. Time during which the input is unknown does not count; the timer stands, goes on
 * when it is known again, and starts again after `maxGapMs`. An input is taken to hold from its step to the next.
 */
export const createFor = (params: ForParams): Node<ForState, Maybe<boolean>, ForOutput> => {
  for (const ms of Object.values(params)) if (!(ms >= 0)) throw new RangeError(`${ms} is not a duration`);
  const need = (wants: boolean): number => (wants ? params.onMs : params.offMs);
  return {
    type: 'for',
    version: 1,
    isTimed: true,
    init: (actual = false) => ({ v: 1, isOn: Number(actual) > 0, wants: null, elapsedMs: 0, seenUp: null, isBlind: true }),
    step: (state, input, time) => {
      const elapsedMs = toElapsed(state, time, params.maxGapMs);
      if (isUnknown(input)) {
        const isPending = state.wants !== null && state.wants !== state.isOn;
        const needMs = isPending ? need(!state.isOn) : 0;
        return [
          { ...state, elapsedMs, isBlind: true },
          { value: unknown, isOn: state.isOn, elapsedMs, needMs, isFrozen: true },
        ];
      }
      const lasted = input === state.isOn ? 0 : elapsedMs;
      const isDone = input !== state.isOn && lasted >= need(input);
      const isOn = isDone ? input : state.isOn;
      const left = isDone ? 0 : lasted;
      const next: ForState = { v: 1, isOn, wants: input, elapsedMs: left, seenUp: time.up, isBlind: false };
      return [next, { value: isOn, isOn, elapsedMs: left, needMs: input === isOn ? 0 : need(input), isFrozen: false }];
    },
  };
};

/** The time that the pending change has been known to last until now, which is nothing after a gap. */
const toElapsed = (state: ForState, { up }: NodeTime, maxGapMs: number): number => {
  if (state.seenUp === null || state.wants === state.isOn) return 0;
  const sinceMs = up - state.seenUp;
  if (sinceMs < 0 || sinceMs > maxGapMs) return 0;
  return state.isBlind ? state.elapsedMs : state.elapsedMs + sinceMs;
};
