import { join } from 'node:path';
import type { EntryDraft } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createStillClock } from '../../store/testing/store-bench.ts';
import { openLogReader } from '../../store/io/log-reader.ts';
import { toStoreFault } from '../../store/io/sqlite-fault.ts';
import { openSqliteStore } from '../../store/io/sqlite-store.ts';
import { newFolder } from '../../store/io/testing/new-folder.ts';
import { describeHistory } from '../history-contract.ts';
import { HistoryService, type HistoryNotice } from '../history-service.ts';
import { openSqliteHistory } from './sqlite-history.ts';

const id = 'flower_room/front/temperature';
const forever = { rawMs: 1e15, minuteMs: 1e15, hourMs: 1e15, maxBytes: 1e15 };

describeHistory('a history in SQLite', () => {
  const path = join(newFolder(), 'history.db');
  return () => openSqliteHistory(path);
});

describe('a history whose disk is full', () => {
  it('says so once, answers from what it has, and goes on without a hole when there is room again', async () => {
    const folder = newFolder();
    const [path, log] = [join(folder, 'history.db'), join(folder, 'hub.db')];
    const { clock, hands } = createStillClock();
    const store = openSqliteStore({ path: log, clock, random: Math.random, bootId: 'boot' });
    const notices: HistoryNotice[] = [];
    const opened = openSqliteHistory(path);
    opened.database.exec('PRAGMA max_page_count = 30');
    const service = new HistoryService({
      open: () => opened,
      openLog: () => openLogReader(log),
      setAside: () => expect.unreachable(),
      toFault: (error) => toStoreFault(error, path),
      limits: forever,
      hasRoom: () => true,
      now: () => hands.wall,
      tell: (notice) => notices.push(notice),
    });
    const count = async () => (await service.ask('samples', { id, from: 0, to: 1e13, after: null, limit: 1e6 }))?.samples.length;
    const append = (): void => {
      const draft: EntryDraft = {
        kind: 'sensor',
        location: 'flower_room',
        cluster: 'front',
        readings: { temperature: { v: 20, q: 'good' } },
      };
      for (let n = 0; n < 1000; n += 1) {
        hands.wall += 1000;
        store.log.append([draft]);
      }
    };
    append();
    expect(await count()).toBe(1000);
    let kept = 0;
    for (let round = 1; notices.every((notice) => notice.kind !== 'unwritable' || notice.isOver); round += 1) {
      append();
      kept = (await count()) ?? 0;
      expect(round).toBeLessThan(50);
    }
    append();
    expect(await count()).toBe(kept);
    expect(kept).toBeLessThan(store.log.head);
    expect(await service.tick()).toBeGreaterThan(0);
    opened.database.exec('PRAGMA max_page_count = 100000');
    while ((await service.tick()) === 0);
    expect(await count()).toBe(store.log.head);
    expect(notices.flatMap((notice) => (notice.kind === 'unwritable' ? notice.isOver : []))).toEqual([false, true]);
    await service.close();
    store.close();
  });
});

