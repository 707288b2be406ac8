import { reasonOf, type PointId, type Reading } from '@phloem/protocol';
import type { PointSpec } from '../../site/site.ts';
import type { DerivedPoint } from './derive.ts';
import { toReading } from './to-reading.ts';
import { toResolution } from './resolution.ts';
import type { DayTotal } from './correct-reading.ts';

/** The light of a day so far, in mol/m², and how much of the time nothing was known of it. */
export type DaySum = {
  readonly day: string;
  readonly mol: number;
  readonly unknownMs: number;
  /** False where the counting began after midnight. */
  readonly isWhole: boolean;
  /** True where some of it was simulated. */
  readonly isMadeUp: boolean;
  /** When the counting began, by the wall clock. */
  readonly since: number;
  /** The newest input, and when it came by the monotonic clock; null while it has no value. */
  readonly last: number | null;
  readonly now: number;
};

/** The moment of a step: monotonic time, wall time, and the day of the site that it falls in. */
export type DayMoment = { readonly now: number; readonly at: number; readonly day: string };

export const isDaySum = (point: PointSpec): point is DerivedPoint => point.source.kind === 'derived' && point.source.formula === 'dli';

const microPerMol = 1_000_000;
/** Missing this much of a day is not worth a word. */
const negligibleMs = 60_000;

/**
 * Where a sum begins: with what the log last showed of it when that is of the same day, else at nothing. The time between
 * counts as unknown: nobody has seen the lights.
 */
export const startDaySum = (total: DayTotal | null, moment: DayMoment, toDay: (at: number) => string): DaySum => {
  const isSameDay = total !== null && total.at <= moment.at && toDay(total.at) === moment.day;
  return isSameDay
    ? {
        day: moment.day,
        mol: total.v,
        unknownMs: moment.at - total.at,
        isWhole: total.isWhole,
        isMadeUp: total.isMadeUp,
        since: total.at,
        last: null,
        now: moment.now,
      }
    : { day: moment.day, mol: 0, unknownMs: 0, isWhole: false, isMadeUp: false, since: moment.at, last: null, now: moment.now };
};

/** A made-up past ends where the lived one began, but for a moment. */
const seamMs = 120_000;

/** A sum that began in the middle of the day goes on from a made-up past that reaches to where it began. */
export const joinMadeUp = (sum: DaySum, past: DayTotal | null, toDay: (at: number) => string): DaySum => {
  if (sum.isWhole || past === null || !past.isWhole) return sum;
  const seam = sum.since - past.at;
  if (seam < 0 || seam > seamMs || toDay(past.at) !== sum.day) return sum;
  return { ...sum, mol: sum.mol + past.v, unknownMs: sum.unknownMs + seam, isWhole: true, isMadeUp: true, since: past.at };
};

/**
 * Adds what came since the last step: the mean of the two photon fluxes (µmol m⁻² s⁻¹) over the time between them.
 * A stretch longer than the point's stale limit, or with an unknown end, adds nothing and is counted as unknown.
 */
export const stepDaySum = (sum: DaySum, flux: number | null, moment: DayMoment, staleLimitMs: number): DaySum => {
  const passed = Math.max(0, moment.now - sum.now);
  const isKnown = sum.last !== null && flux !== null && passed <= staleLimitMs;
  const gained = isKnown ? (((sum.last ?? 0) + (flux ?? 0)) / 2) * (passed / 1000) : 0;
  const unknown = isKnown ? 0 : passed;
  const rest = { last: flux, now: moment.now };
  // What straddles midnight is at most one interval, and falls to the new day.
  return sum.day === moment.day
    ? { ...sum, ...rest, mol: sum.mol + gained / microPerMol, unknownMs: sum.unknownMs + unknown }
    : { day: moment.day, mol: gained / microPerMol, unknownMs: unknown, isWhole: true, isMadeUp: false, since: moment.at, ...rest };
};

/** The sum as a reading: uncertain where some of the day is missing. Sums go by the quality of their input otherwise. */
export const toDaySumReading = (point: DerivedPoint, sum: DaySum, input: Reading | undefined): Reading => {
  const value = toResolution('dli', sum.mol);
  if (!sum.isWhole) return toReading(point, value, 'uncertain', reasonOf('sum/began-late'));
  if (sum.unknownMs > negligibleMs) return toReading(point, value, 'uncertain', reasonOf('sum/unknown-time', { forMs: sum.unknownMs }));
  if (input === undefined || input.v === null || input.q === 'maintenance')
    return toReading(point, value, 'uncertain', reasonOf('sum/no-light'));
  if (sum.isMadeUp && input.q === 'good') return toReading(point, value, 'simulated', reasonOf('sum/partly-simulated'));
  return toReading(point, value, input.q, input.why);
};

/** The sums of a site after these news, and their readings. */
export const stepDaySums = (
  points: readonly PointSpec[],
  sums: ReadonlyMap<PointId, DaySum>,
  news: ReadonlyMap<PointId, Reading>,
  parts: {
    readonly moment: () => DayMoment;
    readonly toDay: (at: number) => string;
    readonly total: (id: PointId) => DayTotal | null;
    readonly madeUpTotal: (id: PointId) => DayTotal | null;
    readonly toStaleLimit: (point: PointSpec) => number;
  },
): { readonly sums: ReadonlyMap<PointId, DaySum>; readonly readings: ReadonlyMap<PointId, Reading> } => {
  const readings = new Map<PointId, Reading>();
  let next: Map<PointId, DaySum> | null = null;
  for (const point of points) {
    if (!isDaySum(point)) continue;
    const input = news.get(point.source.inputs[0] ?? '');
    if (input === undefined) continue;
    const moment = parts.moment();
    const begun = sums.get(point.id) ?? startDaySum(parts.total(point.id), moment, parts.toDay);
    const before = joinMadeUp(begun, parts.madeUpTotal(point.id), parts.toDay);
    // A sensor that is being worked on is shaded, or lies on the bench: what it says is not the light of the crop.
    const flux = typeof input.v === 'number' && input.q !== 'maintenance' ? input.v : null;
    const sum = stepDaySum(before, flux, moment, parts.toStaleLimit(point));
    next ??= new Map(sums);
    next.set(point.id, sum);
    readings.set(point.id, toDaySumReading(point, sum, input));
  }
  return { sums: next ?? sums, readings };
};
