/**
 * Moist air, as growers and instruments speak of it: °C, % relative humidity over liquid water (below 0 °C too, as
 * humidity probes report it), kPa, g/m³, kJ per kg of dry air.
 *
 * No function throws. An argument outside its stated range, or not finite, gives `NaN`, which is no value: who keeps
 * the result makes it `bad`, or unknown in a rule, and shows no number.
 */

/** Sea-level pressure in kPa (ICAO standard atmosphere): where no barometer says otherwise. */
export const STANDARD_PRESSURE = 101.325;

/** Where the saturation curve is used, in °C. */
const COLDEST = -80;
const HOTTEST = 100;

/** Buck's coefficients over liquid water; the first in kPa, then dimensionless, °C, °C. */
const [A, B, C, D] = [0.61121, 18.678, 257.14, 234.5];

const ZERO_CELSIUS_IN_KELVIN = 273.15;
/** Molar mass of water over that of dry air (ASHRAE Fundamentals, chapter 1). */
const MASS_RATIO = 0.621945;
/** Reciprocal of the gas constant of water vapour, in g K/J. */
const VAPOUR_GRAMS = 2.16679;

const isBetween = (value: number, low: number, high: number): boolean => value >= low && value <= high;
const isRelativeHumidity = (value: number): boolean => isBetween(value, 0, 100);

/**
 * Pressure of saturated vapour over liquid water, in kPa: `0.61121 exp((18.678 − t/234.5) t/(257.14 + t))`.
 *
 * Range −80 to 100 °C. Within 0.1 % of the steam tables from 0 to 80 °C, 0.15 % to 100 °C.
 * Source: A. L. Buck, J. Appl. Meteorol. 20 (1981) 1527, with the coefficients of the Buck Research manual of 1996,
 * which states −80 to 50 °C; the steam tables show that it serves to 100 °C.
 */
export const saturationVapourPressure = (celsius: number): number =>
  isBetween(celsius, COLDEST, HOTTEST) ? A * Math.exp(((B - celsius / D) * celsius) / (C + celsius)) : Number.NaN;

/**
 * Pressure of the vapour that the air holds, in kPa: `rh/100 · svp(t)`.
 *
 * Range −80 to 100 °C, 0 to 100 %. Source: the definition of relative humidity, WMO-No. 8, part I, annex 4.A.
 */
export const vapourPressure = (airCelsius: number, relativeHumidity: number): number =>
  isRelativeHumidity(relativeHumidity) ? (saturationVapourPressure(airCelsius) * relativeHumidity) / 100 : Number.NaN;

/**
 * What the air could still take up, in kPa: `svp(t) − e`.
 *
 * Range −80 to 100 °C, 0 to 100 %. Source: FAO Irrigation and Drainage Paper 56, chapter 3.
 */
export const airVapourPressureDeficit = (airCelsius: number, relativeHumidity: number): number =>
  saturationVapourPressure(airCelsius) - vapourPressure(airCelsius, relativeHumidity);

/**
 * The pull from inside a leaf, where the air is saturated, to the room, in kPa: `max(0, svp(leaf) − e)`.
 * 0 stands for a leaf at or below the dew point: water condenses and nothing is drawn.
 *
 * Range −80 to 100 °C for both temperatures, 0 to 100 %. Source: H. G. Jones, Plants and Microclimate, chapter 5.
 */
export const leafVapourPressureDeficit = (leafCelsius: number, airCelsius: number, relativeHumidity: number): number =>
  Math.max(0, saturationVapourPressure(leafCelsius) - vapourPressure(airCelsius, relativeHumidity));

/**
 * The temperature at which the air begins to drip, in °C: the saturation curve solved for its temperature, so that the
 * dew point of saturated air is the temperature of the air.
 *
 * Range −80 to 100 °C, above 0 to 100 %, and `NaN` where the dew point itself would be below −80 °C: perfectly dry air
 * has none. Source: as {@link saturationVapourPressure}; it is a quadratic equation in `t`.
 */
export const dewPoint = (airCelsius: number, relativeHumidity: number): number => {
  const logarithm = Math.log(vapourPressure(airCelsius, relativeHumidity) / A);
  const half = B - logarithm;
  const celsius = (D / 2) * (half - Math.sqrt(half * half - (4 * C * logarithm) / D));
  return celsius >= COLDEST ? celsius : Number.NaN;
};

/**
 * Mass of water in a volume of air, in g/m³: `2166.79 e/T` with `e` in kPa and `T` in K.
 *
 * Range −80 to 100 °C, 0 to 100 %. Source: the ideal gas law; the constant as in Vaisala, Humidity Conversion
 * Formulas (B210973EN).
 */
export const absoluteHumidity = (airCelsius: number, relativeHumidity: number): number =>
  (1000 * VAPOUR_GRAMS * vapourPressure(airCelsius, relativeHumidity)) / (airCelsius + ZERO_CELSIUS_IN_KELVIN);

/**
 * Heat in moist air, in kJ per kg of dry air, counted from dry air and liquid water at 0 °C:
 * `1.006 t + w (2501 + 1.86 t)`.
 *
 * Range −80 to 100 °C, 0 to 100 %, and a pressure above that of the vapour. Within 1 % of the tables to 50 °C: the air
 * is taken as an ideal gas. Source: ASHRAE Handbook Fundamentals (2017), chapter 1, equations 20 and 30.
 */
export const enthalpy = (airCelsius: number, relativeHumidity: number, pressureKpa: number = STANDARD_PRESSURE): number =>
  1.006 * airCelsius + humidityRatio(vapourPressure(airCelsius, relativeHumidity), pressureKpa) * (2501 + 1.86 * airCelsius);

/**
 * The temperature to which water evaporating into the air cools it, in °C (thermodynamic wet bulb), found by halving
 * to a thousandth of a degree.
 *
 * Range 0 to 100 °C, 0 to 100 %, a pressure above that of saturated vapour, and `NaN` where the bulb would be below
 * 0 °C: whether it freezes cannot be known. Source: ASHRAE Handbook Fundamentals (2017), chapter 1, equation 33.
 */
export const wetBulb = (airCelsius: number, relativeHumidity: number, pressureKpa: number = STANDARD_PRESSURE): number => {
  const actual = humidityRatio(vapourPressure(airCelsius, relativeHumidity), pressureKpa);
  const excess = (bulb: number): number => ratioAtWetBulb(airCelsius, bulb, pressureKpa) - actual;
  if (!(excess(airCelsius) >= 0) || !(excess(0) <= 0)) return Number.NaN;
  let [low, high] = [0, airCelsius];
  while (high - low > 0.001) {
    const middle = (low + high) / 2;
    if (excess(middle) > 0) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
};

/** Kilograms of vapour for each kilogram of dry air. */
const humidityRatio = (vapourKpa: number, pressureKpa: number): number =>
  pressureKpa > vapourKpa && Number.isFinite(pressureKpa) ? (MASS_RATIO * vapourKpa) / (pressureKpa - vapourKpa) : Number.NaN;

const ratioAtWetBulb = (air: number, bulb: number, pressureKpa: number): number => {
  const saturated = humidityRatio(saturationVapourPressure(bulb), pressureKpa);
  return ((2501 - 2.326 * bulb) * saturated - 1.006 * (air - bulb)) / (2501 + 1.86 * air - 4.186 * bulb);
};
