import type { Buckets } from './buckets.ts';
import type { Columns } from './columns.ts';

/** A stretch of time without values, with the reason in words. `isUnread`: the hub may know more, it was not read yet. */
export type Gap = { readonly from: number; readonly to: number; readonly why: string; readonly isUnread: boolean };

/** A time in which this browser did not hear the hub; `to` is null while it lasts. */
export type Cut = { readonly from: number; readonly to: number | null };

/** What is known besides the columns themselves. */
export type GapFacts = {
  readonly buckets: Buckets | null;
  readonly cuts: readonly Cut[];
  /** Up to when there could be values. */
  readonly now: number;
  /** A silence that is no gap: what is usual between two reports. */
  readonly gapMs: number;
  /** Why there is nothing now, when the hub said so; empty when it did not. */
  readonly nowWhy: string;
};

/** The stretches of these columns in which nothing is known, oldest first. */
export const toGaps = (columns: Columns, facts: GapFacts): readonly Gap[] => {
  const { grid, mean } = columns;
  const gaps: Gap[] = [];
  const end = Math.min(facts.now, grid.from + grid.stepMs * grid.count);
  let begin: number | null = grid.from;
  const close = (to: number): void => {
    if (begin !== null && to - begin > Math.max(facts.gapMs, grid.stepMs * 1.01)) gaps.push(toGap(begin, to, facts));
  };
  for (let column = 0; column < grid.count; column += 1) {
    const at = grid.from + column * grid.stepMs;
    if (at >= end) break;
    if (Number.isNaN(mean[column])) {
      begin ??= at;
      continue;
    }
    close(at);
    begin = null;
  }
  close(end);
  return gaps;
};

/** The stretches in which all of these have a gap, with the reason of the longest part. */
export const toCommonGaps = (series: readonly (readonly Gap[])[]): readonly Gap[] => {
  const [first, ...others] = series;
  if (first === undefined) return [];
  return others.reduce<readonly Gap[]>(
    (common, gaps) =>
      common.flatMap((one) =>
        gaps
          .filter(({ from, to }) => from < one.to && to > one.from)
          .map(({ from, to, isUnread }) => ({
            ...one,
            from: Math.max(from, one.from),
            to: Math.min(to, one.to),
            isUnread: one.isUnread || isUnread,
          })),
      ),
    first,
  );
};

const toGap = (from: number, to: number, { buckets, cuts, now, nowWhy }: GapFacts): Gap => {
  const cut = cuts.find((one) => one.from < to && (one.to ?? now) > from);
  const isRead = buckets !== null && buckets.to >= to - buckets.bucketMs;
  const told = buckets?.gaps
    .filter((gap) => gap.from < to && gap.to > from)
    .toSorted((a, b) => overlap(b, from, to) - overlap(a, from, to))[0];
  if (buckets !== null && told !== undefined && overlap(told, from, to) * 2 > to - from) {
    // The hub knows to the second what a bucket can only say to its own length.
    const exact = { from: Math.max(told.from, from - buckets.bucketMs), to: Math.min(told.to, to + buckets.bucketMs) };
    return { from: Math.min(from, exact.from), to: Math.max(to, exact.to), why: told.why, isUnread: false };
  }
  if (buckets === null) return { from, to, why: 'not read from the history yet', isUnread: true };
  if (cut !== undefined && !isRead)
    return { from, to, why: cut.to === null ? 'no link to the hub' : 'link was down, being read from the history', isUnread: true };
  if (to >= now && nowWhy !== '') return { from, to, why: nowWhy, isUnread: false };
  return { from, to, why: told?.why ?? 'no samples', isUnread: false };
};

const overlap = (gap: { readonly from: number; readonly to: number }, from: number, to: number): number =>
  Math.max(0, Math.min(gap.to, to) - Math.max(gap.from, from));
