import { type Flows, joulesPerGram, type Meters, type Space, stepMoistAir } from './air-balance.ts';
import { toDeficitKpa, toVapourGrams } from './moist-air.ts';
import { toWeather, type Weather } from './weather.ts';

/** The air of the flower room, well mixed, and the leaves in it. */
export type Air = {
  readonly temperatureC: number;
  /** Water in a cubic metre of air, in grams. */
  readonly vapourGrams: number;
  readonly leafC: number;
  readonly co2Ppm: number;
  readonly meters: Meters;
};

/** What acts on the room: what really runs, not what was commanded. Shares are from 0 to 1. */
export type RoomInputs = {
  /** How many dehumidifiers run. */
  readonly dehumidifiers: number;
  readonly isHeaterOn: boolean;
  readonly isDosing: boolean;
  readonly fanShare: number;
  readonly lightShare: number;
  readonly isDoorOpen: boolean;
  /** The air outside; that of a mild noon when not said. */
  readonly outside?: Weather;
};

/**
 * The room: 30 m³ with a dense canopy of 8 m² and light walls, so that a switch can be seen on the screen within seconds. The
 * machines are of the size that is sold for such rooms.
 */
export const room = {
  volumeM3: 30,
  heatCapacityJperK: 120_000,
  wallWperK: 75,
  lampWatts: 1500,
  heaterWatts: 3000,
  dehumidifierWatts: 550,
  /** Grams a second taken by one dehumidifier in air of 60 %, as 56 litres a day. */
  dehumidifierGramsPerS: 0.65,
  fanM3perS: 0.2,
  doorM3perS: 0.35,
  leakM3perS: 0.004,
  /** Grams a second and kPa of leaf deficit: under full light, and in the dark. */
  transpirationLit: 0.72,
  transpirationDark: 0.14,
  /** Parts per million a second, each in the 30 m³ of the room: the canopy in full light at much CO₂, roots and soil, the valve. */
  co2UptakePpmPerS: 0.36,
  co2ReleasePpmPerS: 0.04,
  co2DosePpmPerS: 2.2,
} as const satisfies Space & Record<string, number>;

/** The air outside when nobody says otherwise: cooler and drier than the room should be. */
export const outside: Weather = toWeather(11 * 3_600_000);

/** Grams of water a second that the leaves give to the air. */
export const toTranspiration = (air: Pick<Air, 'temperatureC' | 'vapourGrams' | 'leafC'>, lightShare: number): number =>
  Math.max(0, toDeficitKpa(air.temperatureC, air.vapourGrams, air.leafC)) *
  (room.transpirationDark + (room.transpirationLit - room.transpirationDark) * lightShare);

/** Grams of water a second that the running dehumidifiers take; a cold coil finds little in dry air. */
export const toDrying = (air: Pick<Air, 'temperatureC' | 'vapourGrams'>, running: number): number => {
  const share = air.vapourGrams / toVapourGrams(air.temperatureC, 60);
  return running * room.dehumidifierGramsPerS * Math.min(1.3, Math.max(0, (share - 0.4) / 0.6));
};

/**
 * The balance of heat, water and CO₂ over `dtS` seconds (a second at most, or it becomes inaccurate).
 *
 * Closed: water that leaves a leaf takes its heat of vaporisation out of the air, and a dehumidifier gives it back
 * together with the power that it draws; what condenses warms; what the fan, the door and the leaks exchange carries
 * heat, water and CO₂ alike.
 */
export const stepAir = (air: Air, inputs: RoomInputs, dtS: number): Air => {
  const around = inputs.outside ?? outside;
  const transpired = toTranspiration(air, inputs.lightShare);
  const dried = toDrying(air, inputs.dehumidifiers);
  const flows: Flows = {
    watts:
      inputs.lightShare * room.lampWatts +
      (inputs.isHeaterOn ? room.heaterWatts : 0) +
      inputs.dehumidifiers * room.dehumidifierWatts +
      (dried - transpired) * joulesPerGram,
    gramsPerS: transpired - dried,
    exchangeM3perS: inputs.fanShare * room.fanM3perS + (inputs.isDoorOpen ? room.doorM3perS : 0) + room.leakM3perS,
  };
  const { air: next, meters } = stepMoistAir(air, air.meters, room, flows, around, dtS);
  // Lights warm a leaf, transpiration cools it: about 1 °C above the air in a humid room, 1 °C below in a dry one.
  const restingLeafC = next.temperatureC + 2.4 * inputs.lightShare - 3.6 * transpired;
  // Photosynthesis saturates: half of its most at 300 ppm.
  const uptake = (room.co2UptakePpmPerS * inputs.lightShare * air.co2Ppm) / (air.co2Ppm + 300);
  const co2PpmPerS =
    room.co2ReleasePpmPerS +
    (inputs.isDosing ? room.co2DosePpmPerS : 0) -
    uptake -
    (flows.exchangeM3perS / room.volumeM3) * (air.co2Ppm - around.co2Ppm);
  return {
    ...next,
    meters,
    leafC: air.leafC + (restingLeafC - air.leafC) * (1 - Math.exp(-dtS / 15)),
    co2Ppm: Math.max(0, air.co2Ppm + co2PpmPerS * dtS),
  };
};
