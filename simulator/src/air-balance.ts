import { toVapourGrams } from './moist-air.ts';
import type { Weather } from './weather.ts';

/** The air of a room, well mixed: °C, and grams of water in a cubic metre. */
export type MoistAir = { readonly temperatureC: number; readonly vapourGrams: number };

/** What a room is. */
export type Space = {
  readonly volumeM3: number;
  /** Air with all that follows it at once: trays, lights, the inner skin of the walls. */
  readonly heatCapacityJperK: number;
  readonly wallWperK: number;
};

/** What goes into the air of a room each second besides what passes walls and openings. */
export type Flows = {
  /** Heat, latent heat included: water that evaporates takes 2450 J/g out. */
  readonly watts: number;
  readonly gramsPerS: number;
  /** Air that is exchanged with that around. */
  readonly exchangeM3perS: number;
};

/** What a room has taken in and given away since it was made, in grams and joules: what is kept equals what came less what went. */
export type Meters = { readonly waterGrams: number; readonly heatJoules: number };

export const zeroMeters: Meters = { waterGrams: 0, heatJoules: 0 };

/** Heat that a gram of water takes as it evaporates. */
export const joulesPerGram = 2450;
/** Heat that a cubic metre of air carries. */
export const airJperM3K = 1207;

/**
 * The balance of heat and water over `dtS` seconds (a second at most, or it becomes inaccurate), with the meters moved on.
 *
 * Closed: what the walls and openings let through carries heat and water alike, and water that condenses in saturated air
 * leaves its heat there.
 */
export const stepMoistAir = (
  air: MoistAir,
  meters: Meters,
  space: Space,
  { watts, gramsPerS, exchangeM3perS }: Flows,
  around: Weather,
  dtS: number,
): { readonly air: MoistAir; readonly meters: Meters } => {
  const joules = (watts - (space.wallWperK + exchangeM3perS * airJperM3K) * (air.temperatureC - around.temperatureC)) * dtS;
  const grams = (gramsPerS - exchangeM3perS * (air.vapourGrams - around.vapourGrams)) * dtS;
  const warmedC = air.temperatureC + joules / space.heatCapacityJperK;
  const moistened = Math.max(0, air.vapourGrams + grams / space.volumeM3);
  const condensed = Math.max(0, moistened - toVapourGrams(warmedC, 100)) * space.volumeM3;
  return {
    air: {
      temperatureC: warmedC + (condensed * joulesPerGram) / space.heatCapacityJperK,
      vapourGrams: moistened - condensed / space.volumeM3,
    },
    meters: {
      waterGrams: meters.waterGrams + grams - condensed,
      heatJoules: meters.heatJoules + joules + condensed * joulesPerGram,
    },
  };
};
