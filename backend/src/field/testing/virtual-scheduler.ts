import { Subscription, type SchedulerAction, type SchedulerLike } from 'rxjs';

/** A clock that stands still until a test advances it. */
export type VirtualScheduler = SchedulerLike & {
  /** Goes to the next thing that is due and does it; false when nothing is due any more. */
  advance(): boolean;
  /** Holds everything up for so long: what falls due meanwhile is late, as when this process is busy. */
  stall(ms: number): void;
};

type Task = { readonly at: number; readonly work: () => void };

/** Makes a clock for tests of everything that takes its time from a scheduler. Begins at 0. */
export const createVirtualScheduler = (): VirtualScheduler => {
  let now = 0;
  let tasks: readonly Task[] = [];
  const schedule = <S>(work: (this: SchedulerAction<S>, state?: S) => void, delay = 0, first?: S): Subscription => {
    let task: Task | null = null;
    const forget = (): void => {
      tasks = tasks.filter((other) => other !== task);
    };
    const own = new Subscription(forget);
    // What repeats itself asks for its next turn by this.
    const plan = (state: S | undefined, pause = 0): Subscription => {
      if (own.closed) return own;
      task = { at: now + pause, work: () => work.call(action, state) };
      const planned = task;
      const index = tasks.findIndex((other) => other.at > planned.at);
      tasks = index < 0 ? [...tasks, planned] : tasks.toSpliced(index, 0, planned);
      return own;
    };
    const action: SchedulerAction<S> = Object.assign(own, { schedule: plan });
    return plan(first, delay);
  };
  return {
    now: () => now,
    schedule,
    advance: () => {
      const [next, ...later] = tasks;
      if (next === undefined) return false;
      tasks = later;
      now = Math.max(now, next.at);
      next.work();
      return true;
    },
    stall: (ms) => {
      now += ms;
    },
  };
};
