import { join } from 'node:path';
import { reasonOf, textReason, type EntryDraft } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createStillClock } from '../../store/testing/store-bench.ts';
import { openLogReader } from '../../store/io/log-reader.ts';
import { toStoreFault } from '../../store/io/sqlite-fault.ts';
import { openSqliteStore } from '../../store/io/sqlite-store.ts';
import { newFolder } from '../../store/io/testing/new-folder.ts';
import { describeHistory } from '../history-contract.ts';
import { createLoggedSamples, withLogged } from '../testing/history-bench.ts';
import { HistoryService, type HistoryNotice } from '../history-service.ts';
import { openSqliteHistory } from './sqlite-history.ts';

const id = 'flower_room/front/temperature';
const forever = { rawMs: 1e15, minuteMs: 1e15, hourMs: 1e15, maxBytes: 1e15 };

/** A history beside a log that has no samples. */
const open = (path: string) => openSqliteHistory(path, createLoggedSamples().source);

describeHistory('a history in SQLite', () => {
  const path = join(newFolder(), 'history.db');
  const logged = createLoggedSamples();
  return () => withLogged(openSqliteHistory(path, logged.source), logged);
});

describe('a history whose disk is full', () => {
  it('says so once, answers from what it has, and goes on without a hole when there is room again', async () => {
    const folder = newFolder();
    const [path, log] = [join(folder, 'history.db'), join(folder, 'hub.db')];
    const { clock, hands } = createStillClock();
    const store = openSqliteStore({ path: log, clock, random: Math.random, bootId: 'boot' });
    const notices: HistoryNotice[] = [];
    const source = openLogReader(log);
    const opened = openSqliteHistory(path, source.samples);
    opened.database.exec('PRAGMA max_page_count = 80');
    const service = new HistoryService({
      open: () => opened,
      openLog: () => source,
      setAside: () => expect.unreachable(),
      toFault: (error) => toStoreFault(error, path),
      limits: forever,
      hasRoom: () => true,
      now: () => hands.wall,
      tell: (notice) => notices.push(notice),
    });
    // What the minutes and hours count: the samples themselves are in the log.
    const count = async () => (await service.ask('pointHistory', { id, from: 0, to: 1e13, buckets: 1 }))?.values[0];
    const append = (): void => {
      const draft: EntryDraft = {
        kind: 'sensor',
        location: 'flower_room',
        cluster: 'front',
        readings: { temperature: { v: 20, q: 'good' } },
      };
      for (let n = 0; n < 1000; n += 1) {
        hands.wall += 60_000;
        store.log.append([draft]);
      }
    };
    append();
    expect(await count()).toBe(1000);
    let kept = 0;
    for (let round = 1; notices.every((notice) => notice.kind !== 'unwritable' || notice.why === null); round += 1) {
      append();
      kept = (await count()) ?? 0;
      expect(round).toBeLessThan(50);
    }
    append();
    // What had not been committed is taken in again, as far as it fits.
    kept = (await count()) ?? 0;
    expect(kept).toBeGreaterThan(1000);
    append();
    expect(await count()).toBe(kept);
    expect(kept).toBeLessThan(store.log.head);
    expect(await service.tick()).toBeGreaterThan(0);
    opened.database.exec('PRAGMA max_page_count = 100000');
    while ((await service.tick()) === 0);
    expect(await count()).toBe(store.log.head);
    expect(notices.flatMap((notice) => (notice.kind === 'unwritable' ? notice.why === null : []))).toEqual([false, true]);
    await service.close();
    store.close();
  });
});

describe('a history that is larger than it may be', () => {
  it('lets the oldest samples go early, and keeps what they came to', async () => {
    const history = open(join(newFolder(), 'history.db'));
    const hour = 3_600_000;
    const samples = Array.from({ length: 60_000 }, (_, n) => ({ point: id, at: n * 5000, v: n % 100, q: 'simulated' as const }));
    await history.importPast({ samples, spans: [] });
    const now = 60_000 * 5000;
    const limits = { ...forever, maxBytes: 1_200_000 };
    while ((await history.retain(limits, now)).isMore);
    const left = history.database.prepare('SELECT count(*) AS samples, min(at) AS first FROM raw').get();
    const used = history.database
      .prepare('SELECT (page_count - freelist_count) * page_size AS bytes FROM pragma_page_count, pragma_freelist_count, pragma_page_size')
      .get();
    expect(used?.['bytes']).toBeLessThanOrEqual(limits.maxBytes);
    expect(left?.['samples']).toBeGreaterThan(1000);
    expect(left?.['first']).toBeLessThanOrEqual(now - hour);
    const whole = await history.pointHistory({ id, from: 0, to: now, buckets: 10 });
    expect([whole?.min, whole?.max]).toEqual([whole?.at.map(() => 0), whole?.at.map(() => 99)]);
    await history.close();
  });
});

