import { quantities, reasonOf, type Quality, type Reading, type Reason } from '@phloem/protocol';
import type { PointSpec } from '../../site/site.ts';

/** The end of a point's range that a value is past by no more than its margin; null where it is within, or too far past. */
export const toEdge = ({ range: { min, max }, margin }: Pick<PointSpec, 'range' | 'margin'>, value: number): number | null => {
  if (value < min) return margin !== undefined && value >= min - margin.below ? min : null;
  if (value > max) return margin !== undefined && value <= max + margin.above ? max : null;
  return null;
};

/** A value that was limited to an end: as usable as a good one, unless something else is said of it already. */
const toLimited = (edge: number, q: Quality, why: Reason, raw?: number): Reading => {
  const isOtherwiseGood = q === 'good' || q === 'simulated';
  return {
    v: edge,
    q: q === 'maintenance' ? q : 'uncertain',
    why,
    ...(raw !== undefined && { raw }),
    ...(isOtherwiseGood && { limited: true }),
  };
};

/**
 * A value as the reading of a point. Slightly past a physical end (100.3 % in a wet room) it is that end, and uncertain;
 * farther outside of the point's range it is bad, and is not shown as the nearest that fits.
 */
export const toReading = (
  point: Pick<PointSpec, 'range' | 'quantity' | 'margin'>,
  value: number | boolean,
  q: Quality,
  why?: Reason,
): Reading => {
  const { min, max } = point.range;
  if (point.quantity === 'boolean') {
    const isBoolean = typeof value === 'boolean' || value === 0 || value === 1;
    if (!isBoolean) return { v: null, q: 'bad', why: reasonOf('reading/neither-on-nor-off', { raw: value }), raw: value };
    return { v: Boolean(value), q, ...(why === undefined ? {} : { why }) };
  }
  const number = Number(value);
  if (!Number.isFinite(number)) return { v: null, q: 'bad', why: reasonOf('reading/no-number') };
  const edge = toEdge(point, number);
  if (edge !== null) {
    const { unit } = quantities[point.quantity];
    return toLimited(edge, q, toGraverReason(q, why) ?? reasonOf('reading/limited', { read: number, limit: edge, unit }), number);
  }
  if (number < min || number > max) return { v: null, q: 'bad', why: reasonOf('reading/outside', { read: number, min, max }), raw: number };
  return { v: number, q, ...(why === undefined ? {} : { why }) };
};

/**
 * A calibrated value as the reading of a point: what was good before its calibration is not bad after it. Where the
 * calibration takes it past the range it is the end of the range, and uncertain.
 */
export const toCalibratedReading = (point: PointSpec, uncorrected: number, corrected: number, q: Quality, why?: Reason): Reading => {
  const reading = toReading(point, corrected, q, why);
  const { min, max } = point.range;
  if (reading.v !== null || !Number.isFinite(corrected) || uncorrected < min || uncorrected > max) return reading;
  const edge = corrected > max ? max : min;
  return toLimited(edge, q, toGraverReason(q, why) ?? reasonOf('reading/calibrated-past-limit', { read: corrected, limit: edge }));
};

/** What lowers the quality more than the limit does; a demonstration says so of every value. */
const toGraverReason = (q: Quality, why: Reason | undefined): Reason | undefined => (q === 'good' || q === 'simulated' ? undefined : why);
