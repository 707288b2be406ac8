import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coldStore } from './cold-store.ts';
import { forceSimulator } from './force-simulator.ts';
import { driveNames, relayNames, type RelayName } from './machines.ts';
import { toHumidityPercent } from './moist-air.ts';
import {
  advanceSimulator,
  commandSimulatorDrive,
  commandSimulatorRelay,
  createSimulatorState,
  type SimulatorRandom,
  type SimulatorState,
} from './simulator-state.ts';
import { nursery } from './propagation.ts';
import { room } from './air.ts';
import { isColdDoorOpen } from './rooms.ts';
import { createSeededRandom } from './seeded-random.ts';
import { hourMs } from './weather.ts';

const randomOf = (seed: number): SimulatorRandom => ({ room: createSeededRandom(seed), relays: createSeededRandom(seed + 1) });
const byWrite = { why: 'write', cause: 1 } as const;

/** The simulator after some minutes with these relays closed. */
const run = (state: SimulatorState, on: readonly RelayName[], minutes: number): SimulatorState => {
  const random = randomOf(1);
  const told = relayNames.reduce((next, name) => commandSimulatorRelay(next, name, on.includes(name), byWrite, random), state);
  return advanceSimulator(told, state.atMs + minutes * 60_000, random, 1000).state;
};

const morning = createSimulatorState();

describe('the propagation room', () => {
  it('is damped by the fogger, which empties the tank, and is cooled by it', () => {
    const dry = run(morning, [], 2).rooms.propagation.air;
    const damp = run(morning, ['propagation/fogger'], 2).rooms.propagation.air;
    expect(toHumidityPercent(damp.temperatureC, damp.vapourGrams)).toBeGreaterThan(
      toHumidityPercent(dry.temperatureC, dry.vapourGrams) + 5,
    );
    expect(damp.temperatureC).toBeLessThan(dry.temperatureC);
    expect(dry.tankGrams - damp.tankGrams).toBeCloseTo(nursery.fogGramsPerS * 120, 0);
  });

  it('is fogged no more when the tank is empty, until it is filled', () => {
    const { state } = forceSimulator(morning, { 'propagation/tank': 0 });
    const dry = run(state, ['propagation/fogger'], 3).rooms.propagation.air;
    expect(dry.tankGrams).toBe(0);
    expect(dry.vapourGrams).toBeLessThan(morning.rooms.propagation.air.vapourGrams);
    const filled = run(state, ['propagation/refill_valve'], 3).rooms.propagation;
    expect(filled.air.tankGrams).toBe(nursery.tankGrams);
    expect(filled.sensors['propagation/tank/level'].reading).toBeGreaterThan(95);
  });
});

describe('the cold store', () => {
  it('is cooled by the compressor, with frost on the coil; the product follows slowly', () => {
    const before = morning.rooms.cold_store.air;
    const { air } = run(morning, ['cold_store/compressor'], 5).rooms.cold_store;
    expect(air.temperatureC).toBeLessThan(before.temperatureC - 1.5);
    expect(air.coilC).toBeLessThan(-3);
    expect(air.frostGrams).toBeGreaterThan(before.frostGrams);
    expect(Math.abs(air.productC - before.productC)).toBeLessThan(0.2);
  });

  it('is cooled less well with a frosted coil', () => {
    const cooled = (grams: number) =>
      run(forceSimulator(morning, { 'cold_store/frost': grams }).state, ['cold_store/compressor'], 3).rooms.cold_store.air.temperatureC;
    expect(cooled(1500)).toBeGreaterThan(cooled(0) + 0.5);
  });

  it('has its frost melted at 0 °C by the defrost heater, before the coil gets warm', () => {
    const frosted = forceSimulator(morning, { 'cold_store/frost': 400 }).state;
    const melting = run(frosted, ['cold_store/defrost_heater'], 2).rooms.cold_store.air;
    expect(melting.coilC).toBeCloseTo(0, 6);
    expect(melting.frostGrams).toBeLessThan(400);
    const done = run(frosted, ['cold_store/defrost_heater'], 8).rooms.cold_store.air;
    expect(done.frostGrams).toBe(0);
    expect(done.coilC).toBeGreaterThan(8);
    expect(done.drainedGrams).toBeGreaterThan(350);
  });

  it('is warmed and dampened by an open door, held open or used', () => {
    const held = run(forceSimulator(morning, { 'cold_store/door': 'open' }).state, [], 2).rooms.cold_store.air;
    const shut = run(forceSimulator(morning, { 'cold_store/door': 'closed' }).state, [], 2).rooms.cold_store.air;
    expect(held.temperatureC).toBeGreaterThan(shut.temperatureC + 1);
    expect(held.vapourGrams).toBeGreaterThan(shut.vapourGrams);
  });
});