describe('a history of the version before', () => {
  it('is kept, and says that its alarms before were not', async () => {
    const path = join(newFolder(), 'history.db');
    const before = open(path);
    const sample = { point: id, at: 0, lsn: 1, v: 20, q: 'good' } as const;
    await before.write({ cursor: { epoch: 'AAAAAAAAAAAA', lsn: 1, at: 1000, up: 0 }, samples: [sample], gaps: [], spans: [], marks: [] });
    before.database.exec("DROP TABLE marks; DELETE FROM facts WHERE name = 'marksFrom'; PRAGMA user_version = 1");
    await before.close();
    const history = open(path);
    await history.write({ cursor: { epoch: 'AAAAAAAAAAAA', lsn: 2, at: 5000, up: 0 }, samples: [], gaps: [], spans: [], marks: [] });
    expect((await history.pointHistory({ id, from: 0, to: 119_999, buckets: 1 }))?.mean).toEqual([20]);
    expect((await history.marks({ location: 'flower_room', from: 0, to: 5000 })).gaps).toMatchObject([{ from: 0, to: 1000 }]);
    await history.close();
  });

  it('[AL8] keeps its alarms when it learns what people did to them', async () => {
    const path = join(newFolder(), 'history.db');
    const before = open(path);
    const cursor = { epoch: 'AAAAAAAAAAAA', lsn: 1, at: 1000, up: 0 } as const;
    const mark = { at: 10, until: null, lsn: 1, endLsn: null, priority: 'P2', text: 'hot', by: null, about: null } as const;
    const opened = { ...mark, alarm: 'flower_room/hot', locations: null, why: null, written: null, action: null };
    await before.write({ cursor, samples: [], gaps: [], spans: [], marks: [{ kind: 'open', mark: opened }] });
    before.database.exec('ALTER TABLE marks DROP COLUMN action; ALTER TABLE marks DROP COLUMN why; PRAGMA user_version = 2');
    await before.close();
    const history = open(path);
    const shelved = {
      ...opened,
      alarm: null,
      about: 'flower_room/hot',
      action: 'shelve',
      at: 20,
      until: 90,
      by: { kind: 'user', id: 'anna' },
    } as const;
    await history.write({ cursor: { ...cursor, lsn: 2 }, samples: [], gaps: [], spans: [], marks: [{ kind: 'open', mark: shelved }] });
    expect((await history.marks({ location: 'flower_room', from: 0, to: 5000 })).marks).toMatchObject([
      { kind: 'alarm', id: 'flower_room/hot', at: 10, until: null, text: '', why: textReason('hot') },
      { kind: 'action', action: 'shelve', id: 'flower_room/hot', at: 20, until: 90, by: { kind: 'user', id: 'anna' } },
    ]);
    await history.close();
  });
});

describe('a history of schema 6', () => {
  it('has why there is no value and why an alarm was active as data', async () => {
    const path = join(newFolder(), 'history.db');
    const before = open(path);
    const cursor = { epoch: 'AAAAAAAAAAAA', lsn: 1, at: 1000, up: 0 } as const;
    await before.write({ cursor, samples: [{ point: id, at: 10, lsn: 1, v: null, q: 'bad' }], gaps: [], spans: [], marks: [] });
    before.database.exec(`INSERT INTO gaps (point, since, until, why) VALUES (1, 10, 20, 'null'), (0, 30, 40, 'the hub was not running');
      INSERT INTO marks (alarm, at, until, text, about) VALUES ('room/hot', 10, 20, 'too hot', NULL), (NULL, 12, 12, 'mist', 'room');
      ALTER TABLE marks DROP COLUMN why; PRAGMA user_version = 6`);
    await before.close();
    const history = open(path);
    expect((await history.pointHistory({ id, from: 0, to: 50, buckets: 50 }))?.gaps).toEqual([
      { from: 10, to: 20, why: textReason('null') },
      { from: 30, to: 40, why: textReason('the hub was not running') },
    ]);
    expect((await history.marks({ location: 'room', from: 0, to: 50 })).marks).toMatchObject([
      { kind: 'alarm', text: '', why: textReason('too hot') },
      { kind: 'note', text: 'mist' },
    ]);
    await history.close();
  });
});

