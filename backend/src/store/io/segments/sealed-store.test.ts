import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { reasonOf, textReason, type EntryDraft } from '@phloem/protocol';
import { describe, expect, it, vi } from 'vitest';
import { openHubStore } from '../../open-hub-store.ts';
import { openLogReader } from '../log-reader.ts';
import { forgetMissing, repairWhereNeeded } from '../repair-database.ts';
import { salvageDatabase } from '../salvage-database.ts';
import { diskInvariants, openSqliteDisk, type DiskInvariants } from '../sqlite-disk.ts';
import { newFolder } from '../testing/new-folder.ts';
import { sealNext, type SealLimits } from './seal-next.ts';
import { createSealer } from './sealer.ts';
import { openSegmentFiles, toSegmentFolder } from './segment-files.ts';

const limits: SealLimits = { entries: 100, ageMs: 60_000, kept: 20 };

/** Seals at once, in this thread. */
const invariants: DiskInvariants = {
  ...diskInvariants,
  sealLimits: limits,
  createCheckpointer: () => ({ start: () => undefined, close: () => undefined }),
  createSealer: (path, _limits, done) => ({
    start: () => {
      const database = new DatabaseSync(path, { readOnly: true });
      const segment = sealNext(database, path, openSegmentFiles(toSegmentFolder(path)), limits);
      database.close();
      done(segment);
    },
    close: () => undefined,
  }),
};

const toDraft = (n: number): EntryDraft =>
  n % 7 === 0
    ? { kind: 'note', by: { kind: 'user', id: 'anna' }, about: 'room', text: `note "${n}" \\ of 3.50 °C` }
    : {
        kind: 'sensor',
        location: 'room',
        cluster: 'air',
        readings: {
          temp: { v: 20 + n / 10, q: 'good' },
          hum: n % 5 === 0 ? { v: null, q: 'bad', why: textReason(`no answer ${n}`) } : { v: n, q: 'good' },
        },
      };

const openBench = (path: string, ringBytes = 1, disk: DiskInvariants = invariants) => {
  let now = 1000.25;
  const store = openHubStore({
    disk: openSqliteDisk(path, disk),
    clock: { at: () => now, up: () => now },
    random: () => 0.5,
    bootId: 'boot',
    ringBytes,
  });
  return {
    store,
    append: (from: number, to: number) => {
      for (let n = from; n <= to; n += 1) {
        now += 1;
        store.log.append([toDraft(n)]);
      }
    },
  };
};

const readAll = (
  log: { read: (after: number, limit: { entries: number; bytes: number }) => readonly { lsn: number }[] },
  count: number,
) => {
  const found: { lsn: number }[] = [];
  for (let after = 0; ;) {
    const entries = log.read(after, { entries: count, bytes: 1e9 });
    const last = entries.at(-1);
    if (last === undefined) return found;
    found.push(...entries);
    after = last.lsn;
  }
};

