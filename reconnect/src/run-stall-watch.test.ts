import { Subscription, type SchedulerLike } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { openStallWatch } from './run-stall-watch.ts';

/** A clock whose timers run only where the test lets them. */
const setUp = () => {
  let now = 10_000;
  let run = (): void => undefined;
  const scheduler: SchedulerLike = {
    now: () => now,
    schedule: (work, _delay, state) => {
      const own = new Subscription();
      const action = Object.assign(own, { schedule: () => own });
      run = () => own.closed || work.call(action, state as never);
      return own;
    },
  };
  const watch = openStallWatch(() => now, scheduler);
  return {
    watch,
    pass: (ms: number) => {
      now += ms;
    },
    tick: () => run(),
  };
};

describe('a stall of this process', () => {
  it('is none while the timers run', () => {
    const { watch, pass, tick } = setUp();
    for (let count = 0; count < 10; count += 1) {
      pass(900);
      tick();
      expect(watch.waitedMs()).toBe(0);
    }
  });

  it.each([['the data comes first', false] as const, ['the timer comes first', true] as const])(
    'counts for what is read right after it, where %s',
    (_order, isTimerFirst) => {
      const { watch, pass, tick } = setUp();
      pass(400);
      expect(watch.waitedMs()).toBe(0);
      pass(60_000);
      if (isTimerFirst) tick();
      expect(watch.waitedMs()).toBe(60_000);
      pass(200);
      expect(watch.waitedMs()).toBe(60_200);
      pass(801);
      expect(watch.waitedMs()).toBe(0);
    },
  );

  it('is watched no more once closed', () => {
    const { watch, pass, tick } = setUp();
    watch.close();
    pass(60_000);
    tick();
    expect(watch.waitedMs()).toBe(60_000);
  });
});
