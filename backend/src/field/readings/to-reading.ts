import type { Quality, Reading } from '@phloem/protocol';
import type { PointSpec } from '../../site/site.ts';

/** A value as the reading of a point: outside the point's range it is bad, and is not shown as the nearest that fits. */
export const toReading = (point: Pick<PointSpec, 'range' | 'quantity'>, value: number | boolean, q: Quality, why?: string): Reading => {
  const { min, max } = point.range;
  if (point.quantity === 'boolean') {
    const isBoolean = typeof value === 'boolean' || value === 0 || value === 1;
    if (!isBoolean) return { v: null, q: 'bad', why: `${value} is neither on nor off`, raw: value };
    return { v: Boolean(value), q, ...(why === undefined ? {} : { why }) };
  }
  const number = Number(value);
  if (!Number.isFinite(number)) return { v: null, q: 'bad', why: 'not a number' };
  if (number < min || number > max) return { v: null, q: 'bad', why: `${number} is outside of ${min} to ${max}`, raw: number };
  return { v: number, q, ...(why === undefined ? {} : { why }) };
};
