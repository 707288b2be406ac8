import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { EntryDraft } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toSamples } from '../../../log/samples/entry-samples.ts';
import { openHubStore } from '../../open-hub-store.ts';
import { sealNext, type SealLimits } from '../segments/seal-next.ts';
import { openSegmentFiles, toSegmentFolder } from '../segments/segment-files.ts';
import { diskInvariants, openSqliteDisk } from '../sqlite-disk.ts';
import { newFolder } from '../testing/new-folder.ts';
import { readLogStats } from './read-log-stats.ts';
import { readSampleParts } from './read-sample-parts.ts';
import { verifyLog } from './verify-log.ts';

const limits: SealLimits = { entries: 100, ageMs: 1e12, kept: 20 };

/** A log of 450 entries, of which 400 are sealed; the hub goes on using it. */
const openBench = () => {
  const path = join(newFolder(), 'hub.db');
  let now = 1_000_000;
  const store = openHubStore({
    disk: openSqliteDisk(path, {
      ...diskInvariants,
      sealLimits: limits,
      createCheckpointer: () => ({ start: () => undefined, close: () => undefined }),
      createSealer: (file, _limits, done) => ({
        start: () => {
          const database = new DatabaseSync(file, { readOnly: true });
          const segment = sealNext(database, file, openSegmentFiles(toSegmentFolder(file)), limits);
          database.close();
          done(segment);
        },
        close: () => undefined,
      }),
    }),
    clock: { at: () => now, up: () => now },
    random: () => 0.5,
    bootId: 'boot',
  });
  for (let n = 1; n <= 450; n += 1) {
    now += 1000;
    const draft: EntryDraft =
      n % 10 === 0
        ? { kind: 'pulse' }
        : { kind: 'sensor', location: 'room', cluster: n % 2 === 0 ? 'air' : 'soil', readings: { temp: { v: n / 10, q: 'good' } } };
    store.log.append([draft]);
  }
  const fileOf = (first: number): string => join(toSegmentFolder(path), `000000000${first}-000000000${first + 99}.seg`);
  return { path, store, fileOf };
};
const flip = (file: string, at: number): void => {
  const bytes = readFileSync(file);
  const place = at < 0 ? bytes.length + at : at;
  bytes[place] = (bytes[place] ?? 0) ^ 1;
  writeFileSync(file, bytes);
};

describe('the check of a log', () => {
  it('finds nothing in a log as it was written, while the hub uses it', () => {
    const { path, store } = openBench();
    const shares: number[] = [];
    expect(verifyLog(path, (share) => shares.push(share))).toEqual({ entries: 450, segments: 4, problems: [] });
    expect(shares).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
    store.retain({ maxAgeMs: 240_000, maxBytes: 1e9, floor: null });
    expect(store.log.first).toBe(201);
    expect(verifyLog(path)).toEqual({ entries: 250, segments: 2, problems: [] });
    store.close();
  });

  it('finds each bit of a segment that is not as it was written', () => {
    const { path, store, fileOf } = openBench();
    const size = readFileSync(fileOf(101)).length;
    for (const at of [0, 9, Math.floor(size / 2), size - 40, size - 1]) {
      flip(fileOf(101), at);
      const { entries, problems } = verifyLog(path);
      expect(problems).toMatchObject([{ from: 101, to: 200, file: '000000000101-000000000200.seg' }]);
      expect(entries).toBe(350);
      flip(fileOf(101), at);
    }
    expect(verifyLog(path).problems).toEqual([]);
    store.close();
  });

  it('finds a segment that is gone, one that was replaced, and numbers that are missing', () => {
    const { path, store, fileOf } = openBench();
    const other = openBench();
    // The same entries, but for their segment before: whole in itself, and another file.
    const kept = readFileSync(fileOf(301));
    rmSync(fileOf(201));
    expect(verifyLog(path).problems).toMatchObject([{ kind: 'segment-missing', from: 201, to: 300 }]);
    writeFileSync(fileOf(201), readFileSync(other.fileOf(201)));
    expect(verifyLog(path).problems).toEqual([]);
    const database = new DatabaseSync(path);
    database.prepare('UPDATE segments SET hash = ? WHERE first = 201').run('0'.repeat(64));
    expect(verifyLog(path).problems.map(({ kind }) => kind)).toEqual(['segment-altered', 'chain-broken']);
    database.exec('DELETE FROM segments WHERE first = 201');
    expect(verifyLog(path).problems).toMatchObject([{ kind: 'entries-missing', from: 201, to: 300, file: null }]);
    database.exec("DELETE FROM entries WHERE lsn BETWEEN 410 AND 419; UPDATE entries SET body = '{}' WHERE lsn = 430");
    expect(verifyLog(path).problems.slice(1)).toEqual([
      { kind: 'entries-missing', file: null, from: 410, to: 419 },
      { kind: 'entries-damaged', file: null, from: 430, to: 430 },
    ]);
    database.close();
    expect(readFileSync(fileOf(301))).toEqual(kept);
    other.store.close();
    store.close();
  });

  it('says what to do where there is no log, or one of another version', () => {
    const { path, store } = openBench();
    store.close();
    expect(() => verifyLog(join(newFolder(), 'hub.db'))).toThrow('name the data folder of the hub with --data');
    const database = new DatabaseSync(path);
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    database.exec(`PRAGMA user_version = ${version + 1}`);
    expect(() => readLogStats(path)).toThrow('Use the command of that version');
    database.exec(`PRAGMA user_version = ${version - 1}`);
    expect(() => verifyLog(path)).toThrow('Start the hub of this version once');
    database.close();
  });
});

describe('the figures of a log', () => {
  it('are those of its entries and files', () => {
    const { path, store } = openBench();
    const stats = readLogStats(path);
    expect(stats).toMatchObject({ first: 1, head: 450, fromAt: 1_001_000, toAt: 1_450_000, rows: { count: 50 } });
    expect(stats.segments).toMatchObject({ count: 4, entries: 400, readings: 360 });
    expect(stats.files.log + stats.files.writeAhead).toBeGreaterThan(4096);
    store.close();
  });
});

describe('the samples of a log, part by part', () => {
  const all = { from: -Infinity, to: Infinity, isWanted: () => true };

  it('are all that the entries have, each once, whether they are sealed or not', () => {
    const { path, store } = openBench();
    const expected = store.log.read(0, { entries: 1000, bytes: 1e9 }).flatMap(toSamples);
    const parts = [...readSampleParts(path, all)];
    expect(parts.flatMap(({ samples }) => samples)).toEqual(expected);
    expect(parts.map(({ share }) => share)).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
    const some = { from: 1_150_000, to: 1_420_000, isWanted: (point: string) => point === 'room/air/temp' };
    expect([...readSampleParts(path, some)].flatMap(({ samples }) => samples)).toEqual(
      expected.filter(({ at, point }) => at >= some.from && at <= some.to && some.isWanted(point)),
    );
    store.close();
  });

  it('leave out a damaged segment, and name it', () => {
    const { path, store, fileOf } = openBench();
    flip(fileOf(201), 20);
    const parts = [...readSampleParts(path, all)];
    expect(parts.map(({ lost }) => lost).filter((lost) => lost !== null)).toEqual([{ from: 201, to: 300 }]);
    expect(parts.flatMap(({ samples }) => samples)).toHaveLength(405 - 90);
    store.close();
  });
});
