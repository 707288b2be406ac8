import { type Air, type RoomInputs, stepAir } from './air.ts';
import { zeroMeters } from './air-balance.ts';
import { toHumidityPercent, toVapourGrams } from './moist-air.ts';
import { followSensors, restSensors, type SensorModel, type Sensors } from './sensors.ts';

/** The flower room: what really is, and what its sensors say of it. */
export type RoomState = { readonly air: Air; readonly sensors: Sensors<SensorName> };

/** The sensors of the flower room, `cluster/measurement`. */
export type SensorName = keyof typeof sensorModels;

/**
 * The room after `dtMs`: heat and water first, then what the sensors make of it. The same state, inputs and random
 * numbers give the same room.
 */
export const stepRoom = (state: RoomState, inputs: RoomInputs, dtMs: number, random: () => number): RoomState => {
  let { air } = state;
  // A step of more than a second would let the fast balance of this small room overshoot.
  for (let leftMs = dtMs; leftMs > 0; leftMs -= 1000) air = stepAir(air, inputs, Math.min(1000, leftMs) / 1000);
  return { air, sensors: followSensors(sensorModels, state.sensors, { air, inputs }, dtMs, random) };
};

/** A room with such air, whose sensors have long been in it. */
export const createRoom = (air: Air, inputs: RoomInputs): RoomState => ({ air, sensors: restSensors(sensorModels, { air, inputs }) });

/** A little too cold and too humid by day for what grows in it: anyone who controls the room has something to do at once. */
export const morningAir: Air = { temperatureC: 24.3, vapourGrams: toVapourGrams(24.3, 65), leafC: 23.9, co2Ppm: 620, meters: zeroMeters };

/** The same for the night. */
export const nightAir: Air = { temperatureC: 20.3, vapourGrams: toVapourGrams(20.3, 70), leafC: 20, co2Ppm: 480, meters: zeroMeters };

type Truth = { readonly air: Air; readonly inputs: RoomInputs };

// The back of the room is farthest from the fan: damper, and in the shade of the canopy cooler.
const zoneOf = (deltaC: number, deltaPercent: number, doorC: number) => ({
  temperature: {
    lagMs: 6000,
    noise: 0.03,
    drift: 0.08,
    scale: { min: -40, max: 80 },
    truth: ({ air, inputs }: Truth) => air.temperatureC + deltaC + (inputs.isDoorOpen ? doorC : 0),
  },
  humidity: {
    lagMs: 5000,
    noise: 0.15,
    drift: 0.4,
    scale: { min: 0, max: 100 },
    truth: ({ air }: Truth) => toHumidityPercent(air.temperatureC, air.vapourGrams) + deltaPercent,
  },
});
const front = zoneOf(0.2, -0.8, -1.5);
const middle = zoneOf(0, 0, -0.5);
const back = zoneOf(-0.3, 1.2, 0);

/** PPFD under the lights at full power, in µmol m⁻² s⁻¹. */
const fullPpfd = 900;

const sensorModels = {
  'front/temperature': front.temperature,
  'front/humidity': front.humidity,
  'front/leaf_temperature': { lagMs: 1500, noise: 0.05, drift: 0.1, scale: { min: -40, max: 80 }, truth: ({ air }) => air.leafC },
  'front/co2': { lagMs: 12_000, noise: 2, drift: 10, scale: { min: 0, max: 20_000 }, truth: ({ air }) => air.co2Ppm },
  'front/ppfd': { lagMs: 100, noise: 0.8, drift: 0, scale: { min: 0, max: 4000 }, truth: ({ inputs }) => inputs.lightShare * fullPpfd },
  'middle/temperature': middle.temperature,
  'middle/humidity': middle.humidity,
  'back/temperature': back.temperature,
  'back/humidity': back.humidity,
} as const satisfies Record<string, SensorModel<Truth>>;