describe('a history of schema 4', () => {
  it('has the phases of devices and their alarms under their new names', async () => {
    const path = join(newFolder(), 'history.db');
    const before = open(path);
    const cursor = { epoch: 'AAAAAAAAAAAA', lsn: 1, at: 1000, up: 0 } as const;
    const mark = {
      at: 10,
      until: null,
      lsn: 1,
      endLsn: null,
      priority: 'P2',
      text: 'x',
      by: null,
      locations: null,
      why: null,
      written: null,
    } as const;
    const alarm = { ...mark, alarm: 'device/flower_room/fan/diverged', about: null, action: null };
    const shelved = {
      ...mark,
      alarm: null,
      about: 'device/flower_room/fan/unproven',
      action: 'shelve',
      by: { kind: 'user', id: 'anna' },
    } as const;
    const marks = [alarm, shelved].map((opened) => ({ kind: 'open' as const, mark: opened }));
    await before.write({ cursor, samples: [], gaps: [], spans: [], marks });
    before.database.exec(`INSERT INTO spans (device, since, until, value, phase, simulated) VALUES
      ('flower_room/fan', 10, 20, 'true', 'wished', 0), ('flower_room/fan', 20, NULL, 'false', 'diverged', 0); ALTER TABLE marks DROP COLUMN why; PRAGMA user_version = 4`);
    await before.close();
    const history = open(path);
    expect(history.database.prepare('SELECT phase FROM spans ORDER BY since').all()).toEqual([
      { phase: 'requested' },
      { phase: 'discrepancy' },
    ]);
    expect(history.database.prepare('SELECT alarm, about FROM marks ORDER BY n').all()).toEqual([
      { alarm: 'device/flower_room/fan/discrepancy', about: null },
      { alarm: null, about: 'device/flower_room/fan/feedback-mismatch' },
    ]);
    await history.close();
  });
});

describe('a point that came and went for months', () => {
  it('is returned with its newest gaps, those of a bucket as one, and that there are more before them', async () => {
    const history = open(join(newFolder(), 'history.db'));
    const gaps = Array.from({ length: 25_000 }, (_, n) => [
      { kind: 'open' as const, point: id, from: n * 20_000, why: textReason('no answer') },
      { kind: 'close' as const, point: id, to: n * 20_000 + 8000 },
    ]).flat();
    const samples = [{ point: id, at: 0, lsn: 1, v: 20, q: 'good' as const }];
    await history.write({ cursor: { epoch: 'AAAAAAAAAAAA', lsn: 1, at: 5e8, up: 0 }, samples, gaps, spans: [], marks: [] });
    const whole = await history.pointHistory({ id, from: 0, to: 5e8, buckets: 500_000 });
    expect(whole?.gaps).toHaveLength(20_000);
    expect(whole?.gaps[0]).toEqual({ from: 0, to: 5000 * 20_000 + 8000, why: reasonOf('history/too-many-gaps') });
    const coarse = await history.pointHistory({ id, from: 0, to: 5e8, buckets: 500 });
    expect(coarse?.gaps).toHaveLength(1);
    const newest = await history.pointHistory({ id, from: 5e8 - 33_000, to: 5e8, buckets: 500 });
    expect(newest?.gaps).toEqual([
      { from: 5e8 - 33_000, to: 5e8 - 32_000, why: textReason('no answer') },
      { from: 5e8 - 20_000, to: 5e8 - 12_000, why: textReason('no answer') },
    ]);
    await history.close();
  });

  it('has the authors in its reasons as data, and those of marks and devices as they were', async () => {
    const path = join(newFolder(), 'history.db');
    const before = open(path);
    const why = { code: 'fail-safe/overridden', params: { override: { code: 'override/active', params: { by: 'user:anna' } } } };
    before.database
      .prepare(
        "INSERT INTO spans (device, since, until, value, phase, by, why, simulated) VALUES ('flower_room/fan', 10, 20, 'true', 'confirmed', 'user:anna', ?, 0)",
      )
      .run(JSON.stringify(why));
    before.database.exec('ALTER TABLE marks DROP COLUMN why; PRAGMA user_version = 5');
    await before.close();
    const history = open(path);
    const span = (await history.timeline({ id: 'flower_room/fan', from: 0, to: 100 }))?.spans[0];
    const by = { kind: 'user', id: 'anna' };
    expect(span).toMatchObject({ by, why: { params: { override: { params: { by } } } } });
    await history.close();
  });
});

