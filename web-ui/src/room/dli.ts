import { toDayBounds, toLocalDay, type TimeZone } from '@phloem/protocol';
import type { Buckets } from '../history/buckets.ts';
import type { Live } from '../history/columns.ts';
import { firstFrom, timeAt, valueAt } from '../history/ring.ts';

/** The light of one day of the site, in mol/m². */
export type DayLight = {
  /** What has come down since midnight of the site. */
  readonly soFar: number;
  /** What the day will have had, if the lights stay as they are while they are scheduled on; null when nothing says when. */
  readonly projected: number | null;
  /** The share of the time since midnight of which something is known. */
  readonly known: number;
  /** A part of it was made up. */
  readonly isSimulated: boolean;
};

/** A mean value over a stretch of time, of which `knownMs` is known. */
export type Piece = {
  readonly from: number;
  readonly to: number;
  readonly mean: number;
  readonly knownMs: number;
  readonly isSimulated: boolean;
};

type Dark = readonly { readonly from: number; readonly to: number }[];

/**
 * What is known of a point, from the hub's history and, after that, from what was heard live. A bucket that has values
 * before and after it is known but for the gaps that the hub reports. One at an edge, where the hub began or ended to hear
 * the point, is known for as long as its samples say: so many of them, one every interval.
 */
export const toKnownPieces = (buckets: Buckets | null, live: Live | null, intervalMs: number): readonly Piece[] => [
  ...(buckets === null ? [] : toBucketPieces(buckets, intervalMs)),
  ...(live === null ? [] : toLivePieces(live, buckets?.knownTo ?? Number.NEGATIVE_INFINITY, intervalMs)),
];

/**
 * The light integral of the day so far, and of the whole day. What is known counts as it is; what is not known counts as
 * nothing, and `known` says how much that is. Ahead, the last known light is taken for the hours in which the schedule has it
 * on; while it is dark now, the mean of what the day's light hours had.
 */
export const toDayLight = (pieces: readonly Piece[], now: number, zone: TimeZone, dark: Dark): DayLight => {
  const { from: dayFrom, to: dayTo } = toDayBounds(zone, toLocalDay(zone, now));
  let isSimulated = false;
  let sum = 0;
  let knownMs = 0;
  let litSum = 0;
  let litMs = 0;
  let last = Number.NaN;
  for (const piece of pieces) {
    const begin = Math.max(dayFrom, piece.from);
    const end = Math.min(now, piece.to);
    if (end <= begin) continue;
    const length = piece.knownMs * ((end - begin) / (piece.to - piece.from));
    last = piece.mean;
    isSimulated ||= piece.isSimulated;
    sum += toMol(piece.mean, length);
    knownMs += length;
    if (piece.mean > litFrom) {
      litSum += piece.mean * length;
      litMs += length;
    }
  }
  const known = Math.min(1, knownMs / Math.max(1, now - dayFrom));
  if (dark.length === 0 || Number.isNaN(last)) return { soFar: sum, projected: null, known, isSimulated };
  const isDark = dark.some(({ from, to }) => from <= now && now < to);
  const level = !isDark ? last : litMs > 0 ? litSum / litMs : Number.NaN;
  const darkAhead = dark.reduce((total, { from, to }) => total + Math.max(0, Math.min(to, dayTo) - Math.max(from, now)), 0);
  const litAhead = dayTo - now - darkAhead;
  const ahead = litAhead <= 0 ? 0 : toMol(level, litAhead);
  return { soFar: sum, projected: Number.isNaN(ahead) ? null : sum + ahead, known, isSimulated };
};

/** Below this many µmol/m²s a light is off: what is left is a probe's offset. */
const litFrom = 5;

/** µmol/m²s over a time are so many mol/m². */
const toMol = (ppfd: number, ms: number): number => (Math.max(0, ppfd) * ms) / 1e9;

const toBucketPieces = (buckets: Buckets, intervalMs: number): readonly Piece[] => {
  const endOf = (index: number): number => Math.min((buckets.at[index] ?? 0) + buckets.bucketMs, buckets.to);
  const lengthOf = (index: number): number => endOf(index) - (buckets.at[index] ?? 0);
  const valuesOf = (index: number): number => buckets.values[index] ?? 0;
  const isInside = (index: number): boolean => valuesOf(index - 1) > 0 && valuesOf(index) > 0 && valuesOf(index + 1) > 0;
  /** How far apart the samples are: in a simulated past not as far as the point is polled. */
  const apartAt = (index: number): number =>
    Math.max(intervalMs, ...[index - 1, index + 1].filter(isInside).map((near) => lengthOf(near) / valuesOf(near)));
  const knownAt = (index: number): number => {
    if (!isInside(index)) return Math.min(lengthOf(index), valuesOf(index) * apartAt(index));
    const [from, to] = [buckets.at[index] ?? 0, endOf(index)];
    const missing = buckets.gaps.reduce((sum, gap) => sum + Math.max(0, Math.min(gap.to, to) - Math.max(gap.from, from)), 0);
    return Math.max(0, lengthOf(index) - missing);
  };
  return Array.from(buckets.at, (from, index) => ({
    from,
    to: endOf(index),
    mean: buckets.mean[index] ?? Number.NaN,
    knownMs: knownAt(index),
    isSimulated: buckets.isSimulated[index] === 1,
  })).filter(({ mean, from, to }) => !Number.isNaN(mean) && to > from);
};

/** Each sample holds until the next one, but for no longer than three intervals. */
const toLivePieces = ({ ring, wallOffset }: Live, after: number, intervalMs: number): readonly Piece[] => {
  const pieces: Piece[] = [];
  for (let index = firstFrom(ring, after - wallOffset); index < ring.size; index += 1) {
    const mean = valueAt(ring, index);
    const from = timeAt(ring, index) + wallOffset;
    const next = index + 1 < ring.size ? timeAt(ring, index + 1) + wallOffset : from + intervalMs;
    const to = next - from > 3 * intervalMs ? from + intervalMs : next;
    if (!Number.isNaN(mean) && to > from) pieces.push({ from, to, mean, knownMs: to - from, isSimulated: false });
  }
  return pieces;
};
