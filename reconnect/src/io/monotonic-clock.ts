import { asyncScheduler, type SchedulerLike } from 'rxjs';

/**
 * The process's running time, with real timers: what a link takes as its clock. RxJS's own `asyncScheduler` reports the
 * wall clock's time, which jumps when somebody sets it.
 */
export const monotonicClock: SchedulerLike = {
  now: () => performance.now(),
  schedule: asyncScheduler.schedule.bind(asyncScheduler),
};
