import { median } from './median.ts';
import { isUnknown, toKnown, unknown, type Maybe, type Node, type NodeOutput, type NodeState } from './node.ts';

/** How several inputs become one. */
export type AggregateParams = {
  readonly fn: 'median' | 'mean' | 'min' | 'max';
  /** How many inputs must be known, and agree, for an answer. */
  readonly quorum: number;
  /** Farther than this from the median of all known inputs: left out. */
  readonly rejectOutside?: number;
};

/** An input that was left out, by its place, and why; `by` is its distance from the median. */
export type Rejection =
  | { readonly index: number; readonly why: 'unknown' }
  | { readonly index: number; readonly why: 'outside'; readonly by: number };

/** How many inputs were used, and which were not. */
export type AggregateOutput = NodeOutput<number> & { readonly used: number; readonly rejected: readonly Rejection[] };

/**
 * One value out of several instruments that should agree. Two that disagree by more than twice `rejectOutside` are both
 * left out, since nobody can say which of them lies; below the quorum the answer is unknown.
 *
 * @throws RangeError for a quorum that is no whole number above 0, or a negative distance: the compiler checks both.
 */
export const createAggregate = (params: AggregateParams): Node<NodeState, readonly Maybe<number>[], AggregateOutput> => {
  const { fn, quorum, rejectOutside = Infinity } = params;
  if (!Number.isSafeInteger(quorum) || quorum < 1) throw new RangeError(`a quorum of ${quorum}`);
  if (!(rejectOutside >= 0)) throw new RangeError(`a distance of ${rejectOutside}`);
  return {
    type: 'aggregate',
    version: 1,
    isTimed: false,
    init: () => ({ v: 1 }),
    step: (state, inputs) => {
      const readings = inputs.map(toKnown);
      const known = readings.filter((value) => !isUnknown(value));
      const centre = median(known);
      const rejected: Rejection[] = [];
      const used: number[] = [];
      for (const [index, value] of readings.entries()) {
        if (isUnknown(value)) rejected.push({ index, why: 'unknown' });
        else if (Math.abs(value - centre) > rejectOutside) rejected.push({ index, why: 'outside', by: Math.abs(value - centre) });
        else used.push(value);
      }
      return [state, { value: used.length < quorum ? unknown : toKnown(combine[fn](used)), used: used.length, rejected }];
    },
  };
};

const combine: Readonly<Record<AggregateParams['fn'], (values: readonly number[]) => number>> = {
  median,
  mean: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
};
