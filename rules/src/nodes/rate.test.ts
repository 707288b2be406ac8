import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUnknown, unknown, type Maybe, type Sample } from './node.ts';
import { createRate } from './rate.ts';
import { replay, type Recorded } from './replay.ts';

const seed = { seed: 20261123, numRuns: 500 };
/** K/h over five minutes, at least ten samples. */
const params = { windowMs: 300_000, minSamples: 10, perMs: 3_600_000 };
const node = createRate(params);

const at = (seconds: number, value: Maybe<number>, reported = seconds): Recorded<Sample> => ({
  input: { value, up: reported * 1000 },
  time: { at: 0, up: seconds * 1000 },
});
const last = (steps: readonly Recorded<Sample>[]): Maybe<number> => replay(node, steps).at(-1)?.value ?? unknown;
const every10s = (n: number, value: (seconds: number) => number) => Array.from({ length: n }, (_, i) => at(i * 10, value(i * 10)));

describe('rate', () => {
  it('is the slope of a straight line, exactly', () => {
    expect(last(every10s(31, (s) => 20 + (2 * s) / 3600))).toBeCloseTo(2, 9);
    expect(last(every10s(31, () => 20))).toBe(0);
  });

  it('is the least-squares slope of readings that are not in line', () => {
    const steps = [1, 3, 2, 5, 4].map((value, index) => at(index, value));
    const small = createRate({ windowMs: 10_000, minSamples: 5, perMs: 1000 });
    expect(replay(small, steps).at(-1)?.value).toBeCloseTo(0.8, 12);
  });

  it('is unknown below its samples, and a sample that is only looked at again counts once', () => {
    expect(isUnknown(last(every10s(9, (s) => s)))).toBe(true);
    expect(isUnknown(last(Array.from({ length: 100 }, (_, i) => at(i, 20, Math.floor(i / 30) * 30))))).toBe(true);
    expect(isUnknown(last(every10s(10, (s) => s)))).toBe(false);
  });

  it('forgets what is older than its window', () => {
    const steps = every10s(100, (s) => (s < 500 ? s : 500));
    expect(last(steps)).toBe(0);
  });

  it('is unknown while its input is, and goes on with the samples that are still in the window', () => {
    const steps = every10s(20, (s) => s / 3600);
    expect(isUnknown(last([...steps, at(200, unknown)]))).toBe(true);
    expect(last([...steps, at(200, unknown), at(210, 210 / 3600)])).toBeCloseTo(1, 9);
    expect(isUnknown(last([...steps, at(900, 900 / 3600)]))).toBe(true);
  });

  it('does not grow with an instrument that reports a thousand times a second', () => {
    let state = node.init();
    for (let ms = 0; ms < 20_000; ms += 1) [state] = node.step(state, { value: ms, up: ms }, { at: 0, up: ms });
    expect(state.samples.length).toBeLessThanOrEqual(120);
  });

  it('refuses parameters that mean nothing', () => {
    for (const wrong of [{ windowMs: 0 }, { perMs: Number.NaN }, { minSamples: 1 }, { minSamples: 121 }]) {
      expect(() => createRate({ ...params, ...wrong })).toThrow(RangeError);
    }
  });

  it('stays within the steepest step between two samples, and answers the same after a restart at any point', () => {
    const reading = fc.oneof(
      { weight: 8, arbitrary: fc.double({ min: -40, max: 60, noNaN: true }) },
      { weight: 1, arbitrary: fc.constant(unknown) },
    );
    const small = createRate({ windowMs: 8000, minSamples: 2, perMs: 1000 });
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 40 }), fc.nat(4), (readings, nth) => {
        const steps = readings.map((value, index) => at(index, value));
        const outs = replay(small, steps);
        for (const [index, { value }] of outs.entries()) {
          const known = readings.slice(Math.max(0, index - 7), index + 1).filter((r) => !isUnknown(r));
          const span = Math.max(...known) - Math.min(...known);
          expect(isUnknown(value) ? readings[index] === unknown || known.length < 2 : Math.abs(value) <= span * 1.0000001).toBe(true);
        }
        expect(replay(small, steps, { isSaved: (index) => index % (nth + 1) === 0 })).toEqual(outs);
      }),
      seed,
    );
  });
});
