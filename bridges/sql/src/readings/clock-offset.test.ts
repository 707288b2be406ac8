import { describe, expect, it } from 'vitest';
import { followOffset } from './clock-offset.ts';

describe('the offset between two clocks', () => {
  it('is the same for clocks that differ by a few milliseconds, from the start', () => {
    expect([3, -8, 40].map((ms) => followOffset(null, 1000 + ms, 1000))).toEqual([0, 0, 0]);
  });

  it('follows a clock that is set, and not one whose answer took longer', () => {
    expect(followOffset(0, 1200, 1000)).toBe(0);
    expect(followOffset(0, 3_601_000, 1000)).toBe(3_600_000);
    expect(followOffset(3_600_000, 1000, 1000)).toBe(0);
  });
});
