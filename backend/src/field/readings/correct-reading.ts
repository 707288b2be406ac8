import { reasonOf, type PointId, type Quality, type Reading, type Reason } from '@phloem/protocol';
import type { PointSpec } from '../../site/site.ts';
import type { StoredTotal } from './totaliser.ts';
import { toCalibratedReading, toReading } from './to-reading.ts';

/** What was done to a point: `value = uncorrected × gain + offset`, and what lowers its quality. */
export type Correction = {
  readonly gain: number;
  readonly offset: number;
  readonly overdue: Reason<'calibration/due'> | null;
  readonly maintenance: Reason<'reading/maintenance'> | null;
};

/** How far a sum over the day had come, by the newest entry that reported it; `isMadeUp` where some of it was simulated. */
export type DayTotal = { readonly v: number; readonly at: number; readonly isWhole: boolean; readonly isMadeUp: boolean };

/** What the field has to know of what people did to the points. */
export interface PointRecords {
  /** Null where nobody did anything. */
  correct(point: PointId): Correction | null;
  /** The newest value that a point had, from before a restart too. */
  total(point: PointId): DayTotal | null;
  /** How far a running total had come by the log, from before a restart too. */
  stored(point: PointId): StoredTotal | null;
  /** The newest sum of the made-up past of a demonstration, which may come after the start; null where there is none. */
  madeUpTotal(point: PointId): DayTotal | null;
}

/** A field of which nobody has calibrated anything. */
export const noRecords: PointRecords = { correct: () => null, total: () => null, stored: () => null, madeUpTotal: () => null };

/** Why every value of a demonstration is simulated. */
export const demonstration = reasonOf('reading/demonstration');

/**
 * A decoded value as the reading of a point, corrected by its calibration; the uncorrected one is kept as `raw`. A point
 * in maintenance goes on being read, so that a technician sees what he does; rules take it for unknown by its quality.
 */
export const toCorrectedReading = (
  point: PointSpec,
  value: number | boolean,
  correction: Correction | null,
  isDemonstration: boolean,
): Reading => {
  const own: readonly [Quality, Reason?] = isDemonstration ? ['simulated', demonstration] : ['good'];
  if (correction === null) return toReading(point, value, ...own);
  const { gain, offset, overdue, maintenance } = correction;
  const [q, why]: readonly [Quality, Reason?] =
    maintenance !== null ? ['maintenance', maintenance] : overdue !== null ? ['uncertain', overdue] : own;
  if (typeof value === 'boolean' || point.quantity === 'boolean' || (gain === 1 && offset === 0)) return toReading(point, value, q, why);
  // Twelve digits: what binary fractions add is no news.
  return { ...toCalibratedReading(point, value, Number((value * gain + offset).toPrecision(12)), q, why), raw: value };
};
