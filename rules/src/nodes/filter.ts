import { median } from './median.ts';
import { isUnknown, toKnown, unknown, type Node, type NodeOutput, type Sample } from './node.ts';

/** How a value is made calmer. */
export type FilterParams = (
  | { readonly kind: 'ewma'; readonly tauMs: number }
  | { readonly kind: 'median'; readonly samples: number }
  | { readonly kind: 'slew'; readonly risePerS: number; readonly fallPerS: number }
) & {
  /** After not knowing for longer than this, a jump of `up` included, it starts again from the next value. */
  readonly maxGapMs: number;
};

/** `recent` is the smoothed value, or for `median` the last samples; known at `up`, reported at `sampleUp`. */
export type FilterState = { readonly v: 1; readonly recent: readonly number[]; readonly up: number; readonly sampleUp: number };

/**
 * A calmer copy of a noisy value. `ewma` follows with a time constant (a step is 63 % done after `tauMs`), however
 * unevenly the steps come; `median` is the middle of the last samples; `slew` follows no faster than allowed. While the
 * input is unknown the answer is unknown, and what it had reached is held for when the input comes back.
 *
 * @throws RangeError for a time constant, count or speed that is not above 0.
 */
export const createFilter = (params: FilterParams): Node<FilterState, Sample, NodeOutput<number>> => {
  check(params);
  return {
    type: 'filter',
    version: 1,
    isTimed: params.kind !== 'median',
    init: () => ({ v: 1, recent: [], up: 0, sampleUp: 0 }),
    step: (state, sample, { up }) => {
      const value = toKnown(sample.value);
      if (isUnknown(value)) return [state, { value: unknown }];
      const sinceMs = up - state.up;
      const isAnew = state.recent.length === 0 || sinceMs < 0 || sinceMs > params.maxGapMs;
      const isSeen = !isAnew && sample.up === state.sampleUp;
      const recent = isAnew ? [value] : follow(params, state.recent, value, sinceMs, isSeen);
      return [{ v: 1, recent, up, sampleUp: sample.up }, { value: toKnown(median(recent)) }];
    },
  };
};

const follow = (params: FilterParams, recent: readonly number[], value: number, sinceMs: number, isSeen: boolean): readonly number[] => {
  if (params.kind === 'median') return isSeen ? recent : [...recent, value].slice(-params.samples);
  const last = recent[0] ?? value;
  if (params.kind === 'ewma') return [last - Math.expm1(-sinceMs / params.tauMs) * (value - last)];
  const seconds = sinceMs / 1000;
  return [Math.min(last + params.risePerS * seconds, Math.max(last - params.fallPerS * seconds, value))];
};

const check = (params: FilterParams): void => {
  const { kind: _kind, ...numbers } = params;
  for (const [name, number] of Object.entries(numbers)) if (!(number > 0)) throw new RangeError(`${name} is ${number}`);
  if (params.kind === 'median' && !Number.isSafeInteger(params.samples)) throw new RangeError(`${params.samples} samples`);
};
