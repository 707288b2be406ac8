import { describe, expect, it } from 'vitest';
import { percentile, summarise, toFigure, toRatio } from './statistics.ts';

const upTo = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);

describe('the figures of a run', () => {
  it('take percentiles by nearest rank', () => {
    expect([0.5, 0.99, 1, 0].map((share) => percentile(upTo(100), share))).toEqual([50, 99, 100, 1]);
    expect(percentile([7], 0.99)).toBe(7);
    expect(percentile([], 0.5)).toBeNaN();
  });

  it('sort by size, not as text', () => {
    expect(toFigure([100, 9, 20])).toEqual({ median: 20, low: 9, high: 100 });
  });

  it('let one slow round move the spread, not the median', () => {
    const { p50, rounds, samples } = summarise([upTo(9), upTo(9), [1000, 1000, 1000]]);
    expect({ p50, rounds, samples }).toEqual({ p50: { median: 5, low: 5, high: 1000 }, rounds: 3, samples: 21 });
  });

  it('compare round by round, so that a drift that hits both alike cancels out', () => {
    expect(toRatio([[2], [20], [200]], [[1], [10], [100]], 0.5)).toEqual({ median: 2, low: 2, high: 2 });
  });
});