describe('a history of schema 6, which has the samples of the log as well', () => {
  const setUp = () => {
    const folder = newFolder();
    const [path, log] = [join(folder, 'history.db'), join(folder, 'hub.db')];
    const { clock, hands } = createStillClock();
    const store = openSqliteStore({ path: log, clock, random: Math.random, bootId: 'boot' });
    for (let n = 0; n < 5000; n += 1) {
      hands.wall += 1000;
      hands.up += 1000;
      const readings = { temperature: { v: n, q: 'good' as const } };
      store.log.append([{ kind: 'sensor', location: 'flower_room', cluster: 'front', readings }]);
    }
    const source = openLogReader(log);
    const history = openSqliteHistory(path, source.samples);
    return { store, source, history, path };
  };
  const all = { id, from: 0, to: 1e13, after: null, limit: 1e6 };

  it('removes those that the log has, keeps the others, and answers the same all the while', async () => {
    const { store, source, history, path } = setUp();
    const samples = source.samples
      .read({ point: id, from: 0, to: 1e13, after: null, limit: 1e6 })
      .map((sample) => ({ ...sample, point: id }));
    const cursor = { epoch: source.bounds().epoch, lsn: 4000, at: 4e6, up: 4e6 };
    await history.write({ cursor, samples: samples.slice(0, 4000), gaps: [], spans: [], marks: [] });
    const keep = history.database.prepare('INSERT INTO raw VALUES (1, ?, ?, ?, 0)');
    for (const { at, lsn, v } of samples.slice(0, 4000)) keep.run(at, lsn, v);
    // The log that had these is lost.
    const [first] = samples;
    for (const n of [1, 2, 3]) keep.run((first?.at ?? 0) + n, 9000 + n, -n);
    history.database.exec('ALTER TABLE marks DROP COLUMN why; PRAGMA user_version = 6');
    await history.close();
    const again = openSqliteHistory(path, source.samples);
    const expected = [0, -1, -2, -3, ...samples.slice(1).map(({ v }) => v)];
    const values = async () => (await again.samples(all))?.samples.map(({ v }) => v);
    const count = () => again.database.prepare('SELECT count(*) AS n FROM raw').get()?.['n'];
    const shown = await again.pointHistory({ id, from: first?.at ?? 0, to: (first?.at ?? 0) + 99_999, buckets: 100 });
    expect(count()).toBe(4003);
    expect(await values()).toEqual(expected);
    expect(await again.removeDoubled(source)).toEqual({ isMore: true });
    expect(count()).toBe(4003 - 2048);
    expect(await values()).toEqual(expected);
    while ((await again.removeDoubled(source)).isMore);
    expect(count()).toBe(3);
    expect(await values()).toEqual(expected);
    expect(await again.pointHistory({ id, from: first?.at ?? 0, to: (first?.at ?? 0) + 99_999, buckets: 100 })).toEqual(shown);
    await again.close();
    source.close();
    store.close();
  });
});

describe('a history that was not committed', () => {
  const cursor = { epoch: 'AAAAAAAAAAAA', lsn: 1, at: 1000, up: 1000 } as const;
  const batch = { cursor, samples: [{ point: id, at: 1000, lsn: 1, v: 20, q: 'good' }], gaps: [], spans: [], marks: [] } as const;

  it('[IN1] is read from the log again after a kill, each entry once', async () => {
    const path = join(newFolder(), 'history.db');
    const killed = open(path);
    await killed.write(batch);
    // What a process leaves that ends here.
    killed.database.exec('ROLLBACK');
    killed.database.close();
    const history = open(path);
    expect((await history.load()).cursor).toBeNull();
    await history.write(batch);
    await history.close();
    const again = open(path);
    expect((await again.load()).cursor).toEqual(cursor);
    expect((await again.pointHistory({ id, from: 0, to: 119_999, buckets: 1 }))?.values).toEqual([1]);
    await again.close();
  });

  it('is committed when half an hour of the log has passed', async () => {
    const path = join(newFolder(), 'history.db');
    const [history, other] = [open(path), open(path)];
    await history.write(batch);
    await history.write({ ...batch, samples: [], cursor: { ...cursor, lsn: 2, up: 2000 } });
    expect((await other.load()).cursor).toBeNull();
    const later = { ...cursor, lsn: 3, up: 1000 + 1_800_000 };
    await history.write({ ...batch, samples: [], cursor: later });
    expect((await other.load()).cursor).toEqual(later);
    await other.close();
    await history.close();
  });

  it('does not count again what another log has of the time before', async () => {
    const path = join(newFolder(), 'history.db');
    const history = open(path);
    await history.write(batch);
    await history.rewind({ ...cursor, epoch: 'BBBBBBBBBBBB', lsn: 0 }, true);
    const fresh = { point: id, at: 2000, lsn: 2, v: 22, q: 'good' } as const;
    await history.write({ ...batch, cursor: { ...cursor, epoch: 'BBBBBBBBBBBB', lsn: 2, at: 2000 }, samples: [...batch.samples, fresh] });
    const shown = await history.pointHistory({ id, from: 0, to: 119_999, buckets: 1 });
    expect([shown?.values, shown?.mean]).toEqual([[2], [21]]);
    await history.close();
  });
});
