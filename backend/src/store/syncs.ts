import type { Lsn } from '@phloem/protocol';
import { Subject, type Observable } from 'rxjs';
import type { StoreDisk } from './store-disk.ts';

/** Batches the waits for the disk: one under way, and one that all who ask meanwhile share. */
export function createSyncs(disk: Pick<StoreDisk, 'sync'>, head: () => Lsn) {
  let durable = head();
  let isClosed = false;
  let failure: { readonly cause: unknown } | null = null;
  let running: Promise<unknown> = Promise.resolve();
  let waiting: Promise<Lsn> | null = null;
  const moves = new Subject<Lsn>();
  const reach = (lsn: Lsn): void => {
    if (lsn <= durable) return;
    durable = lsn;
    moves.next(lsn);
  };

  const begin = async (): Promise<Lsn> => {
    waiting = null;
    if (isClosed) return durable;
    // After a failed sync the kernel may have dropped the pages: a later success would prove nothing.
    if (failure !== null) throw failure.cause;
    const target = head();
    try {
      await disk.sync();
    } catch (cause) {
      failure = { cause };
      throw cause;
    }
    reach(target);
    return durable;
  };

  return {
    get durable(): Lsn {
      return durable;
    },
    /** Emits whenever `durable` has moved. */
    durable$: moves as Observable<Lsn>,
    /** Resolves with `durable` once all that was stored before the call is on disk. */
    sync: (): Promise<Lsn> => {
      if (waiting === null) {
        // It begins in a later turn of the queue, so that a transaction under way is over by then.
        waiting = running.then(begin);
        // Who waits for it learns of a failure by `waiting`; here it only has to be over.
        running = waiting.catch(() => undefined);
      }
      return waiting;
    },
    /** Somebody else has waited for the disk. */
    reached: reach,
    /** Whatever is still asked for is answered with what has been reached. */
    close: (): void => {
      isClosed = true;
      moves.complete();
    },
  };
}
