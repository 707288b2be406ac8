import type { PlantClock } from '../plant-clock.ts';

/** The clocks of this machine. */
export const systemClock: PlantClock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  schedule(delayMs, work) {
    const timer = setTimeout(work, delayMs);
    return () => clearTimeout(timer);
  },
};
