import type { PointHistory } from '@phloem/protocol';

/** A line in a box of 1000 by 100. */
export type InputPath = { readonly path: string; readonly low: number; readonly high: number };

/** Draws what a point was over a window. Null where it has no value in it. */
export const toInputPath = (
  { at, mean, bucketMs }: Pick<PointHistory, 'at' | 'mean' | 'bucketMs'>,
  { from, to }: { readonly from: number; readonly to: number },
): InputPath | null => {
  const known = mean.flatMap((value, i) => (value === null ? [] : [{ value, at: (at[i] ?? from) + bucketMs / 2 }]));
  if (known.length === 0) return null;
  const values = known.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  // A flat line is drawn in the middle and not blown up to noise.
  const pad = high === low ? 0.5 : (high - low) * 0.05;
  let last = Number.NEGATIVE_INFINITY;
  const parts = known.map((sample) => {
    const isGap = sample.at - last > 2.5 * bucketMs;
    last = sample.at;
    const x = (1000 * (sample.at - from)) / (to - from);
    const y = 100 * (1 - (sample.value - low + pad) / (high - low + 2 * pad));
    return `${isGap ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return { path: parts.join(''), low, high };
};
