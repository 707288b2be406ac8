import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHubClock, toTimeAway, type PastClock } from './hub-clock.ts';

const hour = 3_600_000;
const past: PastClock = { at: 10 * hour, up: 5 * hour, isSameBoot: true, upMinusKernel: 2 * hour };

describe('how long the hub was away', () => {
  it.each([
    ['by the kernel, whatever the wall clock says', past, { wall: 0, kernelUptime: 3 * hour + 500 }, 500],
    ['by the kernel, never less than nothing', past, { wall: 11 * hour, kernelUptime: 3 * hour - 500 }, 0],
    ['by the wall clock after a restart of the machine', { ...past, isSameBoot: false }, { wall: 11 * hour, kernelUptime: 9 * hour }, hour],
    ['by the wall clock when the kernel is not known', { ...past, upMinusKernel: null }, { wall: 11 * hour, kernelUptime: 9 * hour }, hour],
    ['a day at most', { ...past, isSameBoot: false }, { wall: 900 * hour, kernelUptime: 0 }, 24 * hour],
    ['unknown when the wall clock went back', { ...past, isSameBoot: false }, { wall: 9 * hour, kernelUptime: 0 }, null],
  ])('%s', (_, before, now, expected) => {
    expect(toTimeAway(before, now)).toBe(expected);
  });
});

describe("the hub's clock", () => {
  it('begins at 0 and counts by the clock that never goes back', () => {
    let monotonic = 700;
    let wall = 5000;
    const { clock } = createHubClock({ wall: () => wall, monotonic: () => monotonic, kernelUptime: 90 }, null);
    expect([clock.at(), clock.up()]).toEqual([5000, 0]);
    monotonic += 250;
    wall = -1;
    expect([clock.at(), clock.up()]).toEqual([-1, 250]);
  });

  it('counts in whole milliseconds, and goes on above the fraction that an older log ends with', () => {
    let monotonic = 700.4;
    const older = { ...past, up: 5 * hour + 0.25, upMinusKernel: 2 * hour + 0.25 };
    const { clock } = createHubClock({ wall: () => 1000.9, monotonic: () => monotonic, kernelUptime: 3 * hour }, older);
    expect([clock.at(), clock.up()]).toEqual([1000, 5 * hour + 1]);
    monotonic += 1.9;
    expect(clock.up()).toBe(5 * hour + 2);
  });

  it('goes on over any chain of starts without ever decreasing', () => {
    const start = fc.record({ wall: fc.integer({ min: -1e12, max: 1e13 }), ran: fc.nat(1e7), isSameBoot: fc.boolean(), away: fc.nat(1e9) });
    fc.assert(
      fc.property(fc.array(start, { maxLength: 12 }), (starts) => {
        let before: PastClock | null = null;
        let kernelUptime = 0;
        for (const { wall, ran, isSameBoot, away } of starts) {
          kernelUptime = isSameBoot ? kernelUptime + away : 1000;
          let monotonic = 0;
          const { clock, upMinusKernel } = createHubClock(
            { wall: () => wall, monotonic: () => monotonic, kernelUptime },
            before === null ? null : { ...before, isSameBoot },
          );
          const up = clock.up();
          expect(up).toBeGreaterThanOrEqual(before?.up ?? 0);
          expect(isSameBoot || up - (before?.up ?? 0) <= 24 * hour).toBe(true);
          monotonic += ran;
          kernelUptime += ran;
          expect(clock.up()).toBe(up + ran);
          before = { at: clock.at(), up: clock.up(), isSameBoot: true, upMinusKernel };
        }
      }),
      { seed: 4 },
    );
  });
});
