import type { Entry, Lsn } from '@phloem/protocol';
import type { ReadLimit } from './frame-log.ts';

/** The newest entries of the log, in memory, so that live readers never touch the disk. Its numbers have no holes. */
export interface TailRing {
  /** The oldest number that is held; `null` when nothing is. */
  readonly first: Lsn | null;
  /** Adds the entry that follows the newest; `bytes` is the length of its text. Gives up the oldest for it. */
  push(entry: Entry, bytes: number): void;
  /** The entries after `after`; `null` when the first of them is not held. */
  read(after: Lsn, limit: ReadLimit): readonly Entry[] | null;
  /** Forgets the entries past `head`: they were never written. */
  dropAfter(head: Lsn): void;
}

/**
 * What an entry costs on the heap, from the length of its text: measured at 140 bytes for a pulse, 430 for a frame of
 * 3 readings (228 characters), 1,000 for one of 12 (695), 580 for a device state (333); rounded up.
 */
export const toHeapBytes = (textBytes: number): number => 150 + 1.5 * textBytes;

/** Makes a ring that holds at most `bytes` of heap, and always the newest entry. */
export function createTailRing(bytes: number): TailRing {
  let items: { readonly entry: Entry; readonly bytes: number }[] = [];
  let start = 0;
  let held = 0;

  const release = (): void => {
    while (held > bytes && items.length - start > 1) {
      held -= toHeapBytes(items[start]?.bytes ?? 0);
      start += 1;
    }
    // Moving the rest down only once half of the array is empty keeps the cost per entry constant.
    if (start > 512 && start * 2 > items.length) {
      items = items.slice(start);
      start = 0;
    }
  };

  return {
    get first() {
      return items[start]?.entry.lsn ?? null;
    },
    push: (entry, size) => {
      items.push({ entry, bytes: size });
      held += toHeapBytes(size);
      release();
    },
    read: (after, limit) => {
      const first = items[start]?.entry.lsn;
      if (first === undefined || after + 1 < first) return null;
      const found: Entry[] = [];
      let size = 0;
      for (let index = start + after + 1 - first; index < items.length && found.length < limit.entries; index += 1) {
        const item = items[index];
        if (item === undefined || (found.length > 0 && size + item.bytes > limit.bytes)) break;
        found.push(item.entry);
        size += item.bytes;
      }
      return found;
    },
    dropAfter: (head) => {
      while (items.length > start && (items.at(-1)?.entry.lsn ?? 0) > head) {
        held -= toHeapBytes(items.pop()?.bytes ?? 0);
      }
    },
  };
}
