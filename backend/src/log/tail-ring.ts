import type { Entry, Lsn } from '@phloem/protocol';
import { toEntry, type StoredRow } from './decode-rows.ts';
import type { ReadLimit } from './frame-log.ts';

/** The newest entries of the log, in memory, so that live readers never touch the disk. Its numbers have no holes. */
export interface TailRing {
  /** The oldest number that is held; `null` when nothing is. */
  readonly first: Lsn | null;
  /** Adds the entry that follows the newest, with the row that it was made of. Gives up the oldest for it. */
  push(row: StoredRow, entry: Entry): void;
  /** The entries after `after`; `null` when the first of them is not held. */
  read(after: Lsn, limit: ReadLimit): readonly Entry[] | null;
  /** Forgets the entries past `head`: they were never written. */
  dropAfter(head: Lsn): void;
}

/**
 * What a row costs on the heap, from the length of its text: its text at a byte a character, and its numbers. As objects
 * a frame of ten readings would cost five times as much.
 */
export const toHeapBytes = (textBytes: number): number => 200 + textBytes;

/** The newest are kept as objects, too: anyone who is live reads no further back. */
const warm = 256;

type Item = { readonly row: StoredRow; entry: Entry | null };

/** Makes a ring that holds at most `bytes` of heap, and always the newest entry. */
export function createTailRing(bytes: number): TailRing {
  let items: Item[] = [];
  let start = 0;
  let held = 0;

  const costOf = (item: Item | undefined): number => toHeapBytes(item?.row.body.length ?? 0);

  const release = (): void => {
    while (held > bytes && items.length - start > 1) {
      held -= costOf(items[start]);
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
      return items[start]?.row.lsn ?? null;
    },
    push: (row, entry) => {
      items.push({ row, entry });
      held += toHeapBytes(row.body.length);
      const cooled = items[items.length - 1 - warm];
      if (cooled !== undefined) cooled.entry = null;
      release();
    },
    read: (after, limit) => {
      const first = items[start]?.row.lsn;
      if (first === undefined || after + 1 < first) return null;
      const found: Entry[] = [];
      let size = 0;
      for (let index = start + after + 1 - first; index < items.length && found.length < limit.entries; index += 1) {
        const item = items[index];
        if (item === undefined || (found.length > 0 && size + item.row.body.length > limit.bytes)) break;
        found.push(item.entry ?? toEntry(item.row));
        size += item.row.body.length;
      }
      return found;
    },
    dropAfter: (head) => {
      while (items.length > start && (items.at(-1)?.row.lsn ?? 0) > head) held -= costOf(items.pop());
    },
  };
}
