import { interval, type SchedulerLike } from 'rxjs';

/** Knows when this process was held up: stopped, suspended, or busy for long. */
export interface StallWatch {
  /**
   * For how many milliseconds what is read now may have waited for this process; 0 where it was not held up. Ask at each
   * arrival: the answer after a stall begins at the last one.
   */
  readonly waitedMs: () => number;
  readonly close: () => void;
}

const lookEveryMs = 500;
/** A busy machine holds everything up a little; only more than this counts. */
const stallMs = 2_000;
/** So long after a stall is what waited meanwhile still being read. */
const catchUpMs = 1_000;

/** Begins to watch. `now` must never be set back. The caller closes it. */
export const openStallWatch = (now: () => number, scheduler: SchedulerLike): StallWatch => {
  let seenAt = now();
  let stall: { readonly began: number; readonly ended: number } | null = null;
  const look = (at: number): void => {
    if (at - seenAt > lookEveryMs + stallMs) stall = { began: seenAt, ended: at };
    seenAt = at;
  };
  const looking = interval(lookEveryMs, scheduler).subscribe(() => look(now()));
  return {
    waitedMs: () => {
      const at = now();
      look(at);
      return stall === null || at - stall.ended > catchUpMs ? 0 : at - stall.began;
    },
    close: () => looking.unsubscribe(),
  };
};
