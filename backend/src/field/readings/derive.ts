import {
  absoluteHumidity,
  airVapourPressureDeficit,
  dewPoint,
  enthalpy,
  leafVapourPressureDeficit,
  reasonOf,
  type PointId,
  type Quality,
  type Reading,
} from '@phloem/protocol';
import type { DerivedFormula, PointSpec } from '../../site/site.ts';
import { toReading } from './to-reading.ts';
import { toResolution } from './resolution.ts';

/** A point that the hub works out from others. */
export type DerivedPoint = PointSpec & { readonly source: Extract<PointSpec['source'], { kind: 'derived' }> };

/** A derived point whose value follows from its inputs of the moment alone. */
export type InstantPoint = DerivedPoint & { readonly source: { readonly formula: Exclude<DerivedFormula, 'dli'> } };

export const isInstant = (point: PointSpec): point is InstantPoint => point.source.kind === 'derived' && point.source.formula !== 'dli';

/** From the best to the worst. Between the same, the first input's reason is reported. */
const order: readonly Quality[] = ['good', 'simulated', 'uncertain', 'maintenance', 'stale', 'bad'];
const rank = (quality: Quality): number => order.indexOf(quality);

/**
 * Each formula's inputs are in a fixed order: air temperature, relative humidity, and for `vpd_leaf` a leaf
 * temperature as a third where a probe measures it; without one the leaf is the air plus the declared offset.
 */
const formulas: Readonly<Record<Exclude<DerivedFormula, 'dli'>, (inputs: readonly number[], offset: number) => number>> = {
  vpd_air: ([air = NaN, humidity = NaN]) => airVapourPressureDeficit(air, humidity),
  vpd_leaf: ([air = NaN, humidity = NaN, leaf], offset) => leafVapourPressureDeficit((leaf ?? air) + offset, air, humidity),
  dew_point: ([air = NaN, humidity = NaN]) => dewPoint(air, humidity),
  absolute_humidity: ([air = NaN, humidity = NaN]) => absoluteHumidity(air, humidity),
  enthalpy: ([air = NaN, humidity = NaN]) => enthalpy(air, humidity),
};

/** The reading of a derived point. Its quality is that of its worst input; it has no value when one of them has none. */
export const deriveReading = (point: InstantPoint, lookUp: (id: PointId) => Reading | undefined): Reading => {
  const { formula, inputs, offset } = point.source;
  const readings = inputs.map((id): { id: PointId; reading: Reading } => ({
    id,
    reading: lookUp(id) ?? { v: null, q: 'bad', why: reasonOf('reading/never-read') },
  }));
  const [worst] = readings.toSorted((a, b) => rank(b.reading.q) - rank(a.reading.q));
  if (worst === undefined) return { v: null, q: 'bad', why: reasonOf('reading/no-inputs') };
  const { q, why } = worst.reading;
  const reason = reasonOf('reading/input', { point: worst.id, quality: q, ...(why !== undefined && { because: why }) });
  const values = readings.flatMap(({ reading }) => (typeof reading.v === 'number' ? [reading.v] : []));
  if (values.length < readings.length) return { v: null, q: q === 'stale' ? 'stale' : 'bad', why: reason };
  // Of values that are limited alone, what follows from them is as usable as they are.
  const isLimited = q === 'uncertain' && readings.every(({ reading }) => rank(reading.q) < rank('uncertain') || reading.limited === true);
  const value = formulas[formula](values, offset);
  if (!Number.isFinite(value)) return { v: null, q: 'bad', why: reasonOf('reading/no-result', { formula }) };
  const reading = toReading(point, toResolution(formula, value), q, q === 'good' ? undefined : reason);
  return isLimited && reading.v !== null ? { ...reading, limited: true } : reading;
};
