import { Fault } from '@phloem/protocol';
import { firstValueFrom, map, merge, take, timer, type SchedulerLike } from 'rxjs';

/**
 * An answer, if it is read in time. The clock decides, not the timer: a process that was held up reads the answer first, and an answer from
 * long ago would pass for a new one.
 *
 * @throws Fault `bridge/unreachable` when the answer is late, and what the asked one throws.
 */
export const askInTime = async <T>(asked: Promise<T>, limitMs: number, clock: SchedulerLike): Promise<T> => {
  const until = clock.now() + limitMs;
  const toFault = (): Fault => new Fault('bridge/unreachable', `no answer within ${limitMs} ms`);
  const late$ = timer(limitMs, clock).pipe(
    map((): T => {
      throw toFault();
    }),
  );
  const answer = await firstValueFrom(merge(asked, late$).pipe(take(1)));
  if (clock.now() > until) throw toFault();
  return answer;
};
