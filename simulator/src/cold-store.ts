import { airJperM3K, type Flows, joulesPerGram, type Meters, type Space, stepMoistAir, zeroMeters } from './air-balance.ts';
import { toDeficitKpa, toHumidityPercent, toVapourGrams } from './moist-air.ts';
import { followSensors, restSensors, type SensorModel, type Sensors } from './sensors.ts';
import type { Weather } from './weather.ts';

/** The cold store: its air, its product, and the coil that cools, with the frost on it. */
export type Cold = {
  readonly temperatureC: number;
  readonly vapourGrams: number;
  readonly productC: number;
  readonly coilC: number;
  readonly frostGrams: number;
  /** What has run out of the coil since the store was made. */
  readonly drainedGrams: number;
  readonly meters: Meters;
};

/** What acts on it. The fan over the coil is wired to the compressor. */
export type ColdInputs = {
  readonly isCompressorOn: boolean;
  readonly isDefrosting: boolean;
  readonly isDoorOpen: boolean;
  readonly outside: Weather;
};

/** 60 m³ with 900 kg of produce, behind a door that people use. */
export const coldStore = {
  volumeM3: 60,
  heatCapacityJperK: 120_000,
  wallWperK: 18,
  /** 900 kg with nine tenths of water in it. */
  productJperK: 3_400_000,
  productWperK: 120,
  /** Produce breathes: heat, and water. */
  productWatts: 25,
  /** Grams a second and kPa that the air lacks. */
  productTranspiration: 0.25,
  /** Cooling power with a clean coil and the fan running. */
  compressorWatts: 2600,
  fanWatts: 90,
  defrostWatts: 900,
  coilJperK: 6000,
  /** Between coil and air: with the fan, and without. */
  coilFanWperK: 320,
  coilStillWperK: 6,
  /** Grams of frost at which half of the cooling is lost. */
  fullFrostGrams: 1500,
  doorM3perS: 0.12,
  leakM3perS: 0.001,
} as const satisfies Space & Record<string, number>;

export type ColdSensor = keyof typeof sensorModels;
export type ColdState = { readonly air: Cold; readonly sensors: Sensors<ColdSensor> };

/** A little too warm after a delivery: the compressor has something to do. */
export const morningCold: Cold = {
  temperatureC: 3.4,
  vapourGrams: toVapourGrams(3.4, 84),
  productC: 2.2,
  coilC: -1,
  frostGrams: 120,
  drainedGrams: 0,
  meters: zeroMeters,
};

/** The store after `dtMs`, as `stepRoom` does it for the flower room. */
export const stepCold = (state: ColdState, inputs: ColdInputs, dtMs: number, random: () => number): ColdState => {
  let { air } = state;
  for (let leftMs = dtMs; leftMs > 0; leftMs -= 1000) air = stepAir(air, inputs, Math.min(1000, leftMs) / 1000);
  return { air, sensors: followSensors(sensorModels, state.sensors, { air, inputs }, dtMs, random) };
};

/** A cold store whose sensors have long been in it. */
export const createCold = (air: Cold, inputs: ColdInputs): ColdState => ({ air, sensors: restSensors(sensorModels, { air, inputs }) });

const meltJoules = 334;

/** The hall in which the store stands. */
const toHall = ({ temperatureC, vapourGrams, co2Ppm }: Weather): Weather => ({
  temperatureC: 16 + 0.3 * (temperatureC - 14),
  vapourGrams,
  co2Ppm,
});

/** Watts that the compressor takes out of the coil: less the thicker the frost and the colder the coil. */
export const toCoolingWatts = ({ coilC, frostGrams }: Pick<Cold, 'coilC' | 'frostGrams'>): number =>
  coldStore.compressorWatts *
  (1 - 0.5 * Math.min(1, frostGrams / coldStore.fullFrostGrams)) *
  Math.max(0, Math.min(1.1, 1 + (coilC + 8) / 40));

