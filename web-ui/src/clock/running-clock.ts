/** What a browser can read: its monotonic clock, which some systems stop while they sleep, and its wall clock. */
export type ClockReading = { readonly monotonic: number; readonly wall: number };

/** The browser's own running time in milliseconds; goes on through sleep, never goes back. */
export type RunningClock = { readonly running: number; readonly reading: ClockReading };

/** A difference of the two clocks that is no drift. */
const leapMs = 1000;

/** The clock at its first reading. */
export const startRunningClock = (reading: ClockReading): RunningClock => ({ running: 0, reading });

/**
 * Takes a new reading. The longer of the two differences counts when they disagree by more than a second: a number
 * that is taken for older than it is does no harm, one that is taken for younger does.
 */
export const stepRunningClock = (clock: RunningClock, reading: ClockReading): RunningClock => {
  const monotonic = Math.max(0, reading.monotonic - clock.reading.monotonic);
  const wall = reading.wall - clock.reading.wall;
  return { running: clock.running + (wall - monotonic > leapMs ? wall : monotonic), reading };
};
