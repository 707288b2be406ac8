import type { Lsn } from '@phloem/protocol';
import type { LogMark, SealedMark } from './store-disk.ts';

/**
 * How many bytes the log holds from an entry on: the files of its segments, and of the rows after them the text.
 *
 * @param from the entry; in a segment, all of that segment counts.
 * @param offset where the text of the next entry begins.
 */
export function toStoredBytes(marks: readonly SealedMark[], from: LogMark, offset: number): number {
  const sealed = marks.reduce((sum, { lsn, bytes }) => (lsn >= from.lsn ? sum + bytes : sum), 0);
  return sealed + offset - Math.max(from.offset, marks.at(-1)?.offset ?? 0);
}

/** The newest sealed entry that has to go so that all after it take at most `maxBytes`; 0 when none has to. */
export function findOversize(marks: readonly SealedMark[], offset: number, maxBytes: number): Lsn {
  let held = offset - (marks.at(-1)?.offset ?? offset);
  for (const { lsn, bytes } of marks.toReversed()) {
    held += bytes;
    if (held > maxBytes) return lsn;
  }
  return 0;
}