describe('the door of the cold store', () => {
  it('is used during the day, by nobody at night, and not while somebody holds it', () => {
    const day = Array.from({ length: 24 * 360 }, (_, i) => 1_767_225_600_000 + i * 10_000);
    const openings = (door: 'used' | 'open' | 'closed') =>
      day.filter((at, i) => {
        const isOpen = (when: number) => isColdDoorOpen({ flower_room: 'closed', cold_store: door }, when);
        return isOpen(at) && (i === 0 || !isOpen(at - 10_000));
      });
    const used = openings('used').map((at) => new Date(at).getUTCHours() + 1);
    expect(used.length).toBeGreaterThan(10);
    expect(Math.min(...used)).toBeGreaterThanOrEqual(7);
    expect(Math.max(...used)).toBeLessThan(18);
    expect([openings('open').length, openings('closed').length]).toEqual([1, 0]);
  });
});

describe('every room', () => {
  it('keeps its water and its heat: what is there is what came in less what went out', () => {
    const spaces = [
      ['flower_room', room],
      ['propagation', nursery],
      ['cold_store', coldStore],
    ] as const;
    const turns = fc.array(fc.tuple(fc.subarray([...relayNames]), fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1, max: 40 })), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(turns, (day) => {
        const after = day.reduce(
          (state, [on, share, minutes]) =>
            run(
              driveNames.reduce((next, name) => commandSimulatorDrive(next, name, share), state),
              on,
              minutes,
            ),
          morning,
        );
        for (const [name, { volumeM3, heatCapacityJperK }] of spaces) {
          const { air: from } = morning.rooms[name];
          const { air: to } = after.rooms[name];
          expect((to.vapourGrams - from.vapourGrams) * volumeM3).toBeCloseTo(to.meters.waterGrams, 3);
          expect((to.temperatureC - from.temperatureC) * heatCapacityJperK).toBeCloseTo(to.meters.heatJoules, 0);
          expect(toHumidityPercent(to.temperatureC, to.vapourGrams)).toBeLessThan(100.5);
        }
      }),
      { seed: 20_260_110, numRuns: 15 },
    );
  });

  it('has colder air outside by night than in the afternoon', () => {
    const at = (hour: number) => run(createSimulatorState(1_767_225_600_000 + hour * hourMs), [], 60).rooms.flower_room.air.temperatureC;
    expect(at(4)).toBeLessThan(at(16) - 1);
  });

  it('has sensors that drift over days, within what their makers would promise', () => {
    const random = randomOf(3);
    let state = createSimulatorState();
    const drifts: number[] = [];
    for (let day = 0; day < 4; day += 1) {
      state = advanceSimulator(state, state.atMs + 24 * hourMs, random, 60_000).state;
      drifts.push(state.rooms.flower_room.sensors['middle/temperature'].drift);
    }
    expect(Math.max(...drifts.map(Math.abs))).toBeGreaterThan(0.01);
    expect(Math.max(...drifts.map(Math.abs))).toBeLessThan(0.4);
    expect(new Set(drifts).size).toBe(4);
  });
});
