import { isUnknown, type Maybe, type Node, type NodeOutput } from './node.ts';

/** The count, and the last known input. */
export type CounterState = { readonly v: 1; readonly count: number; readonly was: boolean | null };
/** What is counted, and what sets the count to 0. */
export type CounterInput = { readonly count: Maybe<boolean>; readonly reset: Maybe<boolean> };
/** `isBlind` claims that an input is unknown just now, so that the count may be behind. */
export type CounterOutput = NodeOutput<number> & { readonly isBlind: boolean };

/**
 * How often the input came on since the last reset. While `reset` is true the count is 0. What was counted stays known
 * while an input is unknown; going from true over unknown to true is no new event. The first known value is none either.
 */
export const createCounter = (): Node<CounterState, CounterInput, CounterOutput> => ({
  type: 'counter',
  version: 1,
  isTimed: false,
  init: () => ({ v: 1, count: 0, was: null }),
  step: (state, input) => {
    const was = isUnknown(input.count) ? state.was : input.count;
    const isRise = state.was === false && was === true;
    const count = input.reset === true ? 0 : state.count + (isRise ? 1 : 0);
    return [
      count === state.count && was === state.was ? state : { v: 1, count, was },
      { value: count, isBlind: isUnknown(input.count) || isUnknown(input.reset) },
    ];
  },
});
