import type { DerivedFormula } from '../../site/site.ts';

/** The decimals of a derived value, in its canonical unit: finer than any instrument for its inputs can resolve. */
const derivedDecimals: Readonly<Record<DerivedFormula, number>> = {
  vpd_air: 3,
  vpd_leaf: 3,
  dew_point: 2,
  absolute_humidity: 2,
  enthalpy: 2,
  dli: 3,
};

/**
 * A derived value at the resolution of its formula. The digits past it come from the calculation, not from an instrument, and would
 * be most of what the log stores.
 */
export const toResolution = (formula: DerivedFormula, value: number): number => Number(value.toFixed(derivedDecimals[formula]));
