import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forceSimulator } from './force-simulator.ts';
import type { RelayName } from './machines.ts';
import { toDeficitKpa, toVapourGrams } from './moist-air.ts';
import {
  advanceSimulator,
  commandSimulatorDrive,
  commandSimulatorRelay,
  createSimulatorState,
  cutSimulatorPower,
  type SimulatorRandom,
  type SimulatorState,
  stickSimulatorRelay,
} from './simulator-state.ts';
import { createSeededRandom } from './seeded-random.ts';

const randomOf = (seed: number): SimulatorRandom => ({ room: createSeededRandom(seed), relays: createSeededRandom(seed + 1) });
const byWrite = { why: 'write', cause: 7 } as const;

const climateOf = (state: SimulatorState) => {
  const temperature = state.rooms.flower_room.sensors['middle/temperature'].reading;
  return {
    temperature,
    vpd: toDeficitKpa(temperature, toVapourGrams(temperature, state.rooms.flower_room.sensors['middle/humidity'].reading)),
  };
};

describe('a room that nobody controls', () => {
  const random = randomOf(1);
  const at60 = advanceSimulator(createSimulatorState(), 60_000, random).state;
  const at240 = advanceSimulator(at60, 240_000, random).state;

  it('is too humid within a minute under light', () => {
    expect(climateOf(createSimulatorState()).vpd).toBeGreaterThan(1);
    expect(climateOf(at60).vpd).toBeLessThan(0.9);
  });

  it('is too cold within four minutes while the fan runs', () => {
    expect(climateOf(at240).temperature).toBeLessThan(22.5);
  });
});

describe('a room under on/off control', () => {
  const switches: { readonly relay: RelayName; readonly atMs: number; readonly isOn: boolean }[] = [];
  const seen: { readonly temperature: number; readonly vpd: number }[] = [];
  const random = randomOf(3);
  let state = createSimulatorState();
  const control = (relay: RelayName, on: boolean, off: boolean) => {
    const isOn = state.relays[relay].isCommanded;
    if (isOn ? !off : !on) return;
    state = commandSimulatorRelay(state, relay, !isOn, byWrite, random);
    switches.push({ relay, atMs: state.atMs, isOn: !isOn });
  };
  for (let atMs = 1000; atMs <= 900_000; atMs += 1000) {
    state = advanceSimulator(state, atMs, random).state;
    const { temperature, vpd } = climateOf(state);
    if (atMs > 60_000) seen.push({ temperature, vpd });
    control('dehumidifier_1', vpd < 1, vpd > 1.2);
    control('heater', temperature < 24, temperature > 25.5);
  }

  it('switches the first dehumidifier on within half a minute', () => {
    expect(switches[0]).toMatchObject({ relay: 'dehumidifier_1', isOn: true });
    expect(switches[0]?.atMs).toBeLessThan(30_000);
  });

  it.each(['dehumidifier_1', 'heater'] as const)('switches %s on and off again a few times in a quarter of an hour', (relay) => {
    const own = switches.filter((change) => change.relay === relay);
    expect(own.length).toBeGreaterThanOrEqual(3);
    expect(own.length).toBeLessThan(30);
  });

  it('stays where it was wanted', () => {
    expect(Math.min(...seen.map(({ vpd }) => vpd))).toBeGreaterThan(0.9);
    expect(Math.max(...seen.map(({ vpd }) => vpd))).toBeLessThan(1.5);
    expect(Math.min(...seen.map(({ temperature }) => temperature))).toBeGreaterThan(23.5);
    expect(Math.max(...seen.map(({ temperature }) => temperature))).toBeLessThan(27);
  });
});

describe('the same seed', () => {
  it('gives the same hour, and another seed another', () => {
    const hour = (seed: number) => advanceSimulator(createSimulatorState(), 3_600_000, randomOf(seed)).state.rooms.flower_room;
    expect(hour(5)).toEqual(hour(5));
    expect(hour(5).sensors['front/co2'].reading).not.toBe(hour(6).sensors['front/co2'].reading);
  });

  it('gives the same room however often somebody looks, and whenever somebody writes', () => {
    const visits = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(visits, (pauses) => {
        const often = randomOf(9);
        const looked = pauses.reduce((now, pause) => advanceSimulator(now, now.atMs + pause, often).state, createSimulatorState());
        const once = advanceSimulator(createSimulatorState(), looked.atMs, randomOf(9)).state;
        expect(looked).toEqual(once);
      }),
      { seed: 20_260_102, numRuns: 40 },
    );
  });
});

