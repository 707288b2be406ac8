import { toDeficitKpa, toHumidityPercent } from './moist-air.ts';
import type { ActiveFault } from './plant-fault.ts';
import type { DriveName, PlantState, RelayName } from './plant-state.ts';
import { encodeValue, type PlantRegister, registerMap } from './register-map.ts';

/** The plant as it really is, whatever its registers say. */
export type PlantSnapshot = {
  readonly seed: number;
  readonly speed: number;
  readonly clockMs: number;
  readonly plantMs: number;
  readonly wallMs: number;
  /** The air of the room: °C, %, kPa, ppm. */
  readonly room: {
    readonly temperature: number;
    readonly humidity: number;
    readonly vpd: number;
    readonly leafTemperature: number;
    readonly co2: number;
  };
  readonly door: 'open' | 'closed';
  readonly relays: { readonly [name in RelayName]: { readonly commanded: boolean; readonly contact: boolean; readonly stuck: boolean } };
  /** In percent. */
  readonly drives: { readonly [name in DriveName]: { readonly commanded: number; readonly actual: number } };
};

/** What people and tests are told of the plant. */
export const toSnapshot = (state: PlantState, about: Pick<PlantSnapshot, 'seed' | 'speed' | 'clockMs' | 'wallMs'>): PlantSnapshot => {
  const { temperatureC, vapourGrams, leafC, co2Ppm } = state.room.air;
  const relay = (name: RelayName) => {
    const { isCommanded, isClosed, isStuck } = state.relays[name];
    return { commanded: isCommanded, contact: isClosed, stuck: isStuck };
  };
  const drive = (name: DriveName) => ({ commanded: state.drives[name].commanded / 10, actual: state.drives[name].actual / 10 });
  return {
    ...about,
    plantMs: state.atMs,
    room: {
      temperature: temperatureC,
      humidity: toHumidityPercent(temperatureC, vapourGrams),
      vpd: toDeficitKpa(temperatureC, vapourGrams),
      leafTemperature: leafC,
      co2: co2Ppm,
    },
    door: state.isDoorOpen ? 'open' : 'closed',
    relays: { dehumidifier_1: relay('dehumidifier_1'), dehumidifier_2: relay('dehumidifier_2'), heater: relay('heater') },
    drives: { exhaust_fan: drive('exhaust_fan'), lights: drive('lights') },
  };
};

/** A register with what a client would read in it at this moment. */
export type RegisterValue = Omit<PlantRegister, 'read' | 'drives'> & {
  readonly writable: boolean;
  readonly value: number;
  readonly words: readonly number[];
};

/** All registers as they are read, frozen ones included. */
export const toRegisterValues = (state: PlantState, faults: readonly ActiveFault[]): readonly RegisterValue[] =>
  registerMap.map(({ read, drives, ...register }) => {
    const frozen = faults.find(({ fault }) => fault.kind === 'freeze' && fault.register === register.name)?.frozenAt;
    const value = frozen ?? read(state);
    return { ...register, writable: drives !== undefined, value, words: encodeValue({ ...register, read }, value) };
  });
