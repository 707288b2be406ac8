import { isUnknown, type Maybe, type Node, type NodeOutput, type NodeState } from '../nodes/node.ts';

/** What a rule remembers of knowing: its last known request, since when it has not known, and for how long in all. */
export type BlindState = NodeState & { readonly wanted: boolean; readonly sinceUp: number | null; readonly isGivenUp: boolean };

/** `known`: act on `isWanted`. `held`: the same, but from memory. `given-up`: do what `onUnknown.then` says. */
export type BlindOutput = NodeOutput<boolean> & {
  readonly mode: 'known' | 'held' | 'given-up';
  readonly isWanted: boolean;
  readonly blindMs: number;
};

/** What a rule does when it does not know: goes on as it was for a while, then gives up. */
export const createBlind = (holdMs: number): Node<BlindState, Maybe<boolean>, BlindOutput> => ({
  type: 'blind',
  version: 1,
  isTimed: true,
  init: () => ({ v: 1, wanted: false, sinceUp: null, isGivenUp: false }),
  step: (state, input, { up }) => {
    if (!isUnknown(input)) {
      const isSame = state.wanted === input && state.sinceUp === null && !state.isGivenUp;
      const next = isSame ? state : { v: 1, wanted: input, sinceUp: null, isGivenUp: false };
      return [next, { value: input, mode: 'known', isWanted: input, blindMs: 0 }];
    }
    const sinceUp = state.sinceUp ?? up;
    const blindMs = Math.max(0, up - sinceUp);
    const isGivenUp = state.isGivenUp || blindMs >= holdMs;
    const isSame = state.sinceUp === sinceUp && state.isGivenUp === isGivenUp;
    const next = isSame ? state : { v: 1, wanted: state.wanted, sinceUp, isGivenUp };
    return [next, { value: input, mode: isGivenUp ? 'given-up' : 'held', isWanted: state.wanted, blindMs }];
  },
});
