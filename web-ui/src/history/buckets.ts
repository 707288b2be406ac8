import type { PointHistory } from '@phloem/protocol';

/** The history of one point as the hub reported it, in typed arrays; NaN stands where there is no value. */
export type Buckets = {
  readonly from: number;
  readonly to: number;
  readonly bucketMs: number;
  readonly at: Float64Array;
  readonly min: Float64Array;
  readonly mean: Float64Array;
  readonly max: Float64Array;
  /** How many of its samples have a value. */
  readonly values: Float64Array;
  readonly good: Float64Array;
  readonly isSimulated: Uint8Array;
  readonly gaps: PointHistory['gaps'];
  /** Where the newest value of it ends; what came later has to be added from what was heard live. */
  readonly knownTo: number;
};

/** Brings an answer of the hub into typed arrays. */
export const toBuckets = (history: PointHistory): Buckets => {
  const numbers = (values: readonly (number | null)[]): Float64Array => Float64Array.from(values, (value) => value ?? Number.NaN);
  const mean = numbers(history.mean);
  const newest = mean.findLastIndex((value) => !Number.isNaN(value));
  return {
    from: history.from,
    to: history.to,
    bucketMs: history.bucketMs,
    at: Float64Array.from(history.at),
    min: numbers(history.min),
    mean,
    max: numbers(history.max),
    values: Float64Array.from(history.values),
    good: Float64Array.from(history.good),
    isSimulated: Uint8Array.from(history.isSimulated, Number),
    gaps: history.gaps,
    knownTo: newest < 0 ? history.from : Math.min(history.to, (history.at[newest] ?? history.from) + history.bucketMs),
  };
};
