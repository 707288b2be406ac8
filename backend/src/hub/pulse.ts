import { exhaustMap, from, interval, tap, type Observable, type SchedulerLike } from 'rxjs';
import type { HubStore } from '../store/hub-store.ts';

/** How often the log says that time has passed. */
const pulseMs = 1000;

/**
 * Appends a pulse every second, and has what was written until then put on disk. A sync that takes long answers for the
 * pulses that come meanwhile; they wait for nothing, or a burst of them would follow.
 */
export const createPulse = ({
  store,
  scheduler,
}: {
  readonly store: Pick<HubStore, 'log' | 'sync'>;
  readonly scheduler: SchedulerLike;
}): Observable<unknown> =>
  interval(pulseMs, scheduler).pipe(
    tap(() => store.log.append([{ kind: 'pulse' }])),
    exhaustMap(() => from(store.sync())),
  );
