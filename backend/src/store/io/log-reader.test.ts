import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createStillClock } from '../testing/store-bench.ts';
import { openLogReader } from './log-reader.ts';
import { diskInvariants, type DiskInvariants } from './sqlite-disk.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { newFolder } from './testing/new-folder.ts';

const hands: DiskInvariants = { ...diskInvariants, createCheckpointer: () => ({ start: () => undefined, close: () => undefined }) };
const slice = { entries: 2048, bytes: 1024 * 1024 };

/** A page of a table that holds rows, and one that names other pages. */
const [leaf, interior] = [0x0d, 0x05];

/** A log of entries in a file, of which a part of the pages is overwritten. */
const makeDamaged = (count: number, from: number, to: number, kind = leaf): string => {
  const path = join(newFolder(), 'hub.db');
  const store = openSqliteStore({ path, clock: createStillClock().clock, random: () => 0.5, bootId: 'boot', hands });
  const note = { kind: 'note', by: { kind: 'hub' }, about: 'count', text: 'x'.repeat(100) } as const;
  for (let written = 0; written < count; written += 500) store.log.append(Array.from({ length: 500 }, () => note));
  store.close();
  const pages = statSync(path).size / 4096;
  const [first, last] = [Math.floor(pages * from), Math.floor(pages * to)];
  const found = readFileSync(path);
  const file = openSync(path, 'r+');
  // Of one kind alone: a page that names others takes all of those with it, wherever they are.
  for (let page = first; page < last; page += 1)
    if (found[page * 4096] === kind) writeSync(file, Buffer.alloc(4096, 0xaa), 0, 4096, page * 4096);
  closeSync(file);
  return path;
};

/** Everything that is read, slice by slice; ends where a read brings nothing. */
const readAll = (path: string) => {
  const log = openLogReader(path);
  const { first, head } = log.bounds();
  const entries: Entry[] = [];
  for (let after = first - 1; after < head;) {
    const read = log.read(after, slice, first);
    if (read.length === 0) break;
    entries.push(...read);
    after = read.at(-1)?.lsn ?? head;
  }
  log.close();
  return { head, entries };
};

const numbers = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const toLength = ({ from, to }: { readonly from: number; readonly to: number }): number => to - from + 1;

describe('a log that another thread reads, with damage', () => {
  it.each([
    ['for more than a whole slice', 12_000, 0.3, 0.7],
    ['for so long that it is passed over', 36_000, 0.1, 0.8],
    ['from its beginning', 12_000, 0.05, 0.6],
  ])('[EV5] goes on behind it, and says the gap: %s', (_name, count, from, to) => {
    const { head, entries } = readAll(makeDamaged(count, from, to));
    expect(head).toBe(count);
    const gaps = entries.flatMap((entry) => (entry.kind === 'gap' ? [entry] : []));
    // Each number once, in order: as an entry, or in a gap that ends with its own number.
    const covered = entries.flatMap((entry) => (entry.kind === 'gap' ? numbers(entry.from, entry.to) : [entry.lsn]));
    expect(covered).toEqual(numbers(1, count));
    expect(gaps.map(({ lsn }) => lsn)).toEqual(gaps.map(({ to: last }) => last));
    expect(Math.max(...gaps.map(toLength))).toBeGreaterThan(slice.entries);
    // What can be read is read: no more is missing than the pages that were overwritten, and those at their edges.
    const missing = gaps.reduce((sum, gap) => sum + toLength(gap), 0);
    expect(missing / count).toBeLessThan(to - from + 0.05);
  });

  it('names the file and what to do where the pages that name others are damaged', () => {
    const path = makeDamaged(12_000, 0, 1, interior);
    const log = openLogReader(path);
    const damaged = expect.objectContaining({ code: 'store/damaged', message: expect.stringContaining(path) as string }) as Error;
    expect(() => log.bounds()).toThrow(damaged);
    log.close();
  });
});
