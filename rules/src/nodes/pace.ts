import { isUnknown, type Maybe, type Node, type NodeOutput } from './node.ts';

/** How finely, and how often, a number may be requested again. */
export type PaceParams = {
  /** The step between two requests, in the unit of the device; 0 for none. */
  readonly resolution: number;
  /** The shortest time between two requests of other values; 0 for none. */
  readonly everyMs: number;
};

/** What is requested, and since when; `null` while nothing is. */
export type PaceState = { readonly v: 1; readonly value: number | null; readonly sinceUp: number };

/** `isWaiting` claims that another value is due, and its time has not come. */
export type PaceOutput = NodeOutput<number> & { readonly isWaiting: boolean };

/**
 * A number in steps, so that a device is not written for each tenth of a ramp. A value that lies between two steps stays
 * with the one that it is at: noise switches nothing to and fro. What begins, ends, or goes to or from 0 waits for nothing.
 */
export const createPace = ({ resolution, everyMs }: PaceParams): Node<PaceState, Maybe<number>, PaceOutput> => ({
  type: 'pace',
  version: 1,
  isTimed: true,
  init: () => ({ v: 1, value: null, sinceUp: 0 }),
  step: (state, input, { up }) => {
    if (isUnknown(input)) return [state.value === null ? state : { v: 1, value: null, sinceUp: 0 }, { value: input, isWaiting: false }];
    const { value } = state;
    const wanted = toStep(input, resolution);
    const isSame = value !== null && (wanted === value || (wanted !== 0 && value !== 0 && Math.abs(input - value) < 0.6 * resolution));
    if (isSame) return [state, { value, isWaiting: false }];
    const isEdge = value === null || value === 0 || wanted === 0;
    const isDue = isEdge || up - state.sinceUp >= everyMs || up < state.sinceUp;
    if (!isDue) return [state, { value, isWaiting: true }];
    return [
      { v: 1, value: wanted, sinceUp: up },
      { value: wanted, isWaiting: false },
    ];
  },
});

/** The nearest multiple of the step, without the dust of binary fractions. */
const toStep = (value: number, resolution: number): number =>
  (resolution === 0 ? value : Number((Math.round(value / resolution) * resolution).toPrecision(12))) + 0;
