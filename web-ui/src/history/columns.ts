import { firstFrom, timeAt, valueAt, type Ring } from './ring.ts';
import type { Buckets } from './buckets.ts';

/** A row of columns of one length, the first beginning at `from`. */
export type Grid = { readonly from: number; readonly stepMs: number; readonly count: number };

/** One point over a grid: in each column the least, the mean and the greatest value; NaN where there is none. */
export type Columns = {
  readonly grid: Grid;
  readonly min: Float64Array;
  readonly mean: Float64Array;
  readonly max: Float64Array;
  readonly isSimulated: Uint8Array;
};

/** What this browser has heard itself, with what must be added to the hub's running time to have its wall clock. */
export type Live = { readonly ring: Ring; readonly wallOffset: number };

const ladder = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600].map((seconds) => seconds * 1000);

/** The grid for a stretch: round columns, not more of them than `most`, and beginning at round times so that they stay. */
export const toGrid = (from: number, to: number, most: number): Grid => {
  const stepMs = ladder.find((step) => (to - from) / step <= most - 1) ?? 86_400_000;
  const first = Math.floor(from / stepMs) * stepMs;
  return { from: first, stepMs, count: Math.max(1, Math.ceil((to - first) / stepMs)) };
};

/**
 * One point over a grid, from the hub's history and, after that, from what was heard live. A column that both know a
 * part of holds the least and the greatest of both, so that no spike is lost at the seam.
 */
export const toColumns = (grid: Grid, buckets: Buckets | null, live: Live | null, intervalMs: number): Columns => {
  const { count } = grid;
  const columns = {
    grid,
    min: new Float64Array(count).fill(Number.NaN),
    mean: new Float64Array(count).fill(Number.NaN),
    max: new Float64Array(count).fill(Number.NaN),
    isSimulated: new Uint8Array(count),
  };
  const weights = new Float64Array(count);
  if (buckets !== null) putBuckets(columns, buckets, weights, intervalMs);
  if (live !== null) putLive(columns, live, buckets?.knownTo ?? Number.NEGATIVE_INFINITY, weights);
  return columns;
};

const putBuckets = (columns: Columns, buckets: Buckets, weights: Float64Array, intervalMs: number): void => {
  const { grid, min, mean, max, isSimulated } = columns;
  for (let index = 0; index < buckets.at.length; index += 1) {
    const at = buckets.at[index] ?? 0;
    const value = buckets.mean[index] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    // The bucket that was still filling when it was read says nothing of the time after that.
    const end = Math.min(at + buckets.bucketMs, buckets.to);
    const first = Math.max(0, Math.floor((at - grid.from) / grid.stepMs));
    const last = Math.min(grid.count - 1, Math.max(first, Math.ceil((end - grid.from) / grid.stepMs) - 1));
    for (let column = first; column <= last; column += 1) {
      fold(min, max, column, buckets.min[index] ?? value, buckets.max[index] ?? value);
      const weight = Math.max(1, Math.min(end - at, grid.stepMs) / Math.max(1, intervalMs));
      putMean(mean, weights, column, value, weight);
      if (buckets.isSimulated[index] === 1) isSimulated[column] = 1;
    }
  }
};

const putLive = ({ grid, min, mean, max }: Columns, { ring, wallOffset }: Live, after: number, weights: Float64Array): void => {
  const end = grid.from + grid.stepMs * grid.count;
  for (let index = firstFrom(ring, Math.max(after, grid.from) - wallOffset); index < ring.size; index += 1) {
    const at = timeAt(ring, index) + wallOffset;
    if (at >= end) break;
    const value = valueAt(ring, index);
    const column = Math.floor((at - grid.from) / grid.stepMs);
    if (Number.isNaN(value) || column < 0) continue;
    fold(min, max, column, value, value);
    putMean(mean, weights, column, value, 1);
  }
};

const fold = (min: Float64Array, max: Float64Array, column: number, low: number, high: number): void => {
  const least = min[column] ?? Number.NaN;
  const most = max[column] ?? Number.NaN;
  if (!(least <= low)) min[column] = low;
  if (!(most >= high)) max[column] = high;
};

const putMean = (mean: Float64Array, weights: Float64Array, column: number, value: number, weight: number): void => {
  const before = weights[column] ?? 0;
  const total = before + weight;
  mean[column] = before === 0 ? value : ((mean[column] ?? 0) * before + value * weight) / total;
  weights[column] = total;
};
