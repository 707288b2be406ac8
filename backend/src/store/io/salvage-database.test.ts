import { closeSync, existsSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createStillClock } from '../testing/store-bench.ts';
import type { HubStore } from '../hub-store.ts';
import { findDamage } from './check-database.ts';
import { salvageDatabase } from './salvage-database.ts';
import { diskInvariants, type DiskInvariants } from './sqlite-disk.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { newFolder } from './testing/new-folder.ts';

/** Without the thread that moves the write-ahead log: it may hold the file for a moment after the store is closed. */
const hands: DiskInvariants = { ...diskInvariants, createCheckpointer: () => ({ start: () => undefined, close: () => undefined }) };

let calls = 0;
const open = (path: string): HubStore =>
  openSqliteStore({ path, clock: createStillClock().clock, random: () => (calls++ % 61) / 61, bootId: 'boot', hands });

/** A database of 3,000 entries, a document and a cursor, with all of it in the file. */
const makeDatabase = (): { readonly path: string; readonly epoch: string } => {
  const path = join(newFolder(), 'hub.db');
  const store = open(path);
  const { epoch } = store.log;
  store.documents.put('a'.repeat(64), '{"kind":"Rule"}');
  store.cursors.set('flower_room', { epoch, lsn: 7 });
  for (let count = 1; count <= 3000; count += 1)
    store.log.append([{ kind: 'note', by: { kind: 'hub' }, about: 'count', text: 'x'.repeat(100) }]);
  store.close();
  return { path, epoch };
};

const overwrite = (path: string, at: number, bytes: Buffer): void => {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
};

describe('salvaging a damaged database', () => {
  it('finds no damage in a sound one', () => {
    expect(findDamage(makeDatabase().path)).toBeNull();
  });

  it('saves every row outside of the damaged pages, keeps the damaged file, and begins a new epoch', () => {
    const { path, epoch } = makeDatabase();
    const before = readFileSync(path);
    for (const page of [30, 31, 60]) overwrite(path, page * 4096, Buffer.alloc(4096, 0xaa));
    expect(findDamage(path)).not.toBeNull();
    const saved = salvageDatabase(path, 'damaged');
    expect(saved).toMatchObject({ first: 1, last: 3000, kept: `${path}.damaged` });
    expect(saved.lost).toBeGreaterThan(0);
    expect(saved.lost).toBeLessThan(100);
    expect(statSync(saved.kept).size).toBe(before.length);
    expect(findDamage(path)).toBeNull();
    const store = open(path);
    expect(store.log.lineage).toEqual([{ epoch, end: 3000 }]);
    expect(store.log.head).toBe(3000);
    expect(store.documents.get('a'.repeat(64))).toBe('{"kind":"Rule"}');
    expect(store.cursors.get('flower_room')).toEqual({ epoch, lsn: 7 });
    store.close();
  });

  it('saves the rows though the page with the names of the tables is damaged', () => {
    const { path } = makeDatabase();
    overwrite(path, 100, Buffer.alloc(3996, 0x5d));
    expect(findDamage(path)).not.toBeNull();
    expect(salvageDatabase(path, 'damaged')).toMatchObject({ entries: 3000, lost: 0 });
    expect(findDamage(path)).toBeNull();
  });

  it('puts an empty log in the place of a file that is no database at all', () => {
    const path = join(newFolder(), 'hub.db');
    writeFileSync(path, 'this is not a database, it is a letter that somebody saved under this name, and long enough at that');
    expect(salvageDatabase(path, 'damaged')).toMatchObject({ entries: 0, first: null, last: null });
    const store = open(path);
    expect(store.log.head).toBe(0);
    store.close();
    expect(existsSync(`${path}.damaged`)).toBe(true);
  });

  it.each([1, 2, 3, 4, 5, 6])('leaves a sound database of one with 2,000 bytes of rubbish spread over it (seed %i)', (seed) => {
    const { path } = makeDatabase();
    const { size } = statSync(path);
    let state = seed;
    const next = (): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return state / 0x80000000;
    };
    // On every second page, so that a page is hit some forty times or not at all.
    for (let count = 0; count < 2000; count += 1) {
      const page = Math.floor((next() * size) / 8192) * 2;
      overwrite(path, Math.min(size - 1, page * 4096 + Math.floor(next() * 4096)), Buffer.from([Math.floor(next() * 256)]));
    }
    const saved = salvageDatabase(path, 'damaged');
    expect(findDamage(path)).toBeNull();
    const store = open(path);
    expect(store.log.append([{ kind: 'pulse' }])[0]?.lsn).toBe((saved.last ?? 0) + 1);
    store.close();
  });
});