const stepAir = (air: Cold, inputs: ColdInputs, dtS: number): Cold => {
  const { isCompressorOn, isDoorOpen } = inputs;
  const coilWperK = isCompressorOn ? coldStore.coilFanWperK : coldStore.coilStillWperK;
  const toCoil = coilWperK * (air.temperatureC - air.coilC);
  // Water finds the coil by the same air that carries the heat (Lewis: both films alike).
  const overCoil = Math.max(0, air.vapourGrams - toVapourGrams(air.coilC, 100));
  const caught = (coilWperK / airJperM3K) * overCoil;
  const taken = isCompressorOn ? toCoolingWatts(air) : 0;
  const heated = inputs.isDefrosting ? coldStore.defrostWatts : 0;
  const coil = stepCoil(air, toCoil + caught * joulesPerGram + 0.85 * heated - taken, caught, dtS);
  const fromProduct = coldStore.productWperK * (air.productC - air.temperatureC);
  const breathed = coldStore.productTranspiration * Math.max(0, toDeficitKpa(air.temperatureC, air.vapourGrams, air.productC));
  const flows: Flows = {
    watts: fromProduct - toCoil + (isCompressorOn ? coldStore.fanWatts : 0) + 0.15 * heated,
    gramsPerS: breathed - caught,
    exchangeM3perS: coldStore.leakM3perS + (isDoorOpen ? coldStore.doorM3perS : 0),
  };
  const { air: next, meters } = stepMoistAir(air, air.meters, coldStore, flows, toHall(inputs.outside), dtS);
  // What it breathes out takes its heat from the produce itself.
  const productC = air.productC + ((coldStore.productWatts - breathed * joulesPerGram - fromProduct) * dtS) / coldStore.productJperK;
  return { ...next, meters, productC, ...coil };
};

/** The coil takes heat; frost on it melts at 0 °C before it gets warmer, and runs off. What it catches above 0 °C runs off at once. */
const stepCoil = (
  { coilC, frostGrams, drainedGrams }: Cold,
  watts: number,
  caught: number,
  dtS: number,
): Pick<Cold, 'coilC' | 'frostGrams' | 'drainedGrams'> => {
  const joules = watts * dtS;
  const wantedC = coilC + joules / coldStore.coilJperK;
  const frozen = coilC < 0 ? caught * dtS : 0;
  const drained = caught * dtS - frozen;
  const frost = frostGrams + frozen;
  if (wantedC <= 0 || frost === 0) return { coilC: wantedC, frostGrams: frost, drainedGrams: drainedGrams + drained };
  const melted = Math.min(frost, (wantedC * coldStore.coilJperK) / meltJoules);
  return {
    coilC: wantedC - (melted * meltJoules) / coldStore.coilJperK,
    frostGrams: frost - melted,
    drainedGrams: drainedGrams + drained + melted,
  };
};

type Truth = { readonly air: Cold; readonly inputs: ColdInputs };

const airSensors = (deltaC: number, doorC: number) => ({
  temperature: {
    lagMs: 15_000,
    noise: 0.03,
    drift: 0.06,
    scale: { min: -40, max: 80 },
    truth: ({ air, inputs }: Truth) => air.temperatureC + deltaC + (inputs.isDoorOpen ? doorC : 0),
  },
  humidity: {
    lagMs: 12_000,
    noise: 0.3,
    drift: 0.6,
    scale: { min: 0, max: 100 },
    truth: ({ air }: Truth) => toHumidityPercent(air.temperatureC, air.vapourGrams),
  },
});
const front = airSensors(0.3, 1.5);
const back = airSensors(-0.2, 0.3);

const sensorModels = {
  'cold_store/front/temperature': front.temperature,
  'cold_store/front/humidity': front.humidity,
  'cold_store/back/temperature': back.temperature,
  'cold_store/back/humidity': back.humidity,
  'cold_store/coil/temperature': { lagMs: 5000, noise: 0.05, drift: 0.1, scale: { min: -50, max: 80 }, truth: ({ air }) => air.coilC },
  'cold_store/product/temperature': {
    lagMs: 60_000,
    noise: 0.01,
    drift: 0.05,
    scale: { min: -50, max: 80 },
    truth: ({ air }) => air.productC,
  },
} as const satisfies Record<string, SensorModel<Truth>>;

/** Who goes in and out during the day: for 50 s, every 37 minutes from seven to six by the sun. */
export const isDoorUsed = (sunMs: number): boolean => {
  const sinceSevenS = sunMs / 1000 - 7 * 3600;
  return sinceSevenS > 0 && sinceSevenS < 11 * 3600 && sinceSevenS % (37 * 60) < 50;
};
