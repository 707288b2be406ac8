import { asyncScheduler, Subscription, type SchedulerLike } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { answerInTime } from './answer-in-time.ts';

/** A clock that stands still, and whose timers never run: as in a process that is held up. */
const createStalledClock = (): SchedulerLike & { stall: (ms: number) => void } => {
  let now = 5_000;
  return {
    now: () => now,
    schedule: () => new Subscription(),
    stall: (ms) => {
      now += ms;
    },
  };
};

describe('the answer of a database', () => {
  it('counts when it is read in time', async () => {
    const clock = createStalledClock();
    const asked = Promise.withResolvers<string>();
    const answer = answerInTime(asked.promise, 2_000, clock);
    clock.stall(2_000);
    asked.resolve('rows');
    expect(await answer).toBe('rows');
  });

  it('does not count when this process was held up until after the deadline, though no timer has run', async () => {
    const clock = createStalledClock();
    const asked = Promise.withResolvers<string>();
    const answer = answerInTime(asked.promise, 2_000, clock);
    clock.stall(2_001);
    asked.resolve('rows');
    await expect(answer).rejects.toMatchObject({ code: 'bridge/unreachable' });
  });

  it('ends by the timer when none comes', async () => {
    const never = new Promise<string>(() => undefined);
    await expect(answerInTime(never, 1, asyncScheduler)).rejects.toMatchObject({ code: 'bridge/unreachable' });
  });

  it('passes on the error of the database', async () => {
    const refused = Promise.reject(new Error('syntax'));
    await expect(answerInTime(refused, 1_000, asyncScheduler)).rejects.toThrow('syntax');
  });
});
