import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { openHistory, openSqliteHistory, openSqliteStore, type Sample } from '@phloem/backend';
import type { EntryDraft, Lsn } from '@phloem/protocol';
import { serve } from './near.ts';

const id = 'room/front/temperature';
const data = mkdtempSync(join(tmpdir(), 'phloem-bench-'));
process.once('exit', () => rmSync(data, { recursive: true, force: true }));

/** Fifty clusters of ten readings: what a house of five hundred points reports at once. */
const toFrames = (n: number): EntryDraft[] =>
  Array.from({ length: 50 }, (_, cluster) => ({
    kind: 'sensor',
    location: 'room',
    cluster: `c${cluster}`,
    readings: Object.fromEntries(Array.from({ length: 10 }, (_, key) => [`m${key}`, { v: 20 + ((n + key) % 9) / 10, q: 'good' as const }])),
  }));
const readingsInFrame = 10;

const time = { at: Date.UTC(2026, 0, 1), up: 0 };
const openLog = () =>
  openSqliteStore({ path: join(data, 'hub.db'), clock: { at: () => time.at, up: () => time.up }, random: Math.random, bootId: 'boot' });

/** Appends a frame every 5 ms, as control does, while `until` asks for it; how late its turns came, in microseconds. */
const control = async (store: ReturnType<typeof openLog>, until: () => boolean): Promise<number[]> => {
  const late: number[] = [];
  for (let due = performance.now() + 5; until(); due += 5) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    store.log.append(toFrames(1).slice(0, 1));
    const behind = performance.now() - due;
    late.push(Math.max(0, behind) * 1000);
    if (behind > 5) due = performance.now();
  }
  return late;
};

const inserts = (count: number): number => {
  const database = new DatabaseSync(join(data, 'plain.db'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE readings (point TEXT, at INTEGER, v REAL, q TEXT)');
  const insert = database.prepare('INSERT INTO readings VALUES (?, ?, ?, ?)');
  const began = performance.now();
  for (let n = 0; n < count; n += 1) insert.run(id, time.at + n, 20 + (n % 9) / 10, 'good');
  const seconds = (performance.now() - began) / 1000;
  database.close();
  return count / seconds;
};

const ingest = async (rounds: number) => {
  const store = openLog();
  for (let n = 0; n < rounds; n += 1) {
    time.at += 1000;
    time.up += 1000;
    store.log.append(toFrames(n));
  }
  const head: Lsn = store.log.head;
  const quietUntil = performance.now() + 2000;
  const alone = await control(store, () => performance.now() < quietUntil);
  const began = performance.now();
  let ended = 0;
  const history = openHistory({
    path: join(data, 'history.db'),
    log: join(data, 'hub.db'),
    notice: (notice) => {
      if (notice.kind === 'building' && notice.why === null) ended = performance.now();
    },
  });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const beside = await control(store, () => ended === 0);
  delay.disable();
  // The start of the thread counts as well.
  const rate = (head * readingsInFrame) / ((ended - began) / 1000);
  await history.close();
  store.close();
  return { 'rows a second': [rate], alone, beside };
};

/** A sample each half minute for a year of one point, and where the answers must agree. */
const year = async (asks: number) => {
  const history = openSqliteHistory(join(data, 'year.db'), { reach: () => null, read: () => [], release: () => undefined });
  const keep = history.database.prepare('INSERT INTO raw VALUES (1, ?, ?, ?, 0)');
  const [step, from] = [30_000, Date.UTC(2025, 0, 1)];
  const count = (365 * 86_400_000) / step;
  for (let first = 0; first < count; first += 20_000) {
    const samples: Sample[] = [];
    for (let n = first; n < Math.min(count, first + 20_000); n += 1) {
      samples.push({ point: id, at: from + n * step, lsn: n + 1, v: n === 700_001 ? 99 : 20 + (n % 977) / 100, q: 'good' });
    }
    const lsn = samples.at(-1)?.lsn ?? 0;
    await history.write({ cursor: { epoch: 'AAAAAAAAAAAA', lsn, at: 0, up: 0 }, samples, gaps: [], spans: [], marks: [] });
    // For the plain statement: the history itself leaves them in the log.
    for (const { at, lsn: entry, v } of samples) keep.run(at, entry, v);
  }
  const to = from + count * step - 1;
  const plain = history.database.prepare(
    'SELECT CAST((at - ?) / ? AS INTEGER) AS bucket, min(v) AS min, avg(v) AS mean, max(v) AS max FROM raw WHERE point = 1 AND at BETWEEN ? AND ? GROUP BY bucket',
  );
  const [ours, theirs]: number[][] = [[], []];
  for (let n = 0; n < asks; n += 1) {
    let began = performance.now();
    const shown = await history.pointHistory({ id, from, to, buckets: 500 });
    ours?.push((performance.now() - began) * 1000);
    began = performance.now();
    const rows = plain.all(from, shown?.bucketMs ?? 1, from, to);
    theirs?.push((performance.now() - began) * 1000);
    const [most, maxOfRows] = [Math.max(...(shown?.max ?? []).map(Number)), Math.max(...rows.map((row) => Number(row['max'])))];
    if (rows.length !== shown?.at.length || most !== 99 || maxOfRows !== 99) throw new Error('the two do not agree');
  }
  await history.close();
  return { 'a year': ours ?? [], 'a year of rows': theirs ?? [] };
};

/** How long this thread stands still for 10,000 entries of the log: read here, and read in the other thread. */
const longReads = async (asks: number) => {
  const store = openLog();
  const history = openHistory({ path: join(data, 'history.db'), log: join(data, 'hub.db'), notice: () => undefined });
  await history.readLog({ after: 0, limit: 10 });
  const stillness = async (read: (after: Lsn) => unknown): Promise<number[]> => {
    const longest: number[] = [];
    for (let n = 0; n < asks; n += 1) {
      let last = performance.now();
      let most = 0;
      const ticks = setInterval(() => {
        most = Math.max(most, performance.now() - last);
        last = performance.now();
      }, 1);
      await new Promise((resolve) => setTimeout(resolve, 3));
      await read(n * 1000);
      await new Promise((resolve) => setTimeout(resolve, 3));
      clearInterval(ticks);
      longest.push(most * 1000);
    }
    return longest;
  };
  const { log } = store;
  const here = await stillness((after) => JSON.stringify(log.read(after, { entries: 10_000, bytes: 4 * 1024 * 1024 })));
  const there = await stillness((after) => history.readLog({ after, limit: 10_000 }));
  await history.close();
  store.close();
  return { 'read here': here, 'read there': there };
};

await serve(async (trips) => ({
  'plain inserts a second': [inserts(20_000)],
  ...(await ingest(Math.max(200, trips))),
  ...(await year(40)),
  ...(await longReads(20)),
}));