describe('a relay', () => {
  it('moves its contact 20 to 80 ms after it was commanded, and says which write moved it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seed) => {
        const random = randomOf(seed);
        const told = commandSimulatorRelay(createSimulatorState(), 'heater', true, byWrite, random);
        const early = advanceSimulator(told, 19.9, random);
        expect(early.state.relays.heater).toMatchObject({ isCommanded: true, isClosed: false });
        const late = advanceSimulator(early.state, 80, random);
        expect(late.moves).toHaveLength(1);
        expect(late.moves[0]).toMatchObject({ relay: 'heater', isClosed: true, why: 'write', cause: 7 });
        expect(late.moves[0]?.atMs).toBeGreaterThanOrEqual(20);
        expect(late.state.relays.heater.isClosed).toBe(true);
      }),
      { seed: 20_260_103, numRuns: 100 },
    );
  });

  it('that is commanded back before its contact moved never moves it', () => {
    const random = randomOf(1);
    const told = commandSimulatorRelay(createSimulatorState(), 'heater', true, byWrite, random);
    const back = commandSimulatorRelay(advanceSimulator(told, 10, random).state, 'heater', false, byWrite, random);
    expect(advanceSimulator(back, 1000, random).moves).toEqual([]);
  });

  it('that sticks stays where it is, through a power cut too, and follows its coil once loose', () => {
    const random = randomOf(1);
    const on = advanceSimulator(commandSimulatorRelay(createSimulatorState(), 'heater', true, byWrite, random), 100, random).state;
    const dark = cutSimulatorPower(stickSimulatorRelay(on, 'heater', true, random), () => true, random);
    const after = advanceSimulator(dark, 1000, random);
    expect(after.moves).toEqual([]);
    expect(after.state.relays.heater).toMatchObject({ isCommanded: false, isClosed: true });
    const loose = advanceSimulator(stickSimulatorRelay(after.state, 'heater', false, random), 1100, random);
    expect(loose.moves).toMatchObject([{ relay: 'heater', isClosed: false, why: 'loose', cause: null }]);
  });

  it('moved manually is put right by the next command', () => {
    const random = randomOf(1);
    const { state, moves } = forceSimulator(createSimulatorState(), { contacts: { heater: true } });
    expect(moves).toMatchObject([{ relay: 'heater', isClosed: true, why: 'hand' }]);
    const told = advanceSimulator(commandSimulatorRelay(state, 'heater', false, byWrite, random), 100, random);
    expect(told.state.relays.heater.isClosed).toBe(false);
  });
});

describe('a drive', () => {
  it('takes a moment to get to what it was commanded, and gets there exactly', () => {
    const random = randomOf(1);
    const told = commandSimulatorDrive(createSimulatorState(), 'exhaust_fan', 1000);
    const soon = advanceSimulator(told, 100, random).state;
    expect(soon.drives.exhaust_fan.actual).toBeGreaterThan(250);
    expect(soon.drives.exhaust_fan.actual).toBeLessThan(1000);
    expect(advanceSimulator(soon, 1000, random).state.drives.exhaust_fan.actual).toBe(1000);
  });
});

describe('a forced value', () => {
  it('is in the sensors at once', () => {
    const { state } = forceSimulator(createSimulatorState(), { temperature: 30, humidity: 40, co2: 1500 });
    expect(state.rooms.flower_room.sensors['middle/temperature'].reading).toBeCloseTo(30, 6);
    expect(state.rooms.flower_room.sensors['middle/humidity'].reading).toBeCloseTo(40, 6);
    expect(state.rooms.flower_room.sensors['front/co2'].reading).toBeCloseTo(1500, 6);
  });

  it('moves on by physics', () => {
    const random = randomOf(1);
    const { state } = forceSimulator(createSimulatorState(), { temperature: 35 });
    expect(climateOf(advanceSimulator(state, 120_000, random).state).temperature).toBeLessThan(31);
  });

  it('of colder air leaves no fog', () => {
    const { state } = forceSimulator(createSimulatorState(), { temperature: 5 });
    expect(state.rooms.flower_room.sensors['middle/humidity'].reading).toBeLessThanOrEqual(100);
  });
});

describe('sensors', () => {
  it('never say what cannot be: no light below none', () => {
    const random = randomOf(2);
    let state = commandSimulatorDrive(createSimulatorState(), 'lights', 0);
    for (let atMs = 100; atMs <= 20_000; atMs += 100) {
      state = advanceSimulator(state, atMs, random).state;
      expect(state.rooms.flower_room.sensors['front/ppfd'].reading).toBeGreaterThanOrEqual(0);
    }
  });

  it('lag behind what happens to the air', () => {
    const random = randomOf(2);
    const told = commandSimulatorRelay(createSimulatorState(), 'dehumidifier_1', true, byWrite, random);
    const { state } = advanceSimulator(told, 20_000, random);
    const really = toVapourGrams(state.rooms.flower_room.air.temperatureC, state.rooms.flower_room.sensors['middle/humidity'].followed);
    expect(state.rooms.flower_room.air.vapourGrams).toBeLessThan(really);
  });
});
