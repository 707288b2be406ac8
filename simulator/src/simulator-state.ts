import { type DriveName, driveNames, findMachines, followCommands, type Machines, type RelayName, relayNames } from './machines.ts';
import { type Bench, type BenchOutput, commandBench, restingBench, stepBench } from './bench.ts';
import { commandRelay, type MoveReason, type Relay, settleRelay, stickRelay } from './relay.ts';
import { createRooms, type Rooms, stepRooms } from './rooms.ts';
import { isLit, toSunMs } from './weather.ts';

/** The whole simulator at one instant of its own time. */
export type SimulatorState = Machines & {
  /** Milliseconds of simulator time since it was opened. */
  readonly atMs: number;
  /** How far the rooms have been computed; they advance in steps of equal length. */
  readonly roomAtMs: number;
  /** The instant of the rooms' own calendar at which it was opened, in milliseconds since 1970. */
  readonly openedMs: number;
  readonly rooms: Rooms;
  readonly bench: Bench;
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
export type SimulatorRandom = { readonly room: () => number; readonly relays: () => number };

/** How far the rooms are computed at a time. */
export const roomStepMs = 100;

/** A simulator as it is found. Its calendar begins at `openedMs`, which fixes the weather outside, and whether it is day. */
export const createSimulatorState = (openedMs = noonMs): SimulatorState => {
  const machines = findMachines(isLit(toSunMs(openedMs)));
  return { ...machines, atMs: 0, roomAtMs: 0, openedMs, rooms: createRooms(machines, openedMs), bench: restingBench };
};

// Noon by the sun of some day: where nobody asks for another, the weather is that of a mild day.
const noonMs = 1_767_225_600_000 + 11 * 3_600_000;

/** The instant of the rooms' own calendar. */
export const toCalendarMs = (state: SimulatorState): number => state.openedMs + state.roomAtMs;

/**
 * The simulator at `toMs` of its time, and the contacts that moved on the way, in order. `stepMs` is how far the rooms are computed
 * at a time; a past that nobody watches may be taken in longer steps.
 */
export const advanceSimulator = (
  state: SimulatorState,
  toMs: number,
  random: SimulatorRandom,
  stepMs = roomStepMs,
): { readonly state: SimulatorState; readonly moves: readonly ContactMove[] } => {
  const moves: ContactMove[] = [];
  let { relays, drives, rooms, roomAtMs, bench } = state;
  const { doors, openedMs } = state;
  const settle = (nowMs: number) => {
    const due = relayNames
      .flatMap((relay) => {
        const { move, isCommanded } = relays[relay];
        return move === null || move.atMs > nowMs ? [] : [{ relay, isClosed: isCommanded, ...move }];
      })
      .toSorted((a, b) => a.atMs - b.atMs);
    if (due.length === 0) return;
    moves.push(...due);
    const settled = { ...relays };
    for (const { relay } of due) settled[relay] = settleRelay(relays[relay], nowMs);
    relays = settled;
  };
  while (roomAtMs + stepMs <= toMs) {
    settle(roomAtMs);
    drives = followCommands(drives, stepMs);
    bench = stepBench(bench, stepMs);
    rooms = stepRooms(rooms, { relays, drives, doors }, openedMs + roomAtMs, stepMs, random.room);
    roomAtMs += stepMs;
  }
  settle(toMs);
  return { state: { ...state, atMs: Math.max(state.atMs, toMs), roomAtMs, rooms, relays, drives, bench }, moves };
};

/** The simulator after a relay was commanded. */
export const commandSimulatorRelay = (
  state: SimulatorState,
  name: RelayName,
  isCommanded: boolean,
  origin: { readonly why: MoveReason; readonly cause: number | null },
  random: SimulatorRandom,
): SimulatorState => withRelay(state, name, commandRelay(state.relays[name], isCommanded, { ...origin, nowMs: state.atMs }, random.relays));

/** The simulator after a relay's contact was jammed or let loose. */
export const stickSimulatorRelay = (state: SimulatorState, name: RelayName, isStuck: boolean, random: SimulatorRandom): SimulatorState =>
  withRelay(state, name, stickRelay(state.relays[name], isStuck, state.atMs, random.relays));

/** The simulator after a fan or the lights were commanded to a share, in tenths of a percent. */
export const commandSimulatorDrive = (state: SimulatorState, name: DriveName, commanded: number): SimulatorState => ({
  ...state,
  drives: { ...state.drives, [name]: { ...state.drives[name], commanded } },
});

/** The simulator after an output of the bench was commanded to a raw value. */
export const commandSimulatorBench = (state: SimulatorState, name: BenchOutput, raw: number): SimulatorState => ({
  ...state,
  bench: commandBench(state.bench, name, raw),
});

/** The simulator after the power of some units failed and came back: their outputs are commanded off. */
export const cutSimulatorPower = (
  state: SimulatorState,
  reach: (device: RelayName | DriveName) => boolean,
  random: SimulatorRandom,
): SimulatorState => {
  const dark = driveNames.filter(reach).reduce((next, name) => commandSimulatorDrive(next, name, 0), state);
  return relayNames
    .filter(reach)
    .reduce((next, name) => commandSimulatorRelay(next, name, false, { why: 'power', cause: null }, random), dark);
};

const withRelay = (state: SimulatorState, name: RelayName, relay: Relay): SimulatorState => ({
  ...state,
  relays: { ...state.relays, [name]: relay },
});
