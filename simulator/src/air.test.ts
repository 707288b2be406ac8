import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { zeroMeters } from './air-balance.ts';
import { type Air, outside, room, type RoomInputs, stepAir, toDrying, toTranspiration } from './air.ts';
import { toDeficitKpa, toHumidityPercent, toSaturationKpa, toVapourGrams } from './moist-air.ts';

const idle: RoomInputs = { dehumidifiers: 0, isHeaterOn: false, isDosing: false, fanShare: 0, lightShare: 0, isDoorOpen: false };
const warm: Air = { temperatureC: 25, vapourGrams: toVapourGrams(25, 60), leafC: 25, co2Ppm: 900, meters: zeroMeters };

const run = (air: Air, inputs: Partial<RoomInputs>, seconds: number): Air =>
  Array.from({ length: seconds }).reduce<Air>((now) => stepAir(now, { ...idle, ...inputs }, 1), air);

describe('moist air', () => {
  it.each([
    [10, 1.228],
    [20, 2.338],
    [25, 3.168],
    [30, 4.243],
  ])('holds vapour up to the published pressure at %s °C', (temperatureC, kpa) => {
    expect(toSaturationKpa(temperatureC)).toBeCloseTo(kpa, 2);
  });

  it('at 20 °C and saturated holds 17.3 g in a cubic metre', () => {
    expect(toVapourGrams(20, 100)).toBeCloseTo(17.3, 1);
  });

  it('lacks nothing when it is saturated', () => {
    expect(toDeficitKpa(22, toVapourGrams(22, 100))).toBeCloseTo(0, 9);
  });
});

describe('the balance of the room', () => {
  it.each<[string, Partial<RoomInputs>, keyof Air, 'higher' | 'lower']>([
    ['the heater warms', { isHeaterOn: true }, 'temperatureC', 'higher'],
    ['the fan cools', { fanShare: 1 }, 'temperatureC', 'lower'],
    ['the fan dries', { fanShare: 1 }, 'vapourGrams', 'lower'],
    ['the fan takes CO₂ that is above that outside', { fanShare: 1 }, 'co2Ppm', 'lower'],
    ['a dehumidifier dries', { dehumidifiers: 1 }, 'vapourGrams', 'lower'],
    ['a dehumidifier warms', { dehumidifiers: 1 }, 'temperatureC', 'higher'],
    ['light makes the leaves give water', { lightShare: 1 }, 'vapourGrams', 'higher'],
    ['the valve doses CO₂', { isDosing: true }, 'co2Ppm', 'higher'],
    ['light makes the leaves take CO₂', { lightShare: 1 }, 'co2Ppm', 'lower'],
    ['an open door cools', { isDoorOpen: true }, 'temperatureC', 'lower'],
    ['an open door dries', { isDoorOpen: true }, 'vapourGrams', 'lower'],
  ])('%s', (_name, inputs, what, direction) => {
    const without = run(warm, {}, 30)[what];
    const withIt = run(warm, inputs, 30)[what];
    expect(direction === 'higher' ? withIt > without : withIt < without).toBe(true);
  });

  it('a second dehumidifier takes more water', () => {
    expect(run(warm, { dehumidifiers: 2 }, 30).vapourGrams).toBeLessThan(run(warm, { dehumidifiers: 1 }, 30).vapourGrams);
  });

  it('loses no water: what the air gained is what the leaves gave less what was taken and exchanged', () => {
    const inputs = { ...idle, dehumidifiers: 1, fanShare: 0.5, lightShare: 0.8 };
    const next = stepAir(warm, inputs, 1);
    const exchanged = (0.5 * room.fanM3perS + room.leakM3perS) * (warm.vapourGrams - outside.vapourGrams);
    const gained = (next.vapourGrams - warm.vapourGrams) * room.volumeM3;
    expect(gained).toBeCloseTo(toTranspiration(warm, 0.8) - toDrying(warm, 1) - exchanged, 9);
  });

  it('loses no heat: vaporising takes what condensing in the dehumidifier gives back, and its motor comes on top', () => {
    const still = { ...warm, temperatureC: outside.temperatureC, leafC: outside.temperatureC, vapourGrams: outside.vapourGrams };
    const next = stepAir(still, { ...idle, dehumidifiers: 1 }, 1);
    const joules = (next.temperatureC - still.temperatureC) * room.heatCapacityJperK;
    const taken = toDrying(still, 1) - toTranspiration(still, 0);
    expect(joules).toBeCloseTo(room.dehumidifierWatts + taken * 2450, 6);
  });

  it('comes to rest at the air outside when nothing lives or runs in it but the fan', () => {
    const barren = run({ ...warm, leafC: 15 }, { fanShare: 1 }, 3600);
    expect(barren.temperatureC).toBeCloseTo(outside.temperatureC, 0);
    expect(Math.abs(barren.vapourGrams - outside.vapourGrams)).toBeLessThan(0.5);
  });

  it('stays a room, whatever is switched: no fog, no negative water, no boiling', () => {
    const inputs = fc.record({
      dehumidifiers: fc.integer({ min: 0, max: 2 }),
      isHeaterOn: fc.boolean(),
      isDosing: fc.boolean(),
      fanShare: fc.double({ min: 0, max: 1, noNaN: true }),
      lightShare: fc.double({ min: 0, max: 1, noNaN: true }),
      isDoorOpen: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(inputs, fc.integer({ min: 1, max: 300 })), { maxLength: 12 }), (day) => {
        const air = day.reduce((now, [next, forS]) => run(now, next, forS), warm);
        const humidity = toHumidityPercent(air.temperatureC, air.vapourGrams);
        expect(air.temperatureC).toBeGreaterThan(0);
        expect(air.temperatureC).toBeLessThan(80);
        expect(humidity).toBeGreaterThan(0);
        expect(humidity).toBeLessThan(100.5);
        expect(air.co2Ppm).toBeGreaterThanOrEqual(0);
      }),
      { seed: 20_260_101, numRuns: 60 },
    );
  });
});
