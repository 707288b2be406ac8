/*
 * Moist air, for the room alone. The simulator is what the hub is tested against, so it does not borrow the hub's formulas:
 * a mistake there would otherwise be made twice and cancel out.
 */

/**
 * Pressure of saturated water vapour over water, in kPa, from the air temperature in °C.
 *
 * Tetens, as in FAO Irrigation and Drainage Paper 56, equation 11; within 0.3 % from 0 to 50 °C.
 */
export const toSaturationKpa = (temperatureC: number): number => 0.6108 * Math.exp((17.27 * temperatureC) / (temperatureC + 237.3));

/** Water in a cubic metre of air, in grams, at a relative humidity in percent (ideal gas, 461.5 J/(kg K) for vapour). */
export const toVapourGrams = (temperatureC: number, humidityPercent: number): number =>
  (toSaturationKpa(temperatureC) * humidityPercent * 1e4) / (461.5 * (temperatureC + 273.15));

/** Relative humidity in percent of air that holds so many grams of water in a cubic metre; above 100 is fog. */
export const toHumidityPercent = (temperatureC: number, vapourGrams: number): number =>
  (100 * vapourGrams) / toVapourGrams(temperatureC, 100);

/** What the vapour lacks to saturation at `leafC`, in kPa; below 0 water condenses on the leaf. */
export const toDeficitKpa = (airC: number, vapourGrams: number, leafC: number = airC): number =>
  toSaturationKpa(leafC) - (toSaturationKpa(airC) * toHumidityPercent(airC, vapourGrams)) / 100;