describe('a log with sealed segments', () => {
  const setUp = () => {
    const folder = newFolder();
    const path = join(folder, 'hub.db');
    mkdirSync(folder, { recursive: true });
    return { path, segments: toSegmentFolder(path) };
  };
  const rowsOf = (path: string): number => {
    const database = new DatabaseSync(path, { readOnly: true });
    const count = Number(database.prepare('SELECT count(*) AS n FROM entries').get()?.['n']);
    database.close();
    return count;
  };

  it('reads the same entries as before, from every place and in every portion', () => {
    const { path } = setUp();
    const { store, append } = openBench(path, 10_000_000);
    append(1, 500);
    const expected = store.log.read(0, { entries: 1000, bytes: 1e9 });
    expect(expected).toHaveLength(500);
    store.close();
    const { store: again } = openBench(path);
    expect(openSegmentFiles(toSegmentFolder(path)).list()).toHaveLength(4);
    for (const count of [1, 7, 100, 1000]) expect(readAll(again.log, count)).toEqual(expected);
    expect(again.log.read(250, { entries: 3, bytes: 1 })).toEqual(expected.slice(250, 251));
    again.close();
    const reader = openLogReader(path);
    expect(reader.bounds()).toMatchObject({ first: 1, head: 500 });
    expect(reader.read(0, { entries: 1000, bytes: 1e9 }, 1)).toEqual(expected);
    reader.close();
  });

  it('is sealed by a thread of its own', async () => {
    const { path, segments } = setUp();
    const { store, append } = openBench(path, 1, { ...invariants, createSealer });
    append(1, 500);
    const expected = readAll(store.log, 100);
    await vi.waitFor(() => expect(openSegmentFiles(segments).list()).toHaveLength(4), { timeout: 50_000 });
    expect(readAll(store.log, 100)).toEqual(expected);
    // Its rows go with the entries that follow.
    append(501, 550);
    expect(rowsOf(path)).toBeLessThan(500);
    store.close();
  });

  it('keeps no row of what is sealed', () => {
    const { path } = setUp();
    const { store, append } = openBench(path);
    append(1, 500);
    store.close();
    expect(rowsOf(path)).toBe(100);
  });

  it('[EV5] shows a damaged segment as one gap, and goes on behind it', () => {
    const { path, segments } = setUp();
    const { store, append } = openBench(path, 10_000_000);
    append(1, 500);
    const expected = store.log.read(0, { entries: 1000, bytes: 1e9 });
    store.close();
    const file = join(segments, '000000000101-000000000200.seg');
    const bytes = readFileSync(file);
    bytes[30] = (bytes[30] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const { store: again } = openBench(path);
    for (const count of [1, 30, 1000]) {
      const found = readAll(again.log, count);
      expect(found.filter(({ lsn }) => lsn <= 100 || lsn > 200)).toEqual(expected.filter(({ lsn }) => lsn <= 100 || lsn > 200));
      expect(found.filter(({ lsn }) => lsn > 100 && lsn <= 200)).toMatchObject([
        { kind: 'gap', from: 101, to: 200, why: reasonOf('log/damaged') },
      ]);
    }
    again.close();
  });

  it('removes segments by age, keeps what is behind the cut, and the files go when the removal is on disk', async () => {
    const { path } = setUp();
    const { store, append } = openBench(path);
    append(1, 500);
    const up = store.clock.up();
    store.retain({ maxAgeMs: up - 1000.25 - 250, maxBytes: 1e9, floor: null });
    expect(store.log.first).toBe(201);
    expect(openSegmentFiles(toSegmentFolder(path)).list()).toHaveLength(4);
    await store.sync();
    expect(openSegmentFiles(toSegmentFolder(path)).list()).toHaveLength(2);
    expect(readAll(store.log, 50)).toHaveLength(301);
    store.close();
  });

  it('goes on after the rows that were appended, when a start finds only segments and few rows', () => {
    const { path } = setUp();
    const bench = openBench(path);
    bench.append(1, 130);
    bench.store.close();
    const { store, append } = openBench(path);
    expect(store.log.head).toBe(130);
    append(131, 140);
    expect(readAll(store.log, 1000).map(({ lsn }) => lsn)).toEqual(Array.from({ length: 140 }, (_, n) => n + 1));
    store.close();
  });

  it('lists the segments again that a damaged database has lost', () => {
    const { path } = setUp();
    const { store, append } = openBench(path, 10_000_000);
    append(1, 500);
    const expected = store.log.read(0, { entries: 1000, bytes: 1e9 });
    store.close();
    const database = new DatabaseSync(path);
    database.exec('DELETE FROM segments WHERE first = 101');
    database.close();
    expect(salvageDatabase(path, 'damaged-now')).toMatchObject({ entries: 500, first: 1, last: 500, lost: 0 });
    const { store: again } = openBench(path);
    expect(readAll(again.log, 1000)).toEqual(expected);
    again.close();
  });

  it('does not begin an empty log beside segments', () => {
    const { path } = setUp();
    const { store, append } = openBench(path);
    append(1, 500);
    store.close();
    for (const name of ['hub.db', 'hub.db-wal', 'hub.db-shm', 'hub.seen']) rmSync(join(path, '..', name), { force: true });
    expect(() => repairWhereNeeded(path, 1e9)).toThrow('is missing, but this folder was in use');
    forgetMissing(path);
    expect(repairWhereNeeded(path, 1e9)).toBeNull();
  });

  it('removes the oldest segments past the byte limit, which counts what they take on the disk', () => {
    const { path } = setUp();
    const { store, append } = openBench(path);
    append(1, 500);
    const { bytes } = store.size();
    store.retain({ maxAgeMs: 1e12, maxBytes: bytes, floor: null });
    expect(store.log.first).toBe(1);
    store.retain({ maxAgeMs: 1e12, maxBytes: bytes - 1, floor: null });
    expect(store.log.first).toBe(101);
    expect(store.size().bytes).toBeLessThan(bytes);
    // Entries 101 to 400 are left, a millisecond apart.
    expect(store.sealed()).toEqual({ bytes: expect.any(Number) as number, ms: 299 });
    store.close();
  });
});
