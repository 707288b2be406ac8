import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { openHistory, openSqliteStore } from '@phloem/backend';
import type { EntryDraft, PointId } from '@phloem/protocol';
import { livePast } from '@phloem/simulator';
import { readDemonstration } from '../../rules/support/control-day.ts';
import { createSeededRandom } from '../../support/seeded-random.ts';
import { serve } from './near.ts';

/** What the log gets in one second, without the pulse. */
type Second = readonly EntryDraft[];

const began = Date.UTC(2026, 2, 2, 5);
/** A segment, and what stays rows. */
const backlogLimit = 70_000;

/** 200 registers in 50 clusters, each a tenth of a unit or two away from where it was. */
function* noisySeconds(count: number): Iterable<Second> {
  const random = createSeededRandom(1);
  const values = Float64Array.from({ length: 200 }, () => 200 + Math.floor(random() * 100));
  for (let second = 0; second < count; second += 1) {
    yield Array.from({ length: 50 }, (_, cluster) => ({
      kind: 'sensor',
      location: 'room',
      cluster: `c${cluster}`,
      readings: Object.fromEntries(
        Array.from({ length: 4 }, (_each, key) => {
          const index = cluster * 4 + key;
          values[index] = (values[index] ?? 0) + Math.floor(random() * 5) - 2;
          return [`m${key}`, { v: (values[index] ?? 0) / 10, q: 'good' as const }];
        }),
      ),
    }));
  }
}

/** The demonstration's rooms with their rules: what is read, and what the rules make of it. */
function* demonstrationSeconds(count: number): Iterable<Second> {
  let drafts: EntryDraft[] = [];
  const moments = livePast({
    ...readDemonstration(),
    seed: 1,
    from: began,
    to: began + count * 1000,
    stepMs: 1000,
    onStep: (entry, { values }) => {
      const { lsn: _lsn, at: _at, up: _up, ...draft } = entry;
      if (draft.kind === 'sensor') drafts.push(draft);
      const by = { kind: 'node', id: 'automation-1' } as const;
      for (const value of values) drafts.push({ kind: 'value', ...value, by });
    },
  });
  // Each moment is a second, and `onStep` has been called for what is in it.
  for (const { at } of moments) {
    if (at >= began) yield drafts;
    drafts = [];
  }
}

const sources = { noisy: noisySeconds, demonstration: demonstrationSeconds } as const;
const seconds = sources[process.argv[2] as keyof typeof sources];

/** Bytes that this process has had written to a disk so far. */
const readWritten = (): number => Number(/^write_bytes: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1] ?? Number.NaN);
const sizeOf = (path: string): number => statSync(path).size;

await serve(async (count) => {
  // A disk that is memory counts no writes: the folder is beside the build, as a data folder would be.
  const folder = mkdtempSync(join(process.env['PHLOEM_BENCH_FOLDER'] ?? tmpdir(), 'phloem-storage-'));
  const files = { log: join(folder, 'hub.db'), history: join(folder, 'history.db') };
  try {
    const time = { at: began, up: 0 };
    const store = openSqliteStore({
      path: files.log,
      clock: { at: () => time.at, up: () => time.up },
      random: Math.random,
      bootId: 'boot',
    });
    const history = openHistory({ path: files.history, log: files.log, notice: () => undefined });
    const look = new DatabaseSync(files.log, { readOnly: true });
    const sealed = look.prepare('SELECT coalesce(max(last), 0) AS last, sum(bytes) AS bytes, sum(readings) AS readings FROM segments');
    let [readings, point]: [number, PointId] = [0, ''];
    const append = (second: Second): void => {
      for (const draft of second) {
        store.log.append([draft]);
        if (draft.kind !== 'sensor') continue;
        readings += Object.keys(draft.readings).length;
        point = `${draft.location}/${draft.cluster}/${Object.keys(draft.readings)[0]}`;
      }
      time.at += 1000;
      time.up += 1000;
      store.log.append([{ kind: 'pulse' }]);
    };
    const settle = async (): Promise<void> => {
      while (store.log.head - Number(sealed.get()?.['last']) > backlogLimit) {
        append([]);
        await pause(20);
      }
    };
    const before = readWritten();
    let done = 0;
    for (const second of seconds(count)) {
      append(second);
      await store.sync();
      done += 1;
      // The time that passes here is not the time of the log: the threads must not fall behind.
      if (done % 60 === 0) await history.pointHistory({ id: point, from: time.at - 60_000, to: time.at, buckets: 1 });
      await settle();
    }
    await settle();
    const written = readWritten() - before;
    const rate = measureRead(store.log);
    look.close();
    await history.close();
    const segments = new DatabaseSync(files.log, { readOnly: true });
    const { bytes, readings: inSegments } = segments
      .prepare('SELECT sum(bytes) AS bytes, sum(readings) AS readings FROM segments')
      .get() as { bytes: number; readings: number };
    segments.close();
    store.close();
    return {
      readings: [readings],
      'log per reading': [bytes / inSegments],
      'history per reading': [sizeOf(files.history) / readings],
      'written per reading': [written / readings],
      'log file': [sizeOf(files.log)],
      'entries a second': [rate],
      segments: [readdirSync(join(folder, 'segments')).length],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Entries a second from the first to the last, as somebody reads who was away for long. */
function measureRead(log: ReturnType<typeof openSqliteStore>['log']): number {
  const from = performance.now();
  let after = 0;
  for (;;) {
    const last = log.read(after, { entries: 4096, bytes: 4 * 1024 * 1024 }).at(-1);
    if (last === undefined) break;
    after = last.lsn;
  }
  return after / ((performance.now() - from) / 1000);
}
