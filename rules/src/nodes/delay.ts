import { isUnknown, unknown, type Maybe, type Node, type NodeOutput } from './node.ts';

/** For how long the input is kept back. */
export type DelayParams = {
  /** 0 is the answer of the step before: what feedback needs. */
  readonly byMs: number;
};

/** What came in, oldest first, as `[up, value]`, `null` for unknown; only changes are kept, and the newest that is due. */
export type DelayState = { readonly v: 1; readonly line: readonly (readonly [up: number, value: boolean | number | null])[] };

/** Of changes that follow closer than this fraction of the delay the last is kept, and comes out later by as much at most. */
const RESOLUTION = 256;

/**
 * The input as it was `byMs` ago, never the one of the same step: the one node through which a plan may feed back. Not
 * knowing is delayed like any other value. Before anything is old enough the answer is what the device did, or unknown.
 *
 * @throws RangeError for a delay that is negative or not finite.
 */
export const createDelay = ({ byMs }: DelayParams): Node<DelayState, Maybe<boolean | number>, NodeOutput<boolean | number>> => {
  if (!(byMs >= 0 && Number.isFinite(byMs))) throw new RangeError(`a delay of ${byMs} ms`);
  return {
    type: 'delay',
    version: 1,
    isTimed: true,
    init: (actual) => ({ v: 1, line: actual === undefined ? [] : [[Number.MIN_SAFE_INTEGER, actual]] }),
    step: (state, input, { up }) => {
      const notDue = state.line.findIndex(([since]) => since > up - byMs);
      const due = (notDue < 0 ? state.line.length : notDue) - 1;
      const kept = due > 0 ? state.line.slice(due) : state.line;
      const line = append(kept, toSlot(up, byMs / RESOLUTION), toStored(input));
      return [line === state.line ? state : { v: 1, line }, { value: state.line[due]?.[1] ?? unknown }];
    },
  };
};

const toStored = (input: Maybe<boolean | number>): boolean | number | null =>
  isUnknown(input) || (typeof input === 'number' && !Number.isFinite(input)) ? null : typeof input === 'number' ? input + 0 : input;

/** The end of the slot in which `up` lies: rounded up, so that nothing comes out early. */
const toSlot = (up: number, slotMs: number): number => (slotMs === 0 ? up : Math.ceil(up / slotMs) * slotMs);

const append = (line: DelayState['line'], since: number, value: boolean | number | null): DelayState['line'] => {
  const last = line.at(-1);
  if (last?.[1] === value) return line;
  return [...(last?.[0] === since ? line.slice(0, -1) : line), [since, value]];
};
