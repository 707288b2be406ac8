import type { SimulatorClock } from '../simulator-clock.ts';

/** The clocks of this machine. */
export const systemClock: SimulatorClock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  schedule(delayMs, work) {
    const timer = setTimeout(work, delayMs);
    return () => clearTimeout(timer);
  },
};
