import { toVapourGrams } from './moist-air.ts';

/** The air outside: °C, grams of water in a cubic metre, ppm of CO₂. */
export type Weather = { readonly temperatureC: number; readonly vapourGrams: number; readonly co2Ppm: number };

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/**
 * A mild, steady day: coldest at five in the morning, warmest at five in the afternoon, with the same water in the air all
 * day long. `sunMs` is the time of day by the sun, in milliseconds since midnight.
 */
export const toWeather = (sunMs: number): Weather => ({
  temperatureC: 14 - 3.5 * Math.cos((2 * Math.PI * (sunMs - 5 * hourMs)) / dayMs),
  vapourGrams: steadyVapour,
  co2Ppm: 425,
});

/** The time of day by the sun where the simulator stands, an hour east of Greenwich. */
export const toSunMs = (wallMs: number): number => (((wallMs + hourMs) % dayMs) + dayMs) % dayMs;

/** Whether the lights of the rooms have been put on by then: anyone who opens the simulator finds a day or a night. */
export const isLit = (sunMs: number): boolean => sunMs >= 6.75 * hourMs && sunMs < 16.5 * hourMs;

// Less than saturated at the coldest hour: it never rains into the balance.
const steadyVapour = toVapourGrams(14, 76);
