import { livePast, type SimulatorState } from '@phloem/simulator';
import type { DeviceId } from '@phloem/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { readDemonstration } from './support/control-day.ts';

type Range = { min: number; max: number };

const hourMs = 3_600_000;
const from = Date.UTC(2026, 0, 12, 5);
const ranges = new Map<string, Range>();
const starts = new Map<DeviceId, number[]>();
const stops = new Map<DeviceId, number[]>();
const alarms: string[] = [];
const nights = { dark: 0, lit: 0 };
let first: SimulatorState;
let last: SimulatorState;
let litAtDawn: number[] = [];

// A week in steps of 10 s: some hundred thousand readings, lived once for all questions below.
beforeAll(() => {
  const world = readDemonstration();
  const moments = livePast({
    ...world,
    seed: 11,
    from,
    to: from + 7 * 24 * hourMs,
    stepMs: 10_000,
    onStep: (entry, result) => {
      if (entry.kind === 'alarm' && entry.state === 'active' && entry.up > hourMs) alarms.push(entry.alarm);
      alarms.push(...result.alarms.filter(({ state }) => state === 'active' && entry.up > hourMs).map(({ alarm }) => alarm));
    },
  });
  for (const { at, readings, switches, simulator } of moments) {
    first ??= simulator;
    last = simulator;
    for (const { device, value } of switches) {
      if (value === true) starts.set(device, [...(starts.get(device) ?? []), at]);
      if (value === false) stops.set(device, [...(stops.get(device) ?? []), at]);
      if (device === 'flower_room/lights' && at < from + 3 * hourMs && typeof value === 'number') litAtDawn = [...litAtDawn, value];
    }
    if (at < from + 2 * hourMs) continue;
    for (const [point, { v }] of readings) {
      if (typeof v !== 'number') continue;
      const range = ranges.get(point) ?? { min: v, max: v };
      ranges.set(point, { min: Math.min(range.min, v), max: Math.max(range.max, v) });
    }
    const hour = new Date(at).getUTCHours();
    const ppfd = Number(readings.get('flower_room/front/ppfd')?.v);
    if (hour === 11) nights.lit = Math.max(nights.lit, ppfd);
    if (hour === 23) nights.dark = Math.max(nights.dark, ppfd);
  }
}, 900_000);

describe('a week of the demonstration', () => {
  it.each([
    ['flower_room/middle/temperature', 19, 28],
    ['flower_room/middle/humidity', 40, 75],
    ['flower_room/front/co2', 380, 1100],
    ['propagation/bench/temperature', 20, 26.5],
    ['propagation/bench/humidity', 65, 92],
    ['propagation/tank/level', 30, 100.1],
    ['cold_store/back/temperature', -0.5, 6],
    ['cold_store/back/humidity', 70, 98],
    ['cold_store/machine/coil_temperature', -15, 15],
    ['cold_store/machine/product_temperature', 1, 3.5],
  ])('keeps %s between %s and %s, and moves it', (point, min, max) => {
    const range = ranges.get(point);
    expect(range?.min).toBeGreaterThan(min);
    expect(range?.max).toBeLessThan(max);
    expect((range?.max ?? 0) - (range?.min ?? 0)).toBeGreaterThan(0.3);
  });

  it('is dark by night and bright by day, with a dawn in steps', () => {
    expect(nights.dark).toBeLessThan(5);
    expect(nights.lit).toBeGreaterThan(650);
    expect(litAtDawn.length).toBeGreaterThanOrEqual(8);
    expect(litAtDawn.at(-1)).toBe(80);
    expect(litAtDawn).toEqual(litAtDawn.toSorted((a, b) => a - b));
  });

  it('keeps water and heat: what each room holds is what came in less what went out', () => {
    const spaces = [
      ['flower_room', 30, 120_000],
      ['propagation', 16, 110_000],
      ['cold_store', 60, 120_000],
    ] as const;
    for (const [room, volumeM3, joulesPerK] of spaces) {
      const [before, after] = [first.rooms[room].air, last.rooms[room].air];
      const water = (after.vapourGrams - before.vapourGrams) * volumeM3;
      const heat = (after.temperatureC - before.temperatureC) * joulesPerK;
      expect(water).toBeCloseTo(after.meters.waterGrams - before.meters.waterGrams, 2);
      expect(heat / 1000).toBeCloseTo((after.meters.heatJoules - before.meters.heatJoules) / 1000, 1);
    }
  });

  it('starts the compressor as often as its limits allow, and never sooner after a stop', () => {
    const on = starts.get('cold_store/compressor') ?? [];
    expect(on.length).toBeGreaterThan(7 * 24 * 1);
    expect(on.length).toBeLessThan(7 * 24 * 6);
    // The first stop is how it was found.
    const rests = (stops.get('cold_store/compressor') ?? []).slice(1).map((stop) => (on.find((start) => start > stop) ?? Infinity) - stop);
    expect(Math.min(...rests)).toBeGreaterThanOrEqual(180_000);
  });

  it('defrosts four times a day, each time until the frost is gone', () => {
    const [on, off] = [starts.get('cold_store/defrost_heater') ?? [], stops.get('cold_store/defrost_heater') ?? []];
    expect(on.length).toBe(28);
    for (const start of on) {
      const minutes = ((off.find((stop) => stop > start) ?? Infinity) - start) / 60_000;
      expect(minutes).toBeGreaterThan(2);
      expect(minutes).toBeLessThan(25);
    }
    expect(ranges.get('cold_store/machine/coil_temperature')?.max).toBeGreaterThan(8);
    // Ice that has gone ran off as water.
    expect(last.rooms.cold_store.air.drainedGrams).toBeGreaterThan(5000);
  });

  it('refills the tank of the fogger before it runs dry', () => {
    expect(starts.get('propagation/refill_valve')?.length).toBeGreaterThanOrEqual(7);
  });

  it('raises no alarm: nothing is wrong', () => {
    expect(alarms).toEqual([]);
  });
});
