import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { startRunningClock, stepRunningClock } from '../running-clock.ts';

/** The browser's clocks: its running time, which no sleep and no setting of the clock sets back, and its wall clock. */
export type BrowserClock = { readonly running: () => number; readonly wall: () => number; readonly scheduler: SchedulerLike };

/** @param running - where its running time begins: that of the page, in a worker of it. */
export const createBrowserClock = (running = 0): BrowserClock => {
  const read = () => ({ monotonic: performance.now(), wall: Date.now() });
  let clock = { ...startRunningClock(read()), running };
  const readRunning = (): number => {
    clock = stepRunningClock(clock, read());
    return clock.running;
  };
  const schedule: SchedulerLike['schedule'] = asyncScheduler.schedule.bind(asyncScheduler);
  return {
    running: readRunning,
    wall: () => Date.now(),
    scheduler: { now: readRunning, schedule },
  };
};
