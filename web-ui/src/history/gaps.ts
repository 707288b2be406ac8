import type { Reason } from '@phloem/protocol';
import { toMedian } from '../points/median.ts';
import type { Buckets } from './buckets.ts';
import type { Columns } from './columns.ts';

/**
 * A stretch in which samples are missing, with the reason in words.
 *
 * - `missing`: the history has none there.
 * - `partial`: the hub reports samples missing there, but the columns are wide enough to hold others beside them.
 * - `unread`: the history of this window was not read, or could not be.
 * - `unheard`: this browser had no link then, and the history was not read again since.
 */
export type Gap = {
  readonly kind: 'missing' | 'partial' | 'unread' | 'unheard';
  readonly from: number;
  readonly to: number;
  readonly why: string;
};

/** Claims that the history itself has nothing there: the other kinds may hold values that this browser does not have. */
export const isKnown = ({ kind }: Gap): boolean => kind === 'missing' || kind === 'partial';

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
  /** Claims that `now` is the present, not the end of a stretch of the past. */
  readonly isPresent: boolean;
  /** A reason of the hub in words. */
  readonly say: (why: Reason) => string;
  /** Why there is nothing now, when the hub said so; empty when it did not. */
  readonly nowWhy: string;
  /** Why the history could not be read; null while it is being read, or when it was. */
  readonly fault: string | null;
};

/**
 * The stretches in which samples are missing, oldest first. A pause is a gap when it exceeds three of the intervals at
 * which that part of the history was sampled: a site that once polled every ten seconds has no gap every ten seconds.
 */
export const toGaps = (columns: Columns, facts: GapFacts): readonly Gap[] => {
  const empty = toPauses(columns, facts)
    .filter((pause) => isGap(pause, columns, facts))
    .map(({ from, to }) => toGap(from, to, facts));
  const partial = (facts.buckets?.gaps ?? [])
    .filter(({ from, to }) => to - from > facts.gapMs && from < facts.now && to > columns.grid.from)
    .filter((told) => empty.reduce((sum, gap) => sum + overlap(told, gap.from, gap.to), 0) * 2 < told.to - told.from)
    .map((told): Gap => ({ kind: 'partial', from: told.from, to: Math.min(told.to, facts.now), why: facts.say(told.why) }));
  return partial.length === 0 ? empty : [...empty, ...partial].toSorted((a, b) => a.from - b.from);
};

/** A run of columns without a value; `before` and `after` are the columns beside it that have one, -1 at the edges. */
type Pause = { readonly from: number; readonly to: number; readonly before: number; readonly after: number };

const toPauses = ({ grid, mean }: Columns, { now }: GapFacts): readonly Pause[] => {
  const end = Math.min(now, grid.from + grid.stepMs * grid.count);
  const pauses: Pause[] = [];
  let begin: number | null = grid.from;
  let before = -1;
  for (let column = 0; column < grid.count; column += 1) {
    const at = grid.from + column * grid.stepMs;
    if (at >= end) break;
    if (Number.isNaN(mean[column])) {
      begin ??= at;
      continue;
    }
    if (begin !== null && begin < at) pauses.push({ from: begin, to: at, before, after: column });
    begin = null;
    before = column;
  }
  if (begin !== null && begin < end) pauses.push({ from: begin, to: end, before, after: -1 });
  return pauses;
};

const isGap = (pause: Pause, columns: Columns, { gapMs, buckets, now, isPresent }: GapFacts): boolean => {
  const length = pause.to - pause.from;
  if (length <= Math.max(gapMs, columns.grid.stepMs * 1.01)) return false;
  // What the hub reports as missing is missing, and up to the present the point's own interval counts.
  if ((isPresent && pause.to >= now) || buckets === null) return true;
  if (buckets.gaps.some((gap) => overlap(gap, pause.from, pause.to) > gapMs)) return true;
  return length > 3 * toUsualMs(pause, columns);
};

/** So many pauses beside one say what is usual there. */
const nearPauses = 8;
/** Fewer are no habit. */
const leastPauses = 3;

/** The time between two samples that was usual on either side of a pause; 0 where too few samples say. */
const toUsualMs = ({ before, after }: Pause, { grid, mean }: Columns): number => {
  const walk = (start: number, by: 1 | -1): number => {
    if (start < 0) return 0;
    const pauses: number[] = [];
    let last = start;
    for (let column = start + by; column >= 0 && column < grid.count && pauses.length < nearPauses; column += by) {
      if (Number.isNaN(mean[column])) continue;
      pauses.push(Math.abs(column - last));
      last = column;
    }
    return pauses.length < leastPauses ? 0 : toMedian(pauses) * grid.stepMs;
  };
  return Math.max(walk(before, -1), walk(after, 1));
};

/** The stretches in which all of these have a gap, with the reason of the longest part. */
export const toCommonGaps = (series: readonly (readonly Gap[])[]): readonly Gap[] => {
  const [first, ...others] = series.map((gaps) => gaps.filter(({ kind }) => kind !== 'partial'));
  if (first === undefined) return [];
  return others.reduce<readonly Gap[]>(
    (common, gaps) =>
      common.flatMap((one) =>
        gaps
          .filter(({ from, to }) => from < one.to && to > one.from)
          .map((other) => ({
            ...(isKnown(one) ? { ...one, kind: other.kind, why: isKnown(other) ? one.why : other.why } : one),
            from: Math.max(other.from, one.from),
            to: Math.min(other.to, one.to),
          })),
      ),
    first,
  );
};

const toGap = (from: number, to: number, { buckets, cuts, now, nowWhy, say, fault }: GapFacts): Gap => {
  const cut = cuts.find((one) => one.from < to && (one.to ?? now) > from);
  const isRead = buckets !== null && buckets.to >= to - buckets.bucketMs;
  const told = buckets?.gaps
    .filter((gap) => gap.from < to && gap.to > from)
    .toSorted((a, b) => overlap(b, from, to) - overlap(a, from, to))[0];
  if (buckets !== null && told !== undefined && overlap(told, from, to) * 2 > to - from) {
    // The hub knows to the second what a bucket can only say to its own length.
    const exact = { from: Math.max(told.from, from - buckets.bucketMs), to: Math.min(told.to, to + buckets.bucketMs) };
    return { kind: 'missing', from: Math.min(from, exact.from), to: Math.max(to, exact.to), why: say(told.why) };
  }
  // A history that cannot be read because the link is down is no reason of its own.
  const isCut =
    cut !== undefined && (cut.to === null || fault === null) && overlap({ from: cut.from, to: cut.to ?? now }, from, to) * 2 > to - from;
  if (buckets === null && !isCut)
    return { kind: 'unread', from, to, why: fault === null ? 'the history is being read' : `the history could not be read: ${fault}` };
  if (cut !== undefined && !isRead)
    return { kind: 'unheard', from, to, why: cut.to === null ? 'no link to the hub' : 'link was down, reading the history' };
  return { kind: 'missing', from, to, why: to >= now && nowWhy !== '' ? nowWhy : told === undefined ? '' : say(told.why) };
};

const overlap = (gap: { readonly from: number; readonly to: number }, from: number, to: number): number =>
  Math.max(0, Math.min(gap.to, to) - Math.max(gap.from, from));
