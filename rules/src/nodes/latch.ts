import { isUnknown, unknown, type Maybe, type Node, type NodeOutput } from './node.ts';

/** What happens when both are true. */
export type LatchParams = {
  /** Which of the two wins when both are true; `set` for whatever protects. */
  readonly dominant: 'set' | 'reset';
};
/** What it holds. */
export type LatchState = { readonly v: 1; readonly isSet: boolean };
/** What makes it remember, and what makes it forget. */
export type LatchInput = { readonly set: Maybe<boolean>; readonly reset: Maybe<boolean> };
/** `isSet` is what it holds, also while the answer is unknown. */
export type LatchOutput = NodeOutput<boolean> & { readonly isSet: boolean };

/**
 * Remembers that something happened until it is reset. An unknown input changes nothing that it holds; the
 * answer is unknown only where that input could change it.
 */
export const createLatch = ({ dominant }: LatchParams): Node<LatchState, LatchInput, LatchOutput> => {
  const next = (isSet: boolean, set: boolean, reset: boolean): boolean => (set && reset ? dominant === 'set' : set || (isSet && !reset));
  return {
    type: 'latch',
    version: 1,
    isTimed: false,
    init: (actual = false) => ({ v: 1, isSet: Number(actual) > 0 }),
    step: (state, input) => {
      const answers = possible(input.set).flatMap((set) => possible(input.reset).map((reset) => next(state.isSet, set, reset)));
      const [isSet] = answers;
      if (isSet === undefined || answers.includes(!isSet)) return [state, { value: unknown, isSet: state.isSet }];
      return [isSet === state.isSet ? state : { v: 1, isSet }, { value: isSet, isSet }];
    },
  };
};

const possible = (value: Maybe<boolean>): readonly boolean[] => (isUnknown(value) ? [false, true] : [value]);
