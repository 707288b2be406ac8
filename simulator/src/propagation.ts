import { type Flows, joulesPerGram, type Meters, type Space, stepMoistAir, zeroMeters } from './air-balance.ts';
import { toDeficitKpa, toHumidityPercent, toVapourGrams } from './moist-air.ts';
import { followSensors, restSensors, type SensorModel, type Sensors } from './sensors.ts';
import type { Weather } from './weather.ts';

/** The propagation room: its air, its cuttings, and the tank that the fogger drinks from. */
export type Nursery = {
  readonly temperatureC: number;
  readonly vapourGrams: number;
  readonly leafC: number;
  readonly co2Ppm: number;
  /** Water in the tank, in grams. */
  readonly tankGrams: number;
  readonly meters: Meters;
};

/** What acts on it. Shares are from 0 to 1. */
export type NurseryInputs = {
  readonly isHeaterOn: boolean;
  readonly isFogging: boolean;
  readonly isFilling: boolean;
  readonly ventShare: number;
  readonly lightShare: number;
  readonly outside: Weather;
};

/** 16 m³ of shelves with cuttings in wet trays: warm, humid, little light. It stands in a building, which is warmer than outside. */
export const nursery = {
  volumeM3: 16,
  heatCapacityJperK: 110_000,
  wallWperK: 30,
  lampWatts: 300,
  heaterWatts: 1200,
  /** Grams a second, as a fogger for 0.7 litres an hour, which runs dry with the tank. */
  fogGramsPerS: 0.2,
  tankGrams: 4000,
  fillGramsPerS: 30,
  ventM3perS: 0.05,
  leakM3perS: 0.002,
  /** Grams a second and kPa from trays and cuttings: under full light, and in the dark. */
  transpirationLit: 0.08,
  transpirationDark: 0.04,
  fullPpfd: 180,
} as const satisfies Space & Record<string, number>;

export type NurserySensor = keyof typeof sensorModels;
export type NurseryState = { readonly air: Nursery; readonly sensors: Sensors<NurserySensor> };

/** A little too dry: the fogger has something to do at once. */
export const morningNursery: Nursery = {
  temperatureC: 23.4,
  vapourGrams: toVapourGrams(23.4, 73),
  leafC: 23.2,
  co2Ppm: 450,
  tankGrams: 2600,
  meters: zeroMeters,
};

/** The room after `dtMs`, as `stepRoom` does it for the flower room. */
export const stepNursery = (state: NurseryState, inputs: NurseryInputs, dtMs: number, random: () => number): NurseryState => {
  let { air } = state;
  for (let leftMs = dtMs; leftMs > 0; leftMs -= 1000) air = stepAir(air, inputs, Math.min(1000, leftMs) / 1000);
  return { air, sensors: followSensors(sensorModels, state.sensors, { air, inputs }, dtMs, random) };
};

/** A propagation room whose sensors have long been in it. */
export const createNursery = (air: Nursery, inputs: NurseryInputs): NurseryState => ({
  air,
  sensors: restSensors(sensorModels, { air, inputs }),
});

/** Grams of water a second out of trays and leaves. */
export const toEvaporation = (air: Pick<Nursery, 'temperatureC' | 'vapourGrams' | 'leafC'>, lightShare: number): number =>
  Math.max(0, toDeficitKpa(air.temperatureC, air.vapourGrams, air.leafC)) *
  (nursery.transpirationDark + (nursery.transpirationLit - nursery.transpirationDark) * lightShare);

/** Walls and vent meet the air of the building: as wet as that outside, and nearer to what people like. */
const toBuilding = ({ temperatureC, vapourGrams, co2Ppm }: Weather): Weather => ({
  temperatureC: 14 + 0.3 * (temperatureC - 14),
  vapourGrams,
  co2Ppm: co2Ppm + 20,
});

const stepAir = (air: Nursery, inputs: NurseryInputs, dtS: number): Nursery => {
  const around = toBuilding(inputs.outside);
  const evaporated = toEvaporation(air, inputs.lightShare);
  const fogged = inputs.isFogging ? Math.min(nursery.fogGramsPerS, air.tankGrams / dtS) : 0;
  const flows: Flows = {
    watts: inputs.lightShare * nursery.lampWatts + (inputs.isHeaterOn ? nursery.heaterWatts : 0) - (evaporated + fogged) * joulesPerGram,
    gramsPerS: evaporated + fogged,
    exchangeM3perS: inputs.ventShare * nursery.ventM3perS + nursery.leakM3perS,
  };
  const { air: next, meters } = stepMoistAir(air, air.meters, nursery, flows, around, dtS);
  const restingLeafC = next.temperatureC + 0.6 * inputs.lightShare - 4 * evaporated;
  const co2PpmPerS = 0.03 - 0.06 * inputs.lightShare - (flows.exchangeM3perS / nursery.volumeM3) * (air.co2Ppm - around.co2Ppm);
  return {
    ...next,
    meters,
    leafC: air.leafC + (restingLeafC - air.leafC) * (1 - Math.exp(-dtS / 15)),
    co2Ppm: Math.max(0, air.co2Ppm + co2PpmPerS * dtS),
    tankGrams: Math.min(nursery.tankGrams, air.tankGrams + (inputs.isFilling ? nursery.fillGramsPerS : 0) * dtS - fogged * dtS),
  };
};

type Truth = { readonly air: Nursery; readonly inputs: NurseryInputs };

const airSensors = (deltaC: number, deltaPercent: number) => ({
  temperature: {
    lagMs: 6000,
    noise: 0.03,
    drift: 0.08,
    scale: { min: -40, max: 80 },
    truth: ({ air }: Truth) => air.temperatureC + deltaC,
  },
  humidity: {
    lagMs: 5000,
    noise: 0.2,
    drift: 0.5,
    scale: { min: 0, max: 100 },
    truth: ({ air }: Truth) => toHumidityPercent(air.temperatureC, air.vapourGrams) + deltaPercent,
  },
});
const bench = airSensors(0, 0);
const shelf = airSensors(0.3, -0.8);

const sensorModels = {
  'propagation/bench/temperature': bench.temperature,
  'propagation/bench/humidity': bench.humidity,
  'propagation/bench/leaf_temperature': {
    lagMs: 1500,
    noise: 0.05,
    drift: 0.1,
    scale: { min: -40, max: 80 },
    truth: ({ air }) => air.leafC,
  },
  'propagation/bench/co2': { lagMs: 12_000, noise: 2, drift: 10, scale: { min: 0, max: 20_000 }, truth: ({ air }) => air.co2Ppm },
  'propagation/bench/ppfd': {
    lagMs: 100,
    noise: 0.3,
    drift: 0,
    scale: { min: 0, max: 4000 },
    truth: ({ inputs }) => inputs.lightShare * nursery.fullPpfd,
  },
  'propagation/shelf/temperature': shelf.temperature,
  'propagation/shelf/humidity': shelf.humidity,
  'propagation/tank/level': {
    lagMs: 2000,
    noise: 0.1,
    drift: 0.2,
    scale: { min: 0, max: 100 },
    truth: ({ air }) => (100 * air.tankGrams) / nursery.tankGrams,
  },
} as const satisfies Record<string, SensorModel<Truth>>;
