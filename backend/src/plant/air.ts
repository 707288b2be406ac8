import { toDeficitKpa, toVapourGrams } from './moist-air.ts';

/** The air of the room, well mixed, and the leaves in it. */
export type Air = {
  readonly temperatureC: number;
  /** Water in a cubic metre of air, in grams. */
  readonly vapourGrams: number;
  readonly leafC: number;
  readonly co2Ppm: number;
};

/** What acts on the room: what really runs, not what was commanded. Shares are from 0 to 1. */
export type RoomInputs = {
  /** How many dehumidifiers run. */
  readonly dehumidifiers: number;
  readonly isHeaterOn: boolean;
  readonly fanShare: number;
  readonly lightShare: number;
  readonly isDoorOpen: boolean;
};

/**
 * The room: 12 m³ with a dense canopy of 8 m², light walls and hardly any mass, so that a switch can be seen on the
 * screen within seconds. The machines are of the size that is sold for such rooms.
 */
export const room = {
  volumeM3: 12,
  /** Air (14.5 kJ/K) with lamps, trays and the inner skin of the walls. */
  heatCapacityJperK: 38_000,
  wallWperK: 65,
  lampWatts: 1500,
  heaterWatts: 2600,
  dehumidifierWatts: 550,
  /** Grams a second taken by one dehumidifier in air of 60 %, as 65 litres a day. */
  dehumidifierGramsPerS: 0.75,
  fanM3perS: 0.2,
  doorM3perS: 0.35,
  leakM3perS: 0.004,
  /** Grams a second and kPa of leaf deficit: under full light, and in the dark. */
  transpirationLit: 0.72,
  transpirationDark: 0.06,
  /** Parts per million a second, each in the 12 m³ of the room. */
  co2UptakePpmPerS: 2.2,
  co2ReleasePpmPerS: 2.4,
} as const;

/** The air outside: cooler and drier than the room should be. */
export const outside = { temperatureC: 15, vapourGrams: toVapourGrams(15, 80), co2Ppm: 425 } as const;

const joulesPerGram = 2450;
const airJperM3K = 1207;

/** Grams of water a second that the leaves give to the air. */
export const toTranspiration = (air: Air, lightShare: number): number =>
  Math.max(0, toDeficitKpa(air.temperatureC, air.vapourGrams, air.leafC)) *
  (room.transpirationDark + (room.transpirationLit - room.transpirationDark) * lightShare);

/** Grams of water a second that the running dehumidifiers take; a cold coil finds little in dry air. */
export const toDrying = (air: Air, running: number): number => {
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
  const exchange = inputs.fanShare * room.fanM3perS + (inputs.isDoorOpen ? room.doorM3perS : 0) + room.leakM3perS;
  const transpired = toTranspiration(air, inputs.lightShare);
  const dried = toDrying(air, inputs.dehumidifiers);
  const above = air.temperatureC - outside.temperatureC;
  const watts =
    inputs.lightShare * room.lampWatts +
    (inputs.isHeaterOn ? room.heaterWatts : 0) +
    inputs.dehumidifiers * room.dehumidifierWatts +
    (dried - transpired) * joulesPerGram -
    (room.wallWperK + exchange * airJperM3K) * above;
  const warmedC = air.temperatureC + (watts * dtS) / room.heatCapacityJperK;
  const gramsPerS = transpired - dried - exchange * (air.vapourGrams - outside.vapourGrams);
  const moistened = Math.max(0, air.vapourGrams + (gramsPerS * dtS) / room.volumeM3);
  const condensed = Math.max(0, moistened - toVapourGrams(warmedC, 100));
  const temperatureC = warmedC + (condensed * room.volumeM3 * joulesPerGram) / room.heatCapacityJperK;
  // Lamps warm a leaf, transpiration cools it: about 1 °C above the air in a humid room, 1 °C below in a dry one.
  const restingLeafC = temperatureC + 2.4 * inputs.lightShare - 3.6 * transpired;
  const co2PpmPerS =
    room.co2ReleasePpmPerS -
    room.co2UptakePpmPerS * inputs.lightShare * Math.min(1.5, air.co2Ppm / 600) -
    (exchange / room.volumeM3) * (air.co2Ppm - outside.co2Ppm);
  return {
    temperatureC,
    vapourGrams: moistened - condensed,
    leafC: air.leafC + (restingLeafC - air.leafC) * (1 - Math.exp(-dtS / 15)),
    co2Ppm: Math.max(0, air.co2Ppm + co2PpmPerS * dtS),
  };
};
