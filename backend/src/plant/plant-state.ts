import type { RoomInputs } from './air.ts';
import { toVapourGrams } from './moist-air.ts';
import { commandRelay, type MoveReason, type Relay, restingRelay, settleRelay, stickRelay } from './relay.ts';
import { createRoom, morningAir, type RoomState, stepRoom } from './room.ts';

/** The relays of the board on unit 10, in the order of their coils. */
export const relayNames = ['dehumidifier_1', 'dehumidifier_2', 'heater'] as const;
/** The name of a relay. */
export type RelayName = (typeof relayNames)[number];

/** The machines that are told a share of their power, on units 11 and 12. */
export const driveNames = ['exhaust_fan', 'lights'] as const;
/** The name of such a machine. */
export type DriveName = (typeof driveNames)[number];

/** What a drive is told and what it does, in tenths of a percent, as in its registers. */
export type Drive = { readonly commanded: number; readonly actual: number };

/** The whole plant at one instant of its own time. */
export type PlantState = {
  /** Milliseconds of plant time since it was opened. */
  readonly atMs: number;
  /** How far the room has been computed; it advances in steps of equal length. */
  readonly roomAtMs: number;
  readonly room: RoomState;
  readonly relays: { readonly [name in RelayName]: Relay };
  readonly drives: { readonly [name in DriveName]: Drive };
  readonly isDoorOpen: boolean;
};

/** A contact that moved, at its own instant. */
export type ContactMove = {
  readonly relay: RelayName;
  readonly isClosed: boolean;
  readonly atMs: number;
  readonly why: MoveReason;
  readonly cause: number | null;
};

/** Two sequences of random numbers: when somebody writes must not change the noise of the sensors. */
export type PlantRandom = { readonly room: () => number; readonly relays: () => number };

/** How far the room is computed at a time. */
export const roomStepMs = 100;

/** A plant as it is found in the morning: relays at rest, lights at 80 % and the fan at 25 %, set by hand. */
export const createPlantState = (): PlantState => {
  const drives = { exhaust_fan: { commanded: 250, actual: 250 }, lights: { commanded: 800, actual: 800 } };
  const relays = { dehumidifier_1: restingRelay, dehumidifier_2: restingRelay, heater: restingRelay };
  return {
    atMs: 0,
    roomAtMs: 0,
    room: createRoom(morningAir, toInputs({ relays, drives, isDoorOpen: false })),
    relays,
    drives,
    isDoorOpen: false,
  };
};

/** The plant at `toMs` of its time, and the contacts that moved on the way, in order. */
export const advancePlant = (
  state: PlantState,
  toMs: number,
  random: PlantRandom,
): { readonly state: PlantState; readonly moves: readonly ContactMove[] } => {
  const moves: ContactMove[] = [];
  let { relays, drives, room, roomAtMs } = state;
  const settle = (nowMs: number) => {
    const due = relayNames
      .flatMap((relay) => {
        const { move, isCommanded } = relays[relay];
        return move === null || move.atMs > nowMs ? [] : [{ relay, isClosed: isCommanded, ...move }];
      })
      .toSorted((a, b) => a.atMs - b.atMs);
    if (due.length === 0) return;
    moves.push(...due);
    relays = mapRelays(relays, (relay) => settleRelay(relay, nowMs));
  };
  while (roomAtMs + roomStepMs <= toMs) {
    settle(roomAtMs);
    drives = {
      exhaust_fan: followCommand(drives.exhaust_fan, driveStep.exhaust_fan),
      lights: followCommand(drives.lights, driveStep.lights),
    };
    room = stepRoom(room, toInputs({ relays, drives, isDoorOpen: state.isDoorOpen }), roomStepMs, random.room);
    roomAtMs += roomStepMs;
  }
  settle(toMs);
  return { state: { ...state, atMs: Math.max(state.atMs, toMs), roomAtMs, room, relays, drives }, moves };
};

/** The plant after a relay was told something. */
export const commandPlantRelay = (
  state: PlantState,
  name: RelayName,
  isCommanded: boolean,
  origin: { readonly why: MoveReason; readonly cause: number | null },
  random: PlantRandom,
): PlantState => withRelay(state, name, commandRelay(state.relays[name], isCommanded, { ...origin, nowMs: state.atMs }, random.relays));

/** The plant after a relay's contact was jammed or let loose. */
export const stickPlantRelay = (state: PlantState, name: RelayName, isStuck: boolean, random: PlantRandom): PlantState =>
  withRelay(state, name, stickRelay(state.relays[name], isStuck, state.atMs, random.relays));

