import type { Bench } from './bench.ts';
import { toDeficitKpa, toHumidityPercent } from './moist-air.ts';
import type { ActiveFault } from './simulator-fault.ts';
import { type DriveName, driveNames, type RelayName, relayNames } from './machines.ts';
import { type SimulatorState, toCalendarMs } from './simulator-state.ts';
import { nursery } from './propagation.ts';
import { encodeValue, type SimulatorRegister, readRegister, registerMap } from './register-map.ts';
import { isColdDoorOpen } from './rooms.ts';
import { toSunMs, toWeather } from './weather.ts';

/** The simulator as it really is, whatever its registers say. */
export type SimulatorSnapshot = {
  readonly seed: number;
  readonly speed: number;
  readonly clockMs: number;
  readonly simulatorMs: number;
  readonly wallMs: number;
  /** The air outside: °C, %. */
  readonly outside: { readonly temperature: number; readonly humidity: number };
  /** The air of the flower room: °C, %, kPa, ppm. */
  readonly room: LivingAir;
  /** The door of the flower room. */
  readonly door: 'open' | 'closed';
  /** The propagation room, with the water in its tank in percent. */
  readonly propagation: LivingAir & { readonly tank: number };
  /** The cold store: °C, %, and grams of frost on its coil. */
  readonly cold_store: {
    readonly temperature: number;
    readonly humidity: number;
    readonly product: number;
    readonly coil: number;
    readonly frost: number;
    readonly door: 'open' | 'closed';
  };
  readonly relays: { readonly [name in RelayName]: { readonly commanded: boolean; readonly contact: boolean; readonly stuck: boolean } };
  /** In percent. */
  readonly drives: { readonly [name in DriveName]: { readonly commanded: number; readonly actual: number } };
  /** The bench, in raw numbers; `valve_shorted` counts how often both relays of the valve were on. */
  readonly bench: Bench;
};

type LivingAir = {
  readonly temperature: number;
  readonly humidity: number;
  readonly vpd: number;
  readonly leafTemperature: number;
  readonly co2: number;
};

/** What people and tests see of the simulator. */
export const toSnapshot = (
  state: SimulatorState,
  about: Pick<SimulatorSnapshot, 'seed' | 'speed' | 'clockMs' | 'wallMs'>,
): SimulatorSnapshot => {
  const { flower_room: flower, propagation, cold_store: cold } = state.rooms;
  const outside = toWeather(toSunMs(toCalendarMs(state)));
  return {
    ...about,
    simulatorMs: state.atMs,
    outside: { temperature: outside.temperatureC, humidity: toHumidityPercent(outside.temperatureC, outside.vapourGrams) },
    room: toLivingAir(flower.air),
    door: state.doors.flower_room,
    propagation: { ...toLivingAir(propagation.air), tank: (100 * propagation.air.tankGrams) / nursery.tankGrams },
    cold_store: {
      temperature: cold.air.temperatureC,
      humidity: toHumidityPercent(cold.air.temperatureC, cold.air.vapourGrams),
      product: cold.air.productC,
      coil: cold.air.coilC,
      frost: cold.air.frostGrams,
      door: isColdDoorOpen(state.doors, toCalendarMs(state)) ? 'open' : 'closed',
    },
    relays: Object.fromEntries(
      relayNames.map((name) => {
        const { isCommanded, isClosed, isStuck } = state.relays[name];
        return [name, { commanded: isCommanded, contact: isClosed, stuck: isStuck }];
      }),
    ) as SimulatorSnapshot['relays'],
    drives: Object.fromEntries(
      driveNames.map((name) => [name, { commanded: state.drives[name].commanded / 10, actual: state.drives[name].actual / 10 }]),
    ) as SimulatorSnapshot['drives'],
    bench: state.bench,
  };
};

const toLivingAir = (air: { temperatureC: number; vapourGrams: number; leafC: number; co2Ppm: number }): LivingAir => ({
  temperature: air.temperatureC,
  humidity: toHumidityPercent(air.temperatureC, air.vapourGrams),
  vpd: toDeficitKpa(air.temperatureC, air.vapourGrams),
  leafTemperature: air.leafC,
  co2: air.co2Ppm,
});

/** A register with what a client would read in it at this moment. */
export type RegisterValue = Omit<SimulatorRegister, 'read' | 'drives'> & {
  readonly writable: boolean;
  readonly value: number;
  readonly words: readonly number[];
};

/** All registers as they are read, frozen ones included. */
export const toRegisterValues = (state: SimulatorState, faults: readonly ActiveFault[]): readonly RegisterValue[] =>
  registerMap.map(({ read, drives, ...register }) => {
    const value = readRegister({ ...register, read }, state, faults);
    return { ...register, writable: drives !== undefined, value, words: encodeValue({ ...register, read }, value) };
  });
