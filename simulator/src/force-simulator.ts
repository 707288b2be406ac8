import { coldStore, createCold } from './cold-store.ts';
import { type Drive, type DriveName, driveNames, type Machines, type RelayName, relayNames } from './machines.ts';
import { toVapourGrams } from './moist-air.ts';
import { type ContactMove, type SimulatorState, toCalendarMs } from './simulator-state.ts';
import { createNursery, nursery } from './propagation.ts';
import { createRoom } from './room.ts';
import { type Rooms, toInputs } from './rooms.ts';

/** Physical values that can be forced: the room has them at once, and so have its sensors; then physics goes on. */
export type ForcedValues = {
  readonly temperature?: number;
  readonly humidity?: number;
  readonly co2?: number;
  readonly door?: 'open' | 'closed';
  /** A contact moved manually, whatever its coil is commanded. */
  readonly contacts?: { readonly [name in RelayName]?: boolean };
  readonly 'propagation/temperature'?: number;
  readonly 'propagation/humidity'?: number;
  /** Of the tank, in percent. */
  readonly 'propagation/tank'?: number;
  readonly 'cold_store/temperature'?: number;
  readonly 'cold_store/humidity'?: number;
  /** `used`: as people come and go. */
  readonly 'cold_store/door'?: Machines['doors']['cold_store'];
  /** On the coil, in grams. */
  readonly 'cold_store/frost'?: number;
} & {
  /** The knob turned manually, in percent. */
  readonly [name in DriveName]?: number;
};

/** The simulator after values were forced upon it, and the contacts that this moved. */
export const forceSimulator = (
  state: SimulatorState,
  forced: ForcedValues,
): { readonly state: SimulatorState; readonly moves: readonly ContactMove[] } => {
  const doors = {
    flower_room: forced.door ?? state.doors.flower_room,
    cold_store: forced['cold_store/door'] ?? state.doors.cold_store,
  };
  const moved = relayNames.filter((name) => forced.contacts?.[name] !== undefined && forced.contacts[name] !== state.relays[name].isClosed);
  const relays = { ...state.relays };
  for (const name of moved) relays[name] = { ...relays[name], isClosed: !relays[name].isClosed, move: null };
  const drives = { ...state.drives };
  for (const name of driveNames) drives[name] = turned(state.drives[name], forced[name]);
  const next = { ...state, doors, relays, drives };
  return {
    state: { ...next, rooms: forceRooms(next, forced) },
    moves: moved.map((relay) => ({ relay, isClosed: relays[relay].isClosed, atMs: state.atMs, why: 'hand', cause: null })),
  };
};

const turned = (drive: Drive, percent: number | undefined): Drive =>
  percent === undefined ? drive : { ...drive, commanded: Math.round(percent * 10) };

const forceRooms = (state: SimulatorState, forced: ForcedValues): Rooms => {
  const inputs = toInputs(state, toCalendarMs(state));
  const { flower_room: flower, propagation, cold_store: cold } = state.rooms;
  const { temperature, humidity, co2 } = forced;
  const tank = forced['propagation/tank'];
  const frost = forced['cold_store/frost'];
  const warmth = forced['propagation/temperature'];
  const damp = forced['propagation/humidity'];
  const chill = forced['cold_store/temperature'];
  const coldDamp = forced['cold_store/humidity'];
  const areSome = (...values: readonly unknown[]): boolean => values.some((value) => value !== undefined);
  return {
    flower_room: areSome(temperature, humidity, co2)
      ? createRoom(
          {
            ...flower.air,
            ...forceAir(flower.air, temperature, humidity),
            ...moveLeaf(flower.air, temperature),
            co2Ppm: co2 ?? flower.air.co2Ppm,
          },
          inputs.flower_room,
        )
      : flower,
    propagation: areSome(tank, warmth, damp)
      ? createNursery(
          {
            ...propagation.air,
            ...forceAir(propagation.air, warmth, damp),
            ...moveLeaf(propagation.air, warmth),
            ...(tank === undefined ? {} : { tankGrams: (nursery.tankGrams * tank) / 100 }),
          },
          inputs.propagation,
        )
      : propagation,
    cold_store: areSome(frost, chill, coldDamp)
      ? createCold(
          { ...cold.air, ...forceAir(cold.air, chill, coldDamp), ...(frost === undefined ? {} : { frostGrams: frost }) },
          inputs.cold_store,
        )
      : cold,
  };
};

type Air = { readonly temperatureC: number; readonly vapourGrams: number };

const forceAir = (air: Air, temperature: number | undefined, humidity: number | undefined): Air => {
  const temperatureC = temperature ?? air.temperatureC;
  const vapourGrams = humidity === undefined ? air.vapourGrams : toVapourGrams(temperatureC, humidity);
  // Cooling alone cannot hold more water than saturated air does: the rest is on the walls.
  return { temperatureC, vapourGrams: Math.min(vapourGrams, toVapourGrams(temperatureC, 100)) };
};

const moveLeaf = (air: { readonly temperatureC: number; readonly leafC: number }, temperature: number | undefined) => ({
  leafC: air.leafC + (temperature ?? air.temperatureC) - air.temperatureC,
});

/** The most frost that is taken as a forced value, in grams. */
export const maxFrost = 2 * coldStore.fullFrostGrams;
