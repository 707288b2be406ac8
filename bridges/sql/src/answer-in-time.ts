import { Fault } from '@phloem/protocol';
import { firstValueFrom, map, merge, take, timer, type SchedulerLike } from 'rxjs';

/**
 * The answer of a database, if it is read in time: a client over a connection that carries nothing any more does not answer
 * by itself. The clock decides, not the timer: a process that was held up reads the answer first, and what the database said
 * long ago would pass for what it says now.
 *
 * @throws Fault `bridge/unreachable` when the answer is late, and what the database itself answers with.
 */
export const answerInTime = async <T>(asked: Promise<T>, limitMs: number, clock: SchedulerLike): Promise<T> => {
  const until = clock.now() + limitMs;
  const toFault = (): Fault => new Fault('bridge/unreachable', `the database did not answer within ${limitMs} ms`);
  const late$ = timer(limitMs, clock).pipe(
    map((): T => {
      throw toFault();
    }),
  );
  const answer = await firstValueFrom(merge(asked, late$).pipe(take(1)));
  if (clock.now() > until) throw toFault();
  return answer;
};
