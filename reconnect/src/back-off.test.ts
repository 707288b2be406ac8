import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backOffs, pauseAfter } from './back-off.ts';

const seeded = (seed: number) => {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
};

describe('the back-off', () => {
  it('[HB4] there is no pause after the first failure', () => {
    expect(pauseAfter(1, backOffs.browser, () => 0.9)).toBe(0);
  });

  it.each([
    [2, 50],
    [3, 100],
    [4, 200],
    [5, 400],
    [6, 800],
    [7, 1600],
    [8, 2000],
    [500, 2000],
  ])('[HB4] after failure %i it is at most %i ms on a browser link', (failures, bound) => {
    expect(pauseAfter(failures, backOffs.browser, () => 1)).toBe(bound);
    expect(pauseAfter(failures, backOffs.browser, () => 0)).toBe(1);
  });

  it('[HB4] never rests longer than 250 ms on a control link, and never not at all', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 100_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, random) => {
          const pause = pauseAfter(failures, backOffs.control, () => random);
          expect(pause).toBeGreaterThanOrEqual(1);
          expect(pause).toBeLessThanOrEqual(250);
        },
      ),
      { seed: 20_261_123 },
    );
  });

  it('[HB4] is spread evenly, so that those who lost their hub together do not come back together', () => {
    const random = seeded(7);
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let n = 0; n < 20_000; n += 1) {
      const tenth = Math.min(9, Math.floor(pauseAfter(9, backOffs.browser, random) / 200));
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });
});