/** The plant after a fan or the lights were told a share, in tenths of a percent. */
export const commandPlantDrive = (state: PlantState, name: DriveName, commanded: number): PlantState => ({
  ...state,
  drives: { ...state.drives, [name]: { ...state.drives[name], commanded } },
});

/** The plant after the power of some units failed and came back: their outputs are told to be off. */
export const cutPlantPower = (state: PlantState, reach: (device: RelayName | DriveName) => boolean, random: PlantRandom): PlantState => {
  const dark = driveNames.filter(reach).reduce((next, name) => commandPlantDrive(next, name, 0), state);
  return relayNames.filter(reach).reduce((next, name) => commandPlantRelay(next, name, false, { why: 'power', cause: null }, random), dark);
};

/** Physical values that can be forced: the room has them at once, and so have its sensors; then physics goes on. */
export type ForcedValues = {
  readonly temperature?: number;
  readonly humidity?: number;
  readonly co2?: number;
  readonly door?: 'open' | 'closed';
  /** A hand on a contact, whatever its coil is told. */
  readonly contacts?: { readonly [name in RelayName]?: boolean };
  /** A hand on the knob, in percent. */
  readonly exhaust_fan?: number;
  readonly lights?: number;
};

/** The plant after values were forced upon it, and the contacts that this moved. */
export const forcePlant = (
  state: PlantState,
  forced: ForcedValues,
): { readonly state: PlantState; readonly moves: readonly ContactMove[] } => {
  const isDoorOpen = forced.door === undefined ? state.isDoorOpen : forced.door === 'open';
  const moved = relayNames.filter((name) => forced.contacts?.[name] !== undefined && forced.contacts[name] !== state.relays[name].isClosed);
  const relays = { ...state.relays };
  for (const name of moved) relays[name] = { ...relays[name], isClosed: !relays[name].isClosed, move: null };
  const drives = { exhaust_fan: turned(state.drives.exhaust_fan, forced.exhaust_fan), lights: turned(state.drives.lights, forced.lights) };
  return {
    state: { ...state, isDoorOpen, relays, drives, room: forceRoom({ ...state, isDoorOpen }, forced) },
    moves: moved.map((relay) => ({ relay, isClosed: relays[relay].isClosed, atMs: state.atMs, why: 'hand', cause: null })),
  };
};

// Tenths of a percent in a step of the room: the lights from dark to full in 0.4 s, the fan from rest in 0.8 s.
const driveStep = { exhaust_fan: 125, lights: 250 } as const;

const followCommand = (drive: Drive, most: number): Drive =>
  drive.actual === drive.commanded
    ? drive
    : { ...drive, actual: drive.actual + Math.min(most, Math.max(-most, drive.commanded - drive.actual)) };

const turned = (drive: Drive, percent: number | undefined): Drive =>
  percent === undefined ? drive : { ...drive, commanded: Math.round(percent * 10) };

const forceRoom = (state: PlantState, { temperature, humidity, co2 }: ForcedValues): RoomState => {
  const { air } = state.room;
  if (temperature === undefined && humidity === undefined && co2 === undefined) return state.room;
  const temperatureC = temperature ?? air.temperatureC;
  const vapourGrams = humidity === undefined ? air.vapourGrams : toVapourGrams(temperatureC, humidity);
  const leafC = air.leafC + temperatureC - air.temperatureC;
  return createRoom(
    // Cooling alone cannot hold more water than saturated air does: the rest is on the walls.
    { temperatureC, vapourGrams: Math.min(vapourGrams, toVapourGrams(temperatureC, 100)), leafC, co2Ppm: co2 ?? air.co2Ppm },
    toInputs(state),
  );
};

const toInputs = ({ relays, drives, isDoorOpen }: Pick<PlantState, 'relays' | 'drives' | 'isDoorOpen'>): RoomInputs => ({
  dehumidifiers: Number(relays.dehumidifier_1.isClosed) + Number(relays.dehumidifier_2.isClosed),
  isHeaterOn: relays.heater.isClosed,
  fanShare: drives.exhaust_fan.actual / 1000,
  lightShare: drives.lights.actual / 1000,
  isDoorOpen,
});

const mapRelays = (relays: PlantState['relays'], change: (relay: Relay) => Relay): PlantState['relays'] => ({
  dehumidifier_1: change(relays.dehumidifier_1),
  dehumidifier_2: change(relays.dehumidifier_2),
  heater: change(relays.heater),
});

const withRelay = (state: PlantState, name: RelayName, relay: Relay): PlantState => ({
  ...state,
  relays: { ...state.relays, [name]: relay },
});
