import { hours, millis, type Millis } from '@phloem/protocol';

/** The hub's two clocks. `up` never decreases along the lineage and is what every duration counts in. */
export interface HubClock {
  /** Milliseconds since 1970, by the wall clock. */
  at(): number;
  /** The hub's own running time in whole milliseconds. */
  up(): number;
}

/** The newest stored entry's times, and what is known of the run that wrote it. */
export type PastClock = {
  readonly at: number;
  readonly up: number;
  /** The machine has not been restarted since. */
  readonly isSameBoot: boolean;
  /** What `up` was ahead of the kernel's uptime during that run; null when not known. */
  readonly upMinusKernel: number | null;
};

/** The clocks of a run, with what the next run needs to go on from them. */
export type ClockAtStart = { readonly clock: HubClock; readonly upMinusKernel: number | null };

/** Makes the clocks of a run from what the last one left. */
export type HubClockFrom = (past: PastClock | null) => ClockAtStart;

/** Readings in milliseconds: the wall clock, a clock that never goes back, and the kernel's uptime at the start. */
export type ClockSources = { readonly wall: () => number; readonly monotonic: () => number; readonly kernelUptime: number };

/**
 * Makes the hub's two clocks. `up` goes on from the last run by `toTimeAway`, and never decreases. Both are whole: no decision needs
 * a part of a millisecond, and in the log it would be noise. An older log can have `up` with a fraction.
 */
export function createHubClock({ wall, monotonic, kernelUptime }: ClockSources, past: PastClock | null): ClockAtStart {
  const upAtStart = Math.ceil((past?.up ?? 0) + (past === null ? 0 : (toTimeAway(past, { wall: wall(), kernelUptime }) ?? 0)));
  const started = monotonic();
  let up = upAtStart;
  return {
    clock: {
      at: () => Math.floor(wall()),
      up: () => {
        up = Math.max(up, upAtStart + Math.floor(monotonic() - started));
        return up;
      },
    },
    upMinusKernel: upAtStart - kernelUptime,
  };
}

/**
 * How long the hub was away: by the kernel's uptime when the machine has not been restarted, otherwise by the wall
 * clock, clamped to a day. Null when the wall clock went back: then nobody knows.
 */
export function toTimeAway(past: PastClock, now: { readonly wall: number; readonly kernelUptime: number }): Millis | null {
  if (past.isSameBoot && past.upMinusKernel !== null) return millis(Math.max(0, now.kernelUptime + past.upMinusKernel - past.up));
  const away = now.wall - past.at;
  return away < 0 || !Number.isFinite(away) ? null : millis(Math.min(away, hours(24)));
}
