import { Observable, Subject } from 'rxjs';

/** Keeps what comes until somebody reads it; in order, also when the reader's doing brings in more. */
export interface Mailbox<T> {
  readonly items$: Observable<T>;
  push(item: T): void;
  complete(): void;
}

/** A mailbox; `handed` is called with each item after the readers have been given it. */
export const createMailbox = <T>(handed: (item: T) => void = () => undefined): Mailbox<T> => {
  const queue: T[] = [];
  const readers = new Subject<T>();
  let isHanding = false;
  let isComplete = false;

  const hand = (): void => {
    if (isHanding) return;
    isHanding = true;
    try {
      while (readers.observed) {
        const item = queue.shift();
        if (item === undefined) break;
        readers.next(item);
        handed(item);
      }
    } finally {
      isHanding = false;
    }
    if (isComplete && queue.length === 0) readers.complete();
  };

  return {
    items$: new Observable((reader) => {
      const subscription = readers.subscribe(reader);
      hand();
      return subscription;
    }),
    push: (item) => {
      queue.push(item);
      hand();
    },
    complete: () => {
      isComplete = true;
      hand();
      readers.complete();
    },
  };
};
