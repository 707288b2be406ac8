import { describe, expect, it } from 'vitest';
import { startHubClock, stepHubClock, toHubUp, toHubWall } from './hub-clock.ts';
import { startRunningClock, stepRunningClock } from './running-clock.ts';

describe('running clock', () => {
  const start = startRunningClock({ monotonic: 500, wall: 1_000_000 });

  it('runs with the monotonic clock while both agree', () => {
    const next = stepRunningClock(start, { monotonic: 750, wall: 1_000_251 });
    expect(next).toMatchObject({ running: 250 });
  });

  it('goes on through a sleep in which the monotonic clock stood', () => {
    const next = stepRunningClock(start, { monotonic: 750, wall: 1_000_000 + 3_600_000 });
    expect(next).toMatchObject({ running: 3_600_000 });
  });

  it('is not moved by a wall clock that is set back', () => {
    const next = stepRunningClock(start, { monotonic: 750, wall: 0 });
    expect(next).toMatchObject({ running: 250 });
  });

  it('never goes back', () => {
    expect(stepRunningClock(start, { monotonic: 100, wall: 999_000 }).running).toBe(0);
  });
});

describe('hub clock', () => {
  const start = startHubClock({ up: 10_000, at: 1_700_000_010_000 }, 1000);

  const none = { hubClock: null, roundTripMs: null };

  it('[HB3] a delay that all messages have in common is seen by the echoes', () => {
    const echoes = { hubClock: { upOffsetMs: 12_000 }, roundTripMs: 6000 };
    expect(toHubUp(start, echoes, 1000)).toBe(16_000);
    expect(toHubUp(start, { ...echoes, hubClock: { upOffsetMs: 0 } }, 1000)).toBe(10_000);
  });

  it('runs on with the browser when nothing comes', () => {
    expect(toHubUp(start, none, 31_000)).toBe(40_000);
    expect(toHubWall(start, none, 31_000)).toBe(1_700_000_040_000);
  });

  it('sees that a delayed message is old', () => {
    const late = stepHubClock(start, { up: 11_000, at: 1_700_000_011_000 }, 9000);
    expect(late.delayMs).toBe(7000);
    expect(toHubUp(late, none, 9000) - 11_000).toBe(7000);
  });

  it('learns from a faster message that it had been behind', () => {
    const faster = stepHubClock(start, { up: 11_200, at: 1_700_000_011_200 }, 2000);
    expect(faster.delayMs).toBe(0);
    expect(toHubUp(faster, none, 2000)).toBe(11_200);
  });

  it('forgets within two minutes, so that a hub whose clock runs slower is not taken for delayed', () => {
    let clock = start;
    for (let running = 2000; running <= 400_000; running += 1000) {
      clock = stepHubClock(clock, { up: 9000 + running * 0.999, at: 0 }, running);
    }
    expect(clock.delayMs).toBeLessThan(130);
  });
});
