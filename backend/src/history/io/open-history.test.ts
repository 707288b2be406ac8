import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { EntryDraft } from '@phloem/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { toLogAnswer } from '../../log/log-answer.ts';
import { createStillClock } from '../../store/testing/store-bench.ts';
import { openSqliteStore } from '../../store/io/sqlite-store.ts';
import { newFolder } from '../../store/io/testing/new-folder.ts';
import type { HistoryNotice } from '../history-service.ts';
import { historySchemaVersion } from './history-schema.ts';
import { openHistory } from './open-history.ts';

const id = 'flower_room/front/temperature';
const frame = (v: number): EntryDraft => ({
  kind: 'sensor',
  location: 'flower_room',
  cluster: 'front',
  readings: { temperature: { v, q: 'good' } },
});

/** A hub's store and a history beside it, each started and ended at will over the same folder. */
const createBench = () => {
  const folder = newFolder();
  const files = { hub: join(folder, 'hub.db'), history: join(folder, 'history.db') };
  const notices: HistoryNotice[] = [];
  const { clock, hands: time } = createStillClock();
  const open = () => openSqliteStore({ path: files.hub, clock, random: Math.random, bootId: 'boot' });
  const start = () => {
    const history = openHistory({ path: files.history, log: files.hub, notice: (notice) => notices.push(notice) });
    onTestFinished(() => history.close());
    const values = async () =>
      (await history.samples({ id, from: 0, to: 1e13, after: null, limit: 1e6 }))?.samples.map(({ v }) => v) ?? null;
    return { ...history, values };
  };
  return { files, notices, time, open, start };
};

describe('a history in its thread', () => {
  it('reads the log beside its writer, and returns at once what was appended', async () => {
    const { open, start, time } = createBench();
    const store = open();
    const history = start();
    const expected: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      for (let n = 0; n < 50; n += 1) {
        time.wall += 1000;
        time.up += 1000;
        store.log.append([frame(expected.length)]);
        expected.push(expected.length);
      }
      expect(await history.values()).toEqual(expected);
    }
    const shown = await history.pointHistory({ id, from: time.wall - 199_000, to: time.wall, buckets: 2 });
    expect([shown?.min[0], shown?.max.at(-1)]).toEqual([0, 199]);
    await history.close();
    store.close();
  });

  it('[IN1] takes each entry in once over its own starts and those of the hub', async () => {
    const { open, start } = createBench();
    const expected: number[] = [];
    for (let run = 0; run < 3; run += 1) {
      const store = open();
      const history = start();
      for (let n = 0; n < 40; n += 1) {
        expected.push(run * 40 + n);
        store.log.append([frame(run * 40 + n)]);
      }
      await history.close();
      store.close();
    }
    const store = open();
    const history = start();
    expect(await history.values()).toEqual(expected);
    await history.close();
    store.close();
  });

  it('leaves the log whole, and its locks with it, whenever the thread ends', async () => {
    const { open, start, files } = createBench();
    const store = open();
    store.log.append([frame(1)]);
    const history = start();
    expect(await history.values()).toEqual([1]);
    await history.close();
    // Were the locks gone, this process could write beside the hub.
    const other = new DatabaseSync(files.hub, { timeout: 0 });
    store.transact(() => {
      store.log.append([frame(2)]);
      expect(() => other.exec('BEGIN IMMEDIATE')).toThrow('locked');
    });
    other.close();
    store.log.append([frame(3)]);
    expect(store.log.head).toBe(3);
    store.close();
    expect(existsSync(`${files.hub}-wal`)).toBe(false);
  });

  it('reads long stretches of the log as the hub itself would, missing entries said', async () => {
    const { open, start, files } = createBench();
    const store = open();
    for (let n = 1; n <= 3000; n += 1) store.log.append([frame(n)]);
    store.close();
    const database = new DatabaseSync(files.hub);
    database.exec('DELETE FROM entries WHERE lsn BETWEEN 200 AND 300');
    database.close();
    const again = open();
    again.log.append([frame(3001)]);
    const history = start();
    for (const query of [
      { after: 0, limit: 1000 },
      { after: 250, limit: 10_000 },
      { after: 2990, limit: 500 },
      { after: 9000, limit: 500 },
    ]) {
      const told = JSON.parse(new TextDecoder().decode(await history.readLog(query))) as unknown;
      expect(told).toEqual(toLogAnswer(again.log, query));
    }
    await history.close();
    again.close();
  });

  it('refuses what is asked of it when it is closed', async () => {
    const { open, start } = createBench();
    const store = open();
    const history = start();
    await history.close();
    await expect(history.values()).rejects.toMatchObject({ code: 'history/unavailable' });
    store.close();
  });
});

describe('a history that is lost', () => {
  const flip = (path: string, from: number, length: number): void => {
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xa5, from, Math.min(bytes.length, from + length)));
  };
  const ways: Readonly<Record<string, (path: string) => void>> = {
    deleted: (path) => {
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    },
    'deleted, its write-ahead log left behind': (path) => rmSync(path),
    empty: (path) => truncateSync(path, 0),
    'cut in the middle': (path) => truncateSync(path, 20_000),
    'not a database': (path) => writeFileSync(path, 'The quick brown fox jumps over the lazy dog. '.repeat(500)),
    'damaged in its header': (path) => flip(path, 0, 100),
    'damaged in its tables': (path) => flip(path, 100, 4000),
    'damaged in its rows': (path) => flip(path, 8192, 1e9),
    'written by a newer version': (path) => {
      const database = new DatabaseSync(path);
      database.exec(`PRAGMA user_version = ${historySchemaVersion + 1}`);
      database.close();
    },
  };

  it.each(Object.keys(ways))('is built again from the log when it is %s', async (way) => {
    const { files, open, start, notices } = createBench();
    const store = open();
    const before = start();
    const expected = Array.from({ length: 3000 }, (_, n) => n);
    for (const n of expected) store.log.append([frame(n)]);
    expect(await before.values()).toEqual(expected);
    await before.close();
    ways[way]?.(files.history);
    const after = start();
    store.log.append([frame(3000)]);
    expected.push(3000);
    // Where the damage shows only as it is read, the first question may find it.
    const found = await after.values().catch(() => after.values());
    expect(found).toEqual(expected);
    const isAside = existsSync(`${files.history}.damaged`) || existsSync(`${files.history}.newer`);
    expect(isAside).toBe(!way.startsWith('deleted') && way !== 'empty');
    expect(notices.some((notice) => notice.kind === 'note' && notice.text.includes('set aside'))).toBe(isAside);
    await after.close();
    store.close();
  });

  it('does not hold up the log, and says so, where it cannot be kept', async () => {
    const { files, open, start, notices } = createBench();
    const store = open();
    const full = openHistory({ path: '/dev/full/history.db', log: files.hub, notice: (notice) => notices.push(notice) });
    store.log.append([frame(1)]);
    await expect(full.samples({ id, from: 0, to: 1, after: null, limit: 1 })).rejects.toMatchObject({ code: 'history/unavailable' });
    store.log.append([frame(2)]);
    expect(store.log.head).toBe(2);
    expect(notices.some((notice) => notice.kind === 'unwritable' && notice.why !== null)).toBe(true);
    await full.close();
    const history = start();
    expect(await history.values()).toEqual([1, 2]);
    await history.close();
    store.close();
  });
});
