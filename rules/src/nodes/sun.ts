import { DAY_MS } from '@phloem/protocol';

/** Where on earth: degrees, north and east positive. */
export type Place = { readonly latitude: number; readonly longitude: number };

/** The instants of one solar day; at high latitudes the sun may stay up or down, and then neither rises nor sets. */
export type SunTimes =
  | { readonly sun: 'rises'; readonly rise: number; readonly noon: number; readonly set: number }
  | { readonly sun: 'stays-up' | 'stays-down'; readonly noon: number };

/**
 * Sunrise, noon and sunset of the solar day whose noon is nearest to the given instant, in ms since 1970.
 *
 * The sun rises when its upper edge is seen, its centre being 0.833° below the horizon (refraction included), over a
 * flat horizon. Within a minute or two between 72° north and south, for 1900 to 2100.
 *
 * Source: NOAA Global Monitoring Laboratory, Solar Calculation Details, after J. Meeus, Astronomical Algorithms.
 */
export const toSunTimes = ({ latitude, longitude }: Place, nearNoon: number): SunTimes => {
  let noon = nearNoon;
  for (let pass = 0; pass < 2; pass += 1) noon = nearestNoon(noon, nearNoon, longitude);
  const rise = crossing(latitude, longitude, noon, -1);
  const set = crossing(latitude, longitude, noon, 1);
  if (rise !== undefined && set !== undefined) return { sun: 'rises', rise, noon, set };
  const height = toSun(noon).declination * Math.sign(latitude || 1);
  return { sun: height > 0 ? 'stays-up' : 'stays-down', noon };
};

/** 90° and 50′: half the width of the sun, and refraction at the horizon. */
const HORIZON = 90.833;
const MINUTE_MS = 60_000;

const sin = (degrees: number): number => Math.sin((degrees * Math.PI) / 180);
const cos = (degrees: number): number => Math.cos((degrees * Math.PI) / 180);
const tan = (degrees: number): number => Math.tan((degrees * Math.PI) / 180);
const toDegrees = (radians: number): number => (radians * 180) / Math.PI;

/** Noon by the sun's position at `at`, on the solar day nearest to `near`. */
const nearestNoon = (at: number, near: number, longitude: number): number => {
  const noon = (720 - 4 * longitude - toSun(at).minutesAhead) * MINUTE_MS;
  return noon + Math.round((near - noon) / DAY_MS) * DAY_MS;
};

/** When the sun crosses the horizon before (−1) or after (+1) noon, by its position at that time; undefined when it does not. */
const crossing = (latitude: number, longitude: number, noon: number, side: -1 | 1): number | undefined => {
  let at: number | undefined = noon;
  for (let pass = 0; pass < 3 && at !== undefined; pass += 1) {
    const { declination } = toSun(at);
    const angle = toDegrees(Math.acos(cos(HORIZON) / (cos(latitude) * cos(declination)) - tan(latitude) * tan(declination)));
    at = Number.isNaN(angle) ? undefined : nearestNoon(at, noon, longitude) + side * angle * 4 * MINUTE_MS;
  }
  return at;
};

/** Declination in degrees, and the equation of time: how many minutes the sun is ahead of the clock. */
const toSun = (at: number): { readonly declination: number; readonly minutesAhead: number } => {
  const julianDay = at / DAY_MS + 2_440_587.5;
  const t = (julianDay - 2_451_545) / 36_525;
  const meanLongitude = 280.46646 + t * (36_000.76983 + t * 0.0003032);
  const anomaly = 357.52911 + t * (35_999.05029 - 0.0001537 * t);
  const eccentricity = 0.016708634 - t * (0.000042037 + 0.0000001267 * t);
  const centre =
    sin(anomaly) * (1.914602 - t * (0.004817 + 0.000014 * t)) + sin(2 * anomaly) * (0.019993 - 0.000101 * t) + sin(3 * anomaly) * 0.000289;
  const node = 125.04 - 1934.136 * t;
  const apparentLongitude = meanLongitude + centre - 0.00569 - 0.00478 * sin(node);
  const obliquity = 23 + (26 + (21.448 - t * (46.815 + t * (0.00059 - t * 0.001813))) / 60) / 60 + 0.00256 * cos(node);
  const y = tan(obliquity / 2) ** 2;
  const minutesAhead =
    4 *
    toDegrees(
      y * sin(2 * meanLongitude) -
        2 * eccentricity * sin(anomaly) +
        4 * eccentricity * y * sin(anomaly) * cos(2 * meanLongitude) -
        0.5 * y * y * sin(4 * meanLongitude) -
        1.25 * eccentricity * eccentricity * sin(2 * anomaly),
    );
  return { declination: toDegrees(Math.asin(sin(obliquity) * sin(apparentLongitude))), minutesAhead };
};
