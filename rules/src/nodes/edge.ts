import { isUnknown, unknown, type Maybe, type Node, type NodeOutput } from './node.ts';

/** Which change is reported: to true, to false, or either. */
export type EdgeParams = { readonly on: 'rising' | 'falling' | 'both' };
/** The last known input, `null` before the first. */
export type EdgeState = { readonly v: 1; readonly was: boolean | null };

/**
 * True for the one step in which the input is seen to change. The first known value is no change: nothing fires because
 * a service started. A change that happened while the input was unknown is seen when it is known again.
 */
export const createEdge = ({ on }: EdgeParams): Node<EdgeState, Maybe<boolean>, NodeOutput<boolean>> => ({
  type: 'edge',
  version: 1,
  isTimed: true,
  init: () => ({ v: 1, was: null }),
  step: (state, input) => {
    if (isUnknown(input)) return [state, { value: unknown }];
    const isChange = state.was !== null && state.was !== input;
    return [input === state.was ? state : { v: 1, was: input }, { value: isChange && (on === 'both' || (on === 'rising') === input) }];
  },
});
