import { Fault, type Entry, type EntryBatch, type Lsn } from '@phloem/protocol';
import { isCount, isObject, isReceivedEntry, isText, readEntry, type ReceivedEntry } from './read-entry.ts';

/** What entries are read as, by their numbers, where that is not what was received; null for those that are left out. */
export type ReadOtherwise = ReadonlyMap<Lsn, Entry | null>;

/** A batch that may be believed, and roughly how many bytes it took, for the pace of commits. */
export type ParsedBatch = {
  readonly batch: Omit<EntryBatch, 'entries'> & { readonly entries: readonly ReceivedEntry[] };
  readonly bytes: number;
  /** Undefined where every entry is read as it was received. */
  readonly otherwise: ReadOtherwise | undefined;
};

const bytesPerEntry = 140;
const bytesPerReading = 60;

const sizeOf = (entry: ReceivedEntry): number => {
  let size = bytesPerEntry;
  if (entry.kind === 'sensor') for (const _ in entry['readings'] as object) size += bytesPerReading;
  return size;
};

const refuse = (what: string): never => {
  throw new Fault('protocol/invalid', `entries: ${what}`);
};

/**
 * Validates a batch: everything that the readers of its entries rely on is there. Entries are most of what a link takes in, and where code
 * may not be generated from strings a schema's check takes some 25 µs an entry, which alone would hold a catch-up
 * below 40,000 entries a second. This one takes a fiftieth of that.
 *
 * It reads as `createOpenParse` does: a member or a kind that nobody knows passes, and so does a text or number beyond the limits
 * that the hub keeps.
 *
 * @throws Fault `protocol/invalid` with the first thing that does not fit.
 */
export const parseBatch = (payload: unknown): ParsedBatch => {
  if (!isObject(payload)) return refuse('not an object');
  const { sub, epoch, prev, last, entries } = payload;
  if (!isText(sub) || !isText(epoch)) return refuse('sub and epoch must be texts');
  if (!isCount(prev) || !isCount(last) || prev > last) return refuse('prev and last must be numbers in order');
  if (!Array.isArray(entries) || entries.length > 4096) return refuse('entries must be a list of at most 4096');
  let before = prev;
  let bytes = 0;
  let otherwise: Map<Lsn, Entry | null> | undefined;
  for (const entry of entries as readonly unknown[]) {
    if (!isReceivedEntry(entry)) return refuse('an entry without lsn, at, up and kind');
    const { lsn } = entry;
    if (lsn <= before || lsn > last) return refuse(`entry ${lsn} is out of order`);
    const read = readEntry(entry);
    if (read === undefined) return refuse(`entry ${lsn} is no ${entry.kind} entry`);
    if (read !== entry) (otherwise ??= new Map()).set(lsn, read);
    before = lsn;
    bytes += sizeOf(entry);
  }
  return { batch: payload as unknown as ParsedBatch['batch'], bytes, otherwise };
};

/**
 * Validates a list of entries, as HTTP answers it, and gives those that this version understands.
 *
 * @throws Fault `net/answer` when one is no entry.
 */
export const parseEntries = (list: unknown): readonly Entry[] => {
  if (!Array.isArray(list)) throw new Fault('net/answer', 'entries must be a list');
  return (list as readonly unknown[]).flatMap((entry) => {
    const read = isReceivedEntry(entry) ? readEntry(entry) : undefined;
    if (read === undefined) throw new Fault('net/answer', 'the log holds an entry that cannot be read');
    return read === null ? [] : [read];
  });
};
