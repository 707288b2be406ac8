import { Subscription, type SchedulerLike } from 'rxjs';

/** A clock that stands until it is told to go on. */
export type VirtualScheduler = SchedulerLike & {
  /** Goes to the next thing that is due and does it; false when nothing is due any more. */
  advance(): boolean;
};

type Task = { readonly at: number; readonly work: () => void };

/** Makes a clock for tests of everything that takes its time from a scheduler. Begins at 0. */
export const createVirtualScheduler = (): VirtualScheduler => {
  let now = 0;
  let tasks: readonly Task[] = [];
  const schedule = (work: () => void, delay = 0): Subscription => {
    const task = { at: now + delay, work };
    const index = tasks.findIndex((other) => other.at > task.at);
    tasks = index < 0 ? [...tasks, task] : tasks.toSpliced(index, 0, task);
    return new Subscription(() => {
      tasks = tasks.filter((other) => other !== task);
    });
  };
  return {
    now: () => now,
    // What is scheduled here takes no state and never schedules itself anew.
    schedule: schedule as SchedulerLike['schedule'],
    advance: () => {
      const [next, ...later] = tasks;
      if (next === undefined) return false;
      tasks = later;
      now = next.at;
      next.work();
      return true;
    },
  };
};
