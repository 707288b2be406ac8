import { type Air, type RoomInputs, stepAir } from './air.ts';
import { toHumidityPercent, toVapourGrams } from './moist-air.ts';
import { toNormal } from './seeded-random.ts';

/** The room: what really is, and what its sensors say of it. */
export type RoomState = { readonly air: Air; readonly sensors: Sensors };

/** A value per sensor. */
export type Sensors = { readonly [name in SensorName]: Sensor };

/** Where a slow sensor has got to, and what it says: that with noise. */
export type Sensor = { readonly followed: number; readonly reading: number };

/** The sensors of the room, `cluster/measurement`. */
export type SensorName = keyof typeof sensorModels;

/**
 * The room after `dtMs`: heat and water first, then what the sensors make of it. The same state, inputs and random
 * numbers give the same room.
 */
export const stepRoom = (state: RoomState, inputs: RoomInputs, dtMs: number, random: () => number): RoomState => {
  let { air, sensors } = state;
  // A step of more than a second would let the fast balance of this small room overshoot.
  for (let leftMs = dtMs; leftMs > 0; leftMs -= 1000) {
    const pieceMs = Math.min(1000, leftMs);
    air = stepAir(air, inputs, pieceMs / 1000);
    sensors = mapSensors((name) => followTruth(sensors[name], sensorModels[name], truthOf(name, air, inputs), pieceMs, random));
  }
  return { air, sensors };
};

/** A room with such air, whose sensors have long been in it. */
export const createRoom = (air: Air, inputs: RoomInputs): RoomState => ({
  air,
  sensors: mapSensors((name) => {
    const { min, max } = sensorModels[name].scale;
    const truth = Math.min(max, Math.max(min, truthOf(name, air, inputs)));
    return { followed: truth, reading: truth };
  }),
});

/** A little too cold and too humid for what grows in it: whoever controls the room has something to do at once. */
export const morningAir: Air = { temperatureC: 24.3, vapourGrams: toVapourGrams(24.3, 65), leafC: 23.9, co2Ppm: 620 };

type SensorModel = {
  readonly lagMs: number;
  readonly noise: number;
  /** Where its scale ends: it says neither less nor more. */
  readonly scale: { readonly min: number; readonly max: number };
  readonly truth: (air: Air, inputs: RoomInputs) => number;
};

// The back of the room is farthest from the fan: damper, and in the shade of the canopy cooler.
const zoneOf = (deltaC: number, deltaPercent: number, doorC: number) => ({
  temperature: {
    lagMs: 6000,
    noise: 0.03,
    scale: { min: -40, max: 80 },
    truth: (air: Air, inputs: RoomInputs) => air.temperatureC + deltaC + (inputs.isDoorOpen ? doorC : 0),
  },
  humidity: {
    lagMs: 5000,
    noise: 0.15,
    scale: { min: 0, max: 100 },
    truth: (air: Air) => toHumidityPercent(air.temperatureC, air.vapourGrams) + deltaPercent,
  },
});
const front = zoneOf(0.2, -0.8, -1.5);
const middle = zoneOf(0, 0, -0.5);
const back = zoneOf(-0.3, 1.2, 0);

/** PPFD under the lamps at full power, in µmol m⁻² s⁻¹. */
const fullPpfd = 900;

const sensorModels = {
  'front/temperature': front.temperature,
  'front/humidity': front.humidity,
  'front/leaf_temperature': { lagMs: 1500, noise: 0.05, scale: { min: -40, max: 80 }, truth: (air) => air.leafC },
  'front/co2': { lagMs: 12_000, noise: 2, scale: { min: 0, max: 20_000 }, truth: (air) => air.co2Ppm },
  'front/ppfd': { lagMs: 100, noise: 0.8, scale: { min: 0, max: 4000 }, truth: (_air, inputs) => inputs.lightShare * fullPpfd },
  'middle/temperature': middle.temperature,
  'middle/humidity': middle.humidity,
  'back/temperature': back.temperature,
  'back/humidity': back.humidity,
} as const satisfies Record<string, SensorModel>;

const sensorNames = Object.keys(sensorModels) as readonly SensorName[];

const mapSensors = (make: (name: SensorName) => Sensor): Sensors =>
  Object.fromEntries(sensorNames.map((name) => [name, make(name)])) as Sensors;

const truthOf = (name: SensorName, air: Air, inputs: RoomInputs): number => sensorModels[name].truth(air, inputs);

const followTruth = (sensor: Sensor, model: SensorModel, truth: number, dtMs: number, random: () => number): Sensor => {
  const followed = sensor.followed + (truth - sensor.followed) * (1 - Math.exp(-dtMs / model.lagMs));
  const noisy = followed + model.noise * toNormal(random);
  return { followed, reading: Math.min(model.scale.max, Math.max(model.scale.min, noisy)) };
};
