import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { faults, isFault, type FaultCode } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { HubStore } from '../hub-store.ts';
import { createStillClock } from '../testing/store-bench.ts';
import { diskInvariants } from './sqlite-disk.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { newFolder } from './testing/new-folder.ts';

const open = (path: string, bootId = 'boot'): HubStore =>
  openSqliteStore({ path, clock: createStillClock().clock, random: Math.random, bootId });

/** Opens a copy as the original is opened: as if it had been put back in its place, under the number that the original had. */
const openInPlace = (path: string): HubStore =>
  openSqliteStore({
    path,
    clock: createStillClock().clock,
    random: Math.random,
    bootId: 'boot',
    hands: { ...diskInvariants, toFileIdentity: () => 'in place' },
  });

/** The code of the fault that `work` ends with, and its message. */
function toFault(work: () => unknown): { readonly code: FaultCode; readonly message: string } {
  try {
    work();
  } catch (error) {
    if (isFault(error)) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

/** A page of the file that holds entries, and which. */
type Leaf = { readonly offset: number; readonly from: number; readonly to: number };

/** The pages that hold the entries, in the order of these: where in the file they lie is SQLite's choice. */
function toLeaves(database: DatabaseSync): readonly Leaf[] {
  const pages = database.prepare("SELECT pgoffset, ncell FROM dbstat WHERE name = 'entries' AND pagetype = 'leaf' ORDER BY path").all();
  let to = 0;
  return pages.map(({ pgoffset, ncell }) => {
    const from = to + 1;
    to += Number(ncell);
    return { offset: Number(pgoffset), from, to };
  });
}

/** Copies the files by a process of its own, as a kill would leave them: a plain close of `hub.db` here drops SQLite's locks. */
const copyData = (from: string, to: string): void => void execFileSync('cp', ['-R', `${from}/.`, to]);

describe('opening the store in SQLite', () => {
  it('refuses a second hub on the same data, says what to do, and leaves the first one alone', () => {
    const path = join(newFolder(), 'hub.db');
    const first = open(path);
    const fault = toFault(() => open(path));
    expect(fault.code).toBe('store/locked');
    expect(fault.message).toMatch(/Another hub uses the data .* --data/);
    expect(first.log.append([{ kind: 'pulse' }])).toHaveLength(1);
    first.close();
    const second = open(path);
    expect(second.log.head).toBe(1);
    second.close();
  });

  it('refuses a second process on the same data', () => {
    const path = join(newFolder(), 'hub.db');
    const first = open(path);
    const script = `import { DatabaseSync } from 'node:sqlite';
      const lock = new DatabaseSync(process.argv[1], { timeout: 0 });
      try { lock.exec('BEGIN EXCLUSIVE'); console.log('taken'); } catch (error) { console.log(error.errcode); }`;
    const answer = execFileSync(process.execPath, ['--input-type=module', '-e', script, path.replace('.db', '.lock')], {
      encoding: 'utf8',
    });
    expect(answer.trim()).toBe('5');
    first.close();
  });

  it('refuses a folder that cannot be written', () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'file'), '');
    const fault = toFault(() => open(join(folder, 'file', 'hub.db')));
    expect(fault.code).toBe('store/unwritable');
    expect(fault.message).toContain(join(folder, 'file'));
  });

  it('refuses a database of a newer version, and does not touch it', () => {
    const path = join(newFolder(), 'hub.db');
    open(path).close();
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 99');
    database.close();
    const fault = toFault(() => open(path));
    expect(fault.code).toBe('store/newer');
    expect(fault.message).toMatch(/newer version/);
    expect(faults[fault.code].retry).toBe(false);
    // It is free again for the version that can read it.
    const again = new DatabaseSync(path, { readOnly: true });
    expect(again.prepare('PRAGMA user_version').get()).toEqual({ user_version: 99 });
    again.close();
  });

  it('sets a file aside that is no database', () => {
    const path = join(newFolder(), 'hub.db');
    const letter = 'this is not a database, it is a letter that somebody saved under this name, and long enough at that';
    writeFileSync(path, letter);
    const store = open(path);
    expect(store.log.head).toBe(0);
    store.close();
    const kept = readdirSync(join(path, '..')).find((name) => name.startsWith('hub.db.damaged-'));
    expect(readFileSync(join(path, '..', kept ?? ''), 'utf8')).toBe(letter);
  });

  it('[EV6] begins a new epoch when the write-ahead log was removed behind its back', () => {
    const [folder, copy] = [newFolder(), newFolder()];
    const store = openInPlace(join(folder, 'hub.db'));
    for (let count = 0; count < 20; count += 1) store.log.append([{ kind: 'pulse' }]);
    copyData(folder, copy);
    rmSync(join(copy, 'hub.db-wal'));
    const found = openInPlace(join(copy, 'hub.db'));
    expect(found.log.head).toBeLessThan(20);
    expect(found.log.epoch).not.toBe(store.log.epoch);
    found.close();
    store.close();
  });

  it('[EV6] keeps everything or begins a new epoch, wherever the write-ahead log was cut while the machine stayed up', () => {
    const [folder, bare] = [newFolder(), newFolder()];
    const store = openInPlace(join(folder, 'hub.db'));
    const { epoch } = store.log;
    for (let count = 0; count < 8; count += 1) store.log.append([{ kind: 'pulse' }]);
    copyData(folder, bare);
    store.close();
    const size = statSync(join(bare, 'hub.db-wal')).size;
    const seen = new Set<boolean>();
    for (let length = size; length >= 0; length -= 9973) {
      const copy = newFolder();
      copyData(bare, copy);
      truncateSync(join(copy, 'hub.db-wal'), length);
      const found = openInPlace(join(copy, 'hub.db'));
      const isWhole = found.log.head === 8;
      seen.add(isWhole);
      expect(found.log.epoch === epoch).toBe(isWhole);
      expect(found.log.read(0, { entries: 99, bytes: 1e6 }).map(({ lsn }) => lsn)).toEqual(
        Array.from({ length: found.log.head }, (_, index) => index + 1),
      );
      expect(found.log.append([{ kind: 'pulse' }])[0]?.lsn).toBe(found.log.head);
      found.close();
    }
    expect(seen).toEqual(new Set([true, false]));
  });

  it('[EV2] begins a new epoch in a copy of the folder, whether the original was stopped or goes on', () => {
    const [folder, copy, later] = [newFolder(), newFolder(), newFolder()];
    const store = open(join(folder, 'hub.db'));
    const { epoch } = store.log;
    for (let count = 0; count < 5; count += 1) store.log.append([{ kind: 'pulse' }]);
    copyData(folder, copy);
    const twin = open(join(copy, 'hub.db'));
    expect(twin.log.head).toBe(5);
    expect(twin.log.epoch).not.toBe(epoch);
    expect(twin.log.lineage).toEqual([{ epoch, end: 5 }]);
    twin.close();
    store.close();
    copyData(folder, later);
    const restored = open(join(later, 'hub.db'));
    expect(restored.log.epoch).not.toBe(epoch);
    restored.close();
    const again = open(join(folder, 'hub.db'));
    expect(again.log.epoch).toBe(epoch);
    again.close();
  });

  it('[EV5] says rows that were damaged on disk with a gap, and goes on', () => {
    const path = join(newFolder(), 'hub.db');
    const store = open(path);
    for (let count = 0; count < 6; count += 1)
      store.log.append([{ kind: 'note', by: { kind: 'hub' }, about: 'count', text: String(count) }]);
    store.close();
    const database = new DatabaseSync(path);
    database.exec(`UPDATE entries SET body = replace(body, '"2"', '"7"') WHERE lsn = 3; DELETE FROM entries WHERE lsn = 4`);
    database.close();
    const again = open(path);
    const entries = again.log.read(0, { entries: 99, bytes: 1e6 });
    expect(entries.map(({ lsn, kind }) => [lsn, kind])).toEqual([
      [1, 'note'],
      [2, 'note'],
      [4, 'gap'],
      [5, 'note'],
      [6, 'note'],
    ]);
    expect(again.log.epoch).toBe(store.log.epoch);
    again.close();
  });

  it.each([7, 500])('[EV5] says pages that cannot be read with a gap, reading %i entries at a time', (entries) => {
    const path = join(newFolder(), 'hub.db');
    const store = open(path);
    for (let count = 1; count <= 4000; count += 1)
      store.log.append([{ kind: 'note', by: { kind: 'hub' }, about: 'count', text: 'x'.repeat(200) }]);
    store.close();
    // The thread that moves the log may close the file last, and then leaves its log behind.
    const mover = new DatabaseSync(path, { timeout: 5000 });
    mover.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const leaves = toLeaves(mover);
    mover.close();
    // One alone, and two that follow one another elsewhere.
    const [alone, first, second] = [20, 60, 61].map((n) => leaves[n]);
    if (alone === undefined || first === undefined || second === undefined) throw new Error(`the log has only ${leaves.length} pages`);
    const file = openSync(path, 'r+');
    for (const { offset } of [alone, first, second]) writeSync(file, Buffer.alloc(4096, 0xaa), 0, 4096, offset);
    closeSync(file);
    const again = open(path);
    let covered = 0;
    const gaps: (readonly [number, number])[] = [];
    for (let next = again.log.read(0, { entries, bytes: 1e6 }); next.length > 0; next = again.log.read(covered, { entries, bytes: 1e6 })) {
      for (const entry of next) {
        const from = entry.kind === 'gap' ? entry.from : entry.lsn;
        expect(from).toBe(covered + 1);
        if (entry.kind === 'gap') gaps.push([from, entry.to]);
        covered = entry.lsn;
      }
    }
    expect(covered).toBe(4000);
    expect(gaps).toEqual([
      [alone.from, alone.to],
      [first.from, second.to],
    ]);
    again.close();
  });

  it('[EV6] begins a new epoch when the newest entry was damaged', () => {
    const path = join(newFolder(), 'hub.db');
    const store = open(path);
    store.log.append([{ kind: 'pulse' }, { kind: 'pulse' }]);
    store.close();
    const database = new DatabaseSync(path);
    database.exec(`UPDATE entries SET up = up + 1 WHERE lsn = 2`);
    database.close();
    const again = open(path);
    expect(again.log.lineage).toEqual([{ epoch: store.log.epoch, end: 2 }]);
    expect(again.log.append([{ kind: 'pulse' }])[0]?.lsn).toBe(3);
    again.close();
  });

  it('[IN12] lets the write-ahead log start over while entries keep coming, and removes it at a stop', async () => {
    const path = join(newFolder(), 'hub.db');
    const store = open(path);
    const watcher = new DatabaseSync(path);
    const text = 'x'.repeat(4000);
    let pages = 0;
    for (let before = -1; pages > before;) {
      before = pages;
      for (let count = 0; count < 8; count += 1) store.log.append([{ kind: 'note', by: { kind: 'hub' }, about: 'size', text }]);
      await new Promise((resolve) => setImmediate(resolve));
      // NOOP only looks: https://sqlite.org/pragma.html#pragma_wal_checkpoint
      pages = Number(watcher.prepare('PRAGMA wal_checkpoint(NOOP)').get()?.['log']);
    }
    expect(pages).toBeLessThan(1000);
    expect(store.log.read(0, { entries: 1, bytes: 1 })[0]?.lsn).toBe(1);
    watcher.close();
    store.close();
    // A checkpoint may be under way at the stop: then the thread that makes it is the last to close, and removes the log.
    await expect.poll(() => existsSync(`${path}-wal`), { timeout: 30_000 }).toBe(false);
  });
});
