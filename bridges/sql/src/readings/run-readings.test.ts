import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault, type IngestFrame } from '@phloem/protocol';
import { monotonicClock, type SourceProgress } from '@phloem/reconnect';
import { filter, firstValueFrom, ReplaySubject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { openSession } from '../open-session.ts';
import { runReadings, type ReadingsOptions, type ReadingsReader, type ReadingsStatus } from './run-readings.ts';

const mapping = {
  table: 'sensor_data',
  id: 'id',
  time: { column: 'created_at', zone: 'UTC' },
  points: { '{location}/{cluster}/temperature': 'temp_c' },
};
const createTable = `CREATE TABLE sensor_data (id INTEGER PRIMARY KEY AUTOINCREMENT,
  location TEXT DEFAULT 'dry', cluster TEXT DEFAULT 'a', temp_c REAL, created_at TEXT DEFAULT CURRENT_TIMESTAMP)`;

/** A hub that keeps what it is sent, and the position that came with it, as the real one does. */
const createHub = () => {
  const attached$ = new ReplaySubject<SourceProgress>(1);
  const values: unknown[] = [];
  const frames: IngestFrame[] = [];
  let position: string | null = null;
  let refuse: Fault | null = null;
  const attach = (lost: SourceProgress['lost'] = null): void => attached$.next({ seq: 0, position, lost });
  attach();
  return {
    attached$,
    attach,
    values,
    frames,
    get position() {
      return position;
    },
    setPosition: (text: string | null) => {
      position = text;
    },
    refuseNext: (fault: Fault) => {
      refuse = fault;
    },
    send: async (sent: readonly IngestFrame[], at?: string) => {
      if (refuse !== null) {
        const fault = refuse;
        refuse = null;
        throw fault;
      }
      for (const { readings } of sent) values.push(...Object.values(readings).map(({ v }) => v));
      frames.push(...sent);
      position = at ?? position;
      return { lsn: 1, live: sent.length, late: 0, refusedCount: 0, refused: [] };
    },
  };
};

const openRig = (sql = createTable) => {
  const folder = mkdtempSync(join(tmpdir(), 'phloem-readings-'));
  const file = join(folder, 'old.db');
  const database = new DatabaseSync(file);
  if (sql !== '') database.exec(sql);
  const hub = createHub();
  const readers: ReadingsReader[] = [];
  const insert = (...temperatures: readonly number[]): void => {
    for (const t of temperatures) database.prepare('INSERT INTO sensor_data (temp_c) VALUES (?)').run(t);
  };
  const start = (more: Partial<ReadingsOptions> = {}): ReadingsReader => {
    // Each run attaches again.
    hub.attach();
    const reader = runReadings({
      engine: 'sqlite',
      mapping,
      from: 'first',
      holesMs: 60_000,
      pollMs: 5,
      openSession: () => openSession({ kind: 'sqlite', file }, 'read', 'test'),
      sender: hub,
      clock: monotonicClock,
      random: () => 0,
      hubNow: () => Date.now(),
      ...more,
    });
    readers.push(reader);
    return reader;
  };
  const until = (reader: ReadingsReader, is: (status: ReadingsStatus) => boolean): Promise<ReadingsStatus> =>
    firstValueFrom(reader.status$.pipe(filter(is)));
  return {
    file,
    database,
    hub,
    insert,
    start,
    until,
    untilRows: (reader: ReadingsReader, count: number) => until(reader, ({ counters }) => counters.rows >= count),
    [Symbol.asyncDispose]: async () => {
      for (const reader of readers) await reader.close();
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

describe('the reading of a foreign table', () => {
  it('sends each row once, and goes on where it ended', async () => {
    await using rig = openRig();
    rig.insert(1, 2, 3);
    const reader = rig.start();
    await rig.untilRows(reader, 3);
    rig.insert(4);
    await rig.untilRows(reader, 4);
    await reader.close();
    rig.insert(5);
    await rig.untilRows(rig.start(), 1);
    expect(rig.hub.values).toEqual([1, 2, 3, 4, 5]);
  });

  it('dates no row by an answer that it read long after it had asked', async () => {
    await using rig = openRig();
    let stalledMs = 0;
    const openStalling = async (): ReturnType<typeof openSession> => {
      const session = await openSession({ kind: 'sqlite', file: rig.file }, 'read', 'test');
      return {
        close: () => session.close(),
        query: async <Row extends object>(text: string, values?: readonly (string | number | null)[]) => {
          const rows = await session.query<Row>(text, values);
          // The database's own clock goes on meanwhile; the answer is as it was.
          const now = stalledMs;
          if (rows.some((row) => 'database_now' in row)) stalledMs = 3_600_000;
          return rows.map((row) => ('database_now' in row ? { ...row, database_now: Number(row.database_now) + now } : row));
        },
      };
    };
    const clock = { now: () => monotonicClock.now() + stalledMs, schedule: monotonicClock.schedule.bind(monotonicClock) };
    const inserted = Date.now();
    rig.insert(1);
    const reader = rig.start({ openSession: openStalling, clock, hubNow: () => Date.now() + stalledMs });
    await rig.untilRows(reader, 1);
    expect(rig.hub.frames.map(({ at }) => (at ?? 0) - inserted < 60_000)).toEqual([true]);
  });

  it('finds a row whose transaction ended after those of higher ids', async () => {
    await using rig = openRig();
    rig.insert(1);
    rig.database.exec('INSERT INTO sensor_data (id, temp_c) VALUES (4, 4)');
    const reader = rig.start();
    await rig.untilRows(reader, 2);
    rig.database.exec('INSERT INTO sensor_data (id, temp_c) VALUES (2, 2)');
    await rig.untilRows(reader, 3);
    await reader.close();
    rig.database.exec('INSERT INTO sensor_data (id, temp_c) VALUES (3, 3)');
    await rig.untilRows(rig.start(), 1);
    expect(rig.hub.values).toEqual([1, 4, 2, 3]);
  });

  it('begins at the newest row of a table that the hub knows nothing of, and misses none after it', async () => {
    await using rig = openRig();
    rig.insert(1, 2, 3);
    const reader = rig.start({ from: 'head' });
    await rig.untilRows(reader, 1);
    await reader.close();
    rig.insert(4, 5);
    await rig.untilRows(rig.start({ from: 'head' }), 2);
    expect(rig.hub.values).toEqual([3, 4, 5]);
  });

  it('reads more than one answer has room for', async () => {
    await using rig = openRig();
    const all = Array.from({ length: 250 }, (_, index) => index);
    rig.database.exec('BEGIN');
    rig.insert(...all);
    rig.database.exec('COMMIT');
    await rig.untilRows(rig.start(), 250);
    expect(rig.hub.values).toEqual(all);
  });

  it('sends again what the hub has lost, and what it refused for a while', async () => {
    await using rig = openRig();
    rig.insert(1, 2);
    const reader = rig.start();
    await rig.untilRows(reader, 2);
    rig.hub.setPosition('1');
    rig.hub.attach([2, 2]);
    await rig.untilRows(reader, 3);
    rig.hub.refuseNext(new Fault('ingest/order', 'refused by plan'));
    rig.insert(3);
    await rig.untilRows(reader, 4);
    expect(rig.hub.values).toEqual([1, 2, 2, 3]);
  });

  it('follows a table that was emptied and counts from 1 again', async () => {
    await using rig = openRig();
    rig.insert(1, 2, 3);
    const reader = rig.start();
    await rig.untilRows(reader, 3);
    rig.database.exec('DELETE FROM sensor_data; DELETE FROM sqlite_sequence');
    rig.insert(4);
    await rig.untilRows(reader, 4);
    expect(rig.hub.values).toEqual([1, 2, 3, 4]);
  });

  it('gives old rows their age', async () => {
    await using rig = openRig();
    rig.database.exec("INSERT INTO sensor_data (temp_c, created_at) VALUES (1, datetime('now', '-2 hours'))");
    await rig.untilRows(rig.start(), 1);
    const age = Date.now() - (rig.hub.frames[0]?.at ?? 0);
    expect(age).toBeGreaterThanOrEqual(7_200_000);
    expect(age).toBeLessThan(7_300_000);
  });

  it('waits for a file that another program holds, and for one that is not there yet', async () => {
    await using rig = openRig();
    rig.database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    const reader = rig.start();
    await rig.until(reader, ({ error }) => error?.code === 'bridge/unreachable');
    rig.database.exec('COMMIT; PRAGMA locking_mode = NORMAL; SELECT * FROM sensor_data');
    rig.insert(1);
    await rig.untilRows(reader, 1);
    const missing = rig.start({ openSession: () => openSession({ kind: 'sqlite', file: `${rig.file}.other` }, 'read', 'test') });
    const { error } = await rig.until(missing, ({ phase }) => phase === 'resting');
    expect(error?.message).toContain('there is no file');
  });

  it.each([
    [createTable.replace(' AUTOINCREMENT', ''), 'AUTOINCREMENT'],
    [createTable.replace('temp_c', 'celsius'), 'temp_c'],
    ['', 'there is no table sensor_data'],
  ])('says what to change where the table is %s', async (sql, said) => {
    await using rig = openRig(sql);
    if (said === 'temp_c') rig.database.exec('INSERT INTO sensor_data (celsius) VALUES (1)');
    const { error } = await rig.until(rig.start(), ({ phase }) => phase === 'resting');
    expect(error).toMatchObject({ code: 'bridge/refused', message: expect.stringContaining(said) as string });
    expect(rig.hub.values).toEqual([]);
  });
});
