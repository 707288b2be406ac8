import type { HistoryGap, PointHistory, PointId } from '@phloem/protocol';
import type { Stretch } from './history.ts';
import type { RollUp } from './roll-up.ts';

/** What is kept of a point: every sample, or what they come to per minute or hour. */
export type Level = 'raw' | 'minute' | 'hour';

export const levelMs = { raw: 1, minute: 60_000, hour: 3_600_000 } as const satisfies Record<Level, number>;

/** How a stretch is divided: buckets begin at `start` and follow one another without a space; the last one holds `to`. */
export type BucketPlan = { readonly level: Level; readonly start: number; readonly bucketMs: number; readonly count: number };

/**
 * Divides a stretch into at most so many buckets, and says from what they are made. Buckets begin and end where the
 * rows that they are made of do, so that no value falls into two of them, or into the wrong one.
 *
 * @param rawFrom from when on every sample is kept; what is older has minutes and hours alone.
 * @param minuteFrom from when on minutes are kept; what is older has hours alone.
 */
export function planBuckets({
  from,
  to,
  buckets,
  rawFrom,
  minuteFrom,
}: Stretch & { readonly buckets: number; readonly rawFrom: number; readonly minuteFrom: number }): BucketPlan {
  const atLeast = Math.max(1, Math.ceil((to - from + 1) / buckets));
  const isRaw = atLeast < levelMs.minute && from >= rawFrom;
  const level = isRaw ? 'raw' : atLeast >= levelMs.hour || from < minuteFrom ? 'hour' : 'minute';
  const step = levelMs[level];
  const start = Math.floor(from / step) * step;
  let bucketMs = Math.ceil(atLeast / step) * step;
  // Moving the start back to a whole step may take one bucket more than was asked for.
  if (start + bucketMs * buckets <= to) bucketMs += step;
  return { level, start, bucketMs, count: Math.floor((to - start) / bucketMs) + 1 };
}

/** The answer for a point, from what each bucket that is not empty comes to. */
export function toPointHistory(
  { id, from, to }: Stretch & { readonly id: PointId },
  { start, bucketMs, count }: BucketPlan,
  found: ReadonlyMap<number, RollUp>,
  gaps: readonly HistoryGap[],
): PointHistory {
  const rows = Array.from({ length: count }, (_, index) => found.get(index));
  return {
    id,
    from,
    to,
    bucketMs,
    at: rows.map((_, index) => start + index * bucketMs),
    min: rows.map((row) => row?.min ?? null),
    mean: rows.map((row) => (row === undefined || row.values === 0 ? null : row.sum / row.values)),
    max: rows.map((row) => row?.max ?? null),
    values: rows.map((row) => row?.values ?? 0),
    good: rows.map((row) => (row === undefined ? 0 : row.good / row.samples)),
    isSimulated: rows.map((row) => row !== undefined && row.simulated > 0),
    gaps: joinGaps(gaps, bucketMs),
  };
}

/** Gaps by time, those that overlap or are closer together than `nearMs` as one, which says why of its longest part. */
export function joinGaps(gaps: readonly HistoryGap[], nearMs: number): HistoryGap[] {
  const joined: { from: number; to: number; why: HistoryGap['why']; longest: number }[] = [];
  for (const { from, to, why } of gaps.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last === undefined || from - last.to >= nearMs) {
      joined.push({ from, to, why, longest: to - from });
      continue;
    }
    last.to = Math.max(last.to, to);
    if (to - from > last.longest) Object.assign(last, { why, longest: to - from });
  }
  return joined.map(({ from, to, why }) => ({ from, to, why }));
}
