import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { monotonicClock } from '@phloem/reconnect';
import type { SchedulerLike } from 'rxjs';

/** What a hub takes from the machine, but for disk, field and network. */
export type HubOutside = {
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  /** Milliseconds of a clock that is never set. */
  readonly monotonic: () => number;
  readonly scheduler: SchedulerLike;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
};

/** The clocks and the randomness of this machine. */
export const machine: HubOutside = {
  wall: Date.now,
  monotonic: () => performance.now(),
  scheduler: monotonicClock,
  random: () => randomBytes(4).readUInt32LE() / 2 ** 32,
};