describe('a history that is larger than it may be', () => {
  it('lets the oldest samples go early, and keeps what they came to', async () => {
    const history = openSqliteHistory(join(newFolder(), 'history.db'));
    const hour = 3_600_000;
    const samples = Array.from({ length: 60_000 }, (_, n) => ({ point: id, at: n * 5000, lsn: n + 1, v: n % 100, q: 'good' as const }));
    await history.write({ cursor: { epoch: 'AAAAAAAAAAAA', lsn: 60_000, at: 3e8, up: 0 }, samples, gaps: [], spans: [], marks: [] });
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
    const before = openSqliteHistory(path);
    const sample = { point: id, at: 0, lsn: 1, v: 20, q: 'good' } as const;
    await before.write({ cursor: { epoch: 'AAAAAAAAAAAA', lsn: 1, at: 1000, up: 0 }, samples: [sample], gaps: [], spans: [], marks: [] });
    before.database.exec("DROP TABLE marks; DELETE FROM facts WHERE name = 'marksFrom'; PRAGMA user_version = 1");
    await before.close();
    const history = openSqliteHistory(path);
    await history.write({ cursor: { epoch: 'AAAAAAAAAAAA', lsn: 2, at: 5000, up: 0 }, samples: [], gaps: [], spans: [], marks: [] });
    expect((await history.pointHistory({ id, from: 0, to: 10, buckets: 1 }))?.mean).toEqual([20]);
    expect((await history.marks({ location: 'flower_room', from: 0, to: 5000 })).gaps).toMatchObject([{ from: 0, to: 1000 }]);
    await history.close();
  });

  it('[AL8] keeps its alarms when it learns what people did to them', async () => {
    const path = join(newFolder(), 'history.db');
    const before = openSqliteHistory(path);
    const cursor = { epoch: 'AAAAAAAAAAAA', lsn: 1, at: 1000, up: 0 } as const;
    const mark = { at: 10, until: null, lsn: 1, endLsn: null, priority: 'P2', text: 'hot', by: null, about: null } as const;
    const opened = { ...mark, alarm: 'flower_room/hot', locations: null, written: null, action: null };
    await before.write({ cursor, samples: [], gaps: [], spans: [], marks: [{ kind: 'open', mark: opened }] });
    before.database.exec('ALTER TABLE marks DROP COLUMN action; PRAGMA user_version = 2');
    await before.close();
    const history = openSqliteHistory(path);
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
      { kind: 'alarm', id: 'flower_room/hot', at: 10, until: null },
      { kind: 'action', action: 'shelve', id: 'flower_room/hot', at: 20, until: 90, by: { kind: 'user', id: 'anna' } },
    ]);
    await history.close();
  });
});

describe('a history of schema 4', () => {
  it('has the phases of devices and their alarms under their new names', async () => {
    const path = join(newFolder(), 'history.db');
    const before = openSqliteHistory(path);
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
      ('flower_room/fan', 10, 20, 'true', 'wished', 0), ('flower_room/fan', 20, NULL, 'false', 'diverged', 0); PRAGMA user_version = 4`);
    await before.close();
    const history = openSqliteHistory(path);
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
    const history = openSqliteHistory(join(newFolder(), 'history.db'));
    const gaps = Array.from({ length: 25_000 }, (_, n) => [
      { kind: 'open' as const, point: id, from: n * 20_000, why: 'no answer' },
      { kind: 'close' as const, point: id, to: n * 20_000 + 8000 },
    ]).flat();
    const samples = [{ point: id, at: 0, lsn: 1, v: 20, q: 'good' as const }];
    await history.write({ cursor: { epoch: 'AAAAAAAAAAAA', lsn: 1, at: 5e8, up: 0 }, samples, gaps, spans: [], marks: [] });
    const whole = await history.pointHistory({ id, from: 0, to: 5e8, buckets: 500_000 });
    expect(whole?.gaps).toHaveLength(20_000);
    expect(whole?.gaps[0]).toEqual({ from: 0, to: 5000 * 20_000 + 8000, why: 'more gaps than can be distinguished' });
    const coarse = await history.pointHistory({ id, from: 0, to: 5e8, buckets: 500 });
    expect(coarse?.gaps).toHaveLength(1);
    const newest = await history.pointHistory({ id, from: 5e8 - 33_000, to: 5e8, buckets: 500 });
    expect(newest?.gaps).toEqual([
      { from: 5e8 - 33_000, to: 5e8 - 32_000, why: 'no answer' },
      { from: 5e8 - 20_000, to: 5e8 - 12_000, why: 'no answer' },
    ]);
    await history.close();
  });

  it('has the authors in its reasons as data, and those of marks and devices as they were', async () => {
    const path = join(newFolder(), 'history.db');
    const before = openSqliteHistory(path);
    const why = { code: 'fail-safe/overridden', params: { override: { code: 'override/active', params: { by: 'user:anna' } } } };
    before.database
      .prepare(
        "INSERT INTO spans (device, since, until, value, phase, by, why, simulated) VALUES ('flower_room/fan', 10, 20, 'true', 'confirmed', 'user:anna', ?, 0)",
      )
      .run(JSON.stringify(why));
    before.database.exec('PRAGMA user_version = 5');
    await before.close();
    const history = openSqliteHistory(path);
    const span = (await history.timeline({ id: 'flower_room/fan', from: 0, to: 100 }))?.spans[0];
    const by = { kind: 'user', id: 'anna' };
    expect(span).toMatchObject({ by, why: { params: { override: { params: { by } } } } });
    await history.close();
  });
});
