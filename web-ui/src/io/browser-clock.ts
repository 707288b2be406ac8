import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { startRunningClock, stepRunningClock } from '../clock/running-clock.ts';

/** The browser's clocks: its running time, which no sleep and no setting of the clock sets back, and its wall clock. */
export type BrowserClock = { readonly running: () => number; readonly wall: () => number; readonly scheduler: SchedulerLike };

export const createBrowserClock = (): BrowserClock => {
  const read = () => ({ monotonic: performance.now(), wall: Date.now() });
  let clock = startRunningClock(read());
  const running = (): number => {
    clock = stepRunningClock(clock, read());
    return clock.running;
  };
  const schedule: SchedulerLike['schedule'] = asyncScheduler.schedule.bind(asyncScheduler);
  return {
    running,
    wall: () => Date.now(),
    scheduler: { now: running, schedule },
  };
};
