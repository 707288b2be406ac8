import { isUnknown, unknown, type Maybe, type Node, type NodeOutput } from './node.ts';

/** On for so long, then off for so long, again and again. */
export type CycleParams = { readonly onMs: number; readonly offMs: number };
/** When the first cycle began, in `up`; `null` while it does not run. */
export type CycleState = { readonly v: 1; readonly since: number | null };

/**
 * A duty cycle, counted in running time, so that no change of the clocks touches it. It begins with being on when its input
 * becomes true, ends at once when that becomes false, and while the input is unknown so is the answer; its time goes on.
 *
 * It changes at the first step after its time has come: with a pulse a second, up to a second late.
 *
 * @throws RangeError for a length that is not above 0.
 */
export const createCycle = ({ onMs, offMs }: CycleParams): Node<CycleState, Maybe<boolean>, NodeOutput<boolean>> => {
  if (!(onMs > 0 && offMs > 0)) throw new RangeError(`on for ${onMs} ms, off for ${offMs} ms`);
  return {
    type: 'cycle',
    version: 1,
    isTimed: true,
    init: () => ({ v: 1, since: null }),
    step: (state, input, { up }) => {
      if (isUnknown(input)) return [state, { value: unknown }];
      if (!input) return [state.since === null ? state : { v: 1, since: null }, { value: false }];
      const since = state.since ?? up;
      return [state.since === since ? state : { v: 1, since }, { value: (up - since) % (onMs + offMs) < onMs }];
    },
  };
};
