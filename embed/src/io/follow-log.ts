import type { Entry, Lsn } from '@phloem/protocol';
import { Observable } from 'rxjs';

/** What is read of a log. */
type ReadableLog = {
  readonly head: Lsn;
  read(after: Lsn, limit: { readonly entries: number; readonly bytes: number }): readonly Entry[];
  readonly head$: Observable<Lsn>;
};

const batch = { entries: 256, bytes: 1024 * 1024 } as const;

/**
 * Every entry after `after`, once and in order: stored ones first, then each new one. Entries are emitted in a turn of the event loop of
 * their own, never within the append that writes them, so that no subscriber runs inside a transaction of the hub.
 */
export const followLog = (log: ReadableLog, after: Lsn): Observable<Entry> =>
  new Observable((subscriber) => {
    let cursor = after;
    let due: NodeJS.Immediate | null = null;
    const plan = (): void => {
      due ??= setImmediate(read);
    };
    const read = (): void => {
      due = null;
      for (const entry of log.read(cursor, batch)) {
        if (subscriber.closed) return;
        cursor = entry.lsn;
        subscriber.next(entry);
      }
      if (cursor < log.head) plan();
    };
    const waiting = log.head$.subscribe(plan);
    if (cursor < log.head) plan();
    return () => {
      waiting.unsubscribe();
      if (due !== null) clearImmediate(due);
    };
  });
