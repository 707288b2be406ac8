import type { PointState } from '@phloem/protocol';

/** How far a number may be taken for what is so now. Only `fresh` and `late` are news. */
export type Freshness = 'fresh' | 'late' | 'stale' | 'dead' | 'bad';

const deadMs = 10 * 60_000;
const staleFloorMs = 5000;
/** A panel is updated four times a second and writes its text as often: a point that is read faster cannot be newer. */
const lateFloorMs = 750;

/** The age at which a number stops being news: three of its intervals, five seconds at the least. */
export const toStaleMs = (intervalMs: number): number => Math.max(3 * intervalMs, staleFloorMs);

/**
 * Judges one point by what the hub last said of it and by how long ago it was reported. The age is the browser's own
 * count, so it goes on when the link is silent. A point that was never received has no age and is dead.
 */
export const toFreshness = (point: Pick<PointState, 'q'>, ageMs: number | null, intervalMs: number): Freshness => {
  if (ageMs === null || ageMs > deadMs) return 'dead';
  if (point.q === 'bad') return 'bad';
  if (point.q === 'stale' || ageMs > toStaleMs(intervalMs)) return 'stale';
  return ageMs > Math.max(1.5 * intervalMs, lateFloorMs) ? 'late' : 'fresh';
};
