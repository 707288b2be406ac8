import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFilter, type FilterParams } from './filter.ts';
import { isUnknown, unknown, type Maybe, type Sample } from './node.ts';
import { replay, type Recorded } from './replay.ts';

const seed = { seed: 20261123, numRuns: 500 };
const maxGapMs = 30_000;
const ewma: FilterParams = { kind: 'ewma', tauMs: 30_000, maxGapMs };
const median: FilterParams = { kind: 'median', samples: 3, maxGapMs };
const slew: FilterParams = { kind: 'slew', risePerS: 1, fallPerS: 2, maxGapMs };

const at = (seconds: number, value: Maybe<number>, reported = seconds): Recorded<Sample> => ({
  input: { value, up: reported * 1000 },
  time: { at: 0, up: seconds * 1000 },
});
const values = (params: FilterParams, steps: readonly Recorded<Sample>[]) => replay(createFilter(params), steps).map(({ value }) => value);
const everySecond = (readings: readonly Maybe<number>[]) => readings.map((value, index) => at(index, value));

describe('filter: ewma', () => {
  it('answers a step as 1 − e^(−t/τ), however the time is cut up', () => {
    for (const seconds of [10, 30, 20]) {
      const expected = 1 - Math.exp(-seconds / 30);
      expect(values(ewma, [at(0, 0), at(seconds, 1)]).at(-1)).toBeCloseTo(expected, 12);
      const fine = Array.from({ length: seconds }, (_, i) => at(i + 1, 1));
      expect(values(ewma, [at(0, 0), ...fine]).at(-1)).toBeCloseTo(expected, 12);
    }
  });

  it('starts at its first value', () => {
    expect(values(ewma, [at(0, 26)])).toEqual([26]);
  });

  it('is blind while its input is, goes on from where it was, and starts again after the gap', () => {
    expect(values(ewma, [at(0, 20), at(10, unknown), at(20, 20)])).toEqual([20, unknown, 20]);
    expect(values(ewma, [at(0, 0), at(10, unknown), at(30, 1)]).at(-1)).toBeCloseTo(1 - Math.exp(-1), 12);
    expect(values(ewma, [at(0, 0), at(10, unknown), at(31, 1)]).at(-1)).toBe(1);
    expect(values(ewma, [at(0, 0), at(31, 1)]).at(-1)).toBe(1);
  });
});

describe('filter: median', () => {
  it('drops a single spike', () => {
    expect(values(median, everySecond([20, 20, 90, 20, 20]))).toEqual([20, 20, 20, 20, 20]);
  });

  it('counts a sample once, however often it is looked at', () => {
    expect(values(median, [at(0, 20), at(1, 30), at(2, 30, 1), at(3, 30, 1), at(4, 10)])).toEqual([20, 25, 25, 25, 20]);
  });
});

describe('filter: slew', () => {
  it('follows no faster than allowed, up and down', () => {
    expect(values(slew, everySecond([0, 10, 10, 1.5, 1.5, 0]))).toEqual([0, 1, 2, 1.5, 1.5, 0]);
    expect(values(slew, everySecond([10, 0, 0]))).toEqual([10, 8, 6]);
  });
});

describe('filter', () => {
  it('refuses parameters that mean nothing', () => {
    for (const wrong of [
      { ...ewma, tauMs: 0 },
      { ...median, samples: 1.5 },
      { ...median, samples: 0 },
      { ...slew, risePerS: Number.NaN },
      { ...slew, maxGapMs: -1 },
    ]) {
      expect(() => createFilter(wrong)).toThrow(RangeError);
    }
  });

  it('never answers outside of what it was given, never while blind, and the same after a restart at any point', () => {
    const reading = fc.oneof(
      { weight: 8, arbitrary: fc.double({ min: -40, max: 60, noNaN: true }) },
      { weight: 1, arbitrary: fc.constant(unknown) },
    );
    fc.assert(
      fc.property(fc.constantFrom(ewma, median, slew), fc.array(reading), fc.nat(4), (params, readings, nth) => {
        const known = readings.filter((value) => !isUnknown(value));
        const [low, high] = [Math.min(...known), Math.max(...known)];
        for (const [index, value] of values(params, everySecond(readings)).entries()) {
          expect(isUnknown(value)).toBe(readings[index] === unknown);
          expect(isUnknown(value) || (value >= low - 1e-9 && value <= high + 1e-9)).toBe(true);
        }
        const node = createFilter(params);
        const steps = everySecond(readings);
        expect(replay(node, steps, { isSaved: (index) => index % (nth + 1) === 0 })).toEqual(replay(node, steps));
      }),
      seed,
    );
  });
});
