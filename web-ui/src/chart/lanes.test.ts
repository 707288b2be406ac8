import { describe, expect, it } from 'vitest';
import { toJointSpan, toLaneScale, toSpan, toTickDecimals, toValueTicks, widen } from './lane-scale.ts';
import { toProfile } from './profile.ts';

describe('lanes', () => {
  const toHeight = (value: number, { min, max }: { min: number; max: number }): number => 1 - (value - min) / (max - min);

  it.each([1, 2, 3, 4])('%i lanes share the height and never overlap', (lanes) => {
    for (let lane = 0; lane < lanes; lane += 1) {
      const scale = toLaneScale({ low: 20, high: 30 }, lane, lanes);
      const top = toHeight(30, scale) * lanes;
      const bottom = toHeight(20, scale) * lanes;
      expect(top).toBeGreaterThan(lane);
      expect(bottom).toBeLessThan(lane + 1);
      expect(bottom - top).toBeCloseTo(0.76);
    }
  });

  it('a quiet value does not fill its lane with noise', () => {
    expect(widen({ low: 24, high: 24.1 }, 1)).toEqual({ low: 23.55, high: 24.55 });
    expect(widen({ low: 10, high: 30 }, 1)).toEqual({ low: 10, high: 30 });
  });

  it('spans leave out what is no number', () => {
    expect(toSpan(Float64Array.of(Number.NaN, 3, 5), Float64Array.of(Number.NaN, 9, 6))).toEqual({ low: 3, high: 9 });
    expect(toSpan(Float64Array.of(Number.NaN), Float64Array.of(Number.NaN))).toBeNull();
    expect(
      toJointSpan([
        { low: 1, high: 2 },
        { low: 0, high: 1 },
      ]),
    ).toEqual({ low: 0, high: 2 });
    expect(toJointSpan([])).toBeNull();
  });

  it.each([
    [{ low: 23.4, high: 27.2 }, 3, [24, 26]],
    [{ low: 0.9, high: 1.4 }, 3, [1, 1.2, 1.4]],
    [{ low: 380, high: 1210 }, 3, [500, 1000]],
    [{ low: -3, high: 3 }, 3, [-2, 0, 2]],
    // Steps of 2.5 would read 18, 20, 23, 25, 28 when they are rounded.
    [{ low: 16, high: 30 }, 6, [20, 25, 30]],
    [{ low: 0, high: 0.12 }, 5, [0, 0.05, 0.1]],
    [{ low: 5, high: 5 }, 3, []],
  ])('round values within %j', (span, most, ticks) => expect(toValueTicks(span, most)).toEqual(ticks));

  it('ticks are written with the decimals that they have', () => {
    expect(toTickDecimals([20, 25, 30])).toBe(0);
    expect(toTickDecimals([0, 0.05, 0.1])).toBe(2);
    expect(toTickDecimals([])).toBe(0);
  });
});

describe('profile of a set-point', () => {
  const steps = [
    { at: 0, value: 20, isRamp: false },
    { at: 100, value: 20, isRamp: true },
    { at: 200, value: 26, isRamp: false },
    { at: 400, value: 18, isRamp: false },
    { at: 500, value: 18, isRamp: false },
  ];

  it('slants along a ramp and jumps elsewhere', () => {
    expect(toProfile(steps, 0, 500)).toEqual([
      { at: 0, value: 20 },
      { at: 100, value: 20 },
      { at: 200, value: 26 },
      { at: 400, value: 26 },
      { at: 400, value: 18 },
      { at: 500, value: 18 },
    ]);
  });

  it('is cut at the edges of the stretch, also within a ramp', () => {
    expect(toProfile(steps, 150, 300)).toEqual([
      { at: 150, value: 23 },
      { at: 200, value: 26 },
      { at: 300, value: 26 },
    ]);
    expect(toProfile(steps, 120, 150).at(-1)).toEqual({ at: 150, value: 23 });
  });

  it('nothing is drawn of what nobody steers', () => expect(toProfile([], 0, 100)).toEqual([]));
});
