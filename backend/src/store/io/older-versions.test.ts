import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { HubStore } from '../hub-store.ts';
import { createStillClock } from '../testing/store-bench.ts';
import { toChecksum } from './entry-rows.ts';
import { prepareSchema, schemaVersion } from './sqlite-schema.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { newFolder } from './testing/new-folder.ts';

const open = (path: string): HubStore => openSqliteStore({ path, clock: createStillClock().clock, random: Math.random, bootId: 'boot' });

const command = {
  id: 'frame-0001',
  device: 'room/heater',
  value: true,
  op: 'set',
  by: 'node:a',
  why: 'too cold',
  cause: { epoch: 'epochAepochA', lsn: 1 },
  term: 1,
  scope: 'room',
  accepted: { epoch: 'epochAepochA', lsn: 1 },
  stage: 'held',
  end: null,
};
const device = { kind: 'device', device: 'room/heater', phase: 'held', value: true, by: 'hub', why: 'waits for min-off until 14:00:00' };
const toSensor = (why: unknown) => ({
  kind: 'sensor',
  location: 'room',
  cluster: 'front',
  readings: { temperature: { v: null, q: 'bad', why } },
});
const sensor = toSensor('no answer');
const migratedSensor = toSensor({ code: 'text', params: { text: 'no answer' } });

/** Makes a file as schema 1 had it: sentences where reasons are now. */
const writeSchema1 = (path: string): void => {
  open(path).close();
  const database = new DatabaseSync(path);
  const insert = database.prepare('INSERT INTO entries (lsn, at, up, position, checksum, body) VALUES (?, ?, ?, ?, ?, ?)');
  const first = Number(database.prepare('SELECT coalesce(max(lsn), 0) AS lsn FROM entries').get()?.['lsn']) + 1;
  for (const [index, draft] of [device, sensor, { ...device, why: 'altered' }].entries()) {
    const [lsn, body] = [first + index, JSON.stringify(draft)];
    const isAltered = index === 2;
    insert.run(lsn, 1000, 1000, 0, isAltered ? 1 : toChecksum(lsn, 1000, 1000, 0, body), body);
  }
  database.prepare("INSERT INTO commands (id, accepted, stage, record) VALUES (?, 1, 'held', ?)").run(command.id, JSON.stringify(command));
  const standing = { lsn: first, entries: [{ lsn: first, at: 1000, up: 1000, ...device, phase: 'confirmed' }] };
  database.prepare("INSERT INTO facts (name, text) VALUES ('standing', ?)").run(JSON.stringify(standing));
  database.exec('DROP TABLE sources; DROP TABLE named_cursors; DROP TABLE segments; PRAGMA user_version = 1');
  database.close();
};

describe('a log that an older version wrote', () => {
  it('keeps its sentences as reasons, and nothing else of it changes', () => {
    const path = join(newFolder(), 'hub.db');
    writeSchema1(path);
    const store = open(path);
    const entries = store.log.read(0, { entries: 100, bytes: 1e6 });
    expect(entries.find(({ kind }) => kind === 'device')).toMatchObject({
      phase: 'held',
      why: { code: 'text', params: { text: 'waits for min-off until 14:00:00' } },
    });
    expect(entries.find(({ kind }) => kind === 'sensor')).toMatchObject(migratedSensor);
    expect(entries.at(-1)).toMatchObject({ kind: 'gap', why: { code: 'log/damaged' } });
    expect(store.commands.open()).toMatchObject([{ id: command.id, why: { code: 'text', params: { text: 'too cold' } } }]);
    expect(store.standing.get()?.entries[0]).toMatchObject({ why: { code: 'text' } });
    store.close();
    const again = open(path);
    expect(again.namedCursors.list()).toEqual([]);
    expect(again.log.read(0, { entries: 100, bytes: 1e6 }).slice(0, entries.length)).toEqual(entries);
    again.close();
  });

  it('gets the tables for sources and named cursors, and everything else of schema 2 stays as it is', () => {
    const path = join(newFolder(), 'hub.db');
    const before = open(path);
    const [entry] = before.log.append([{ kind: 'note', by: { kind: 'hub' }, about: 'hub', text: 'of schema 2' }]);
    before.cursors.set('room', { epoch: before.log.epoch, lsn: 1 });
    before.close();
    const database = new DatabaseSync(path);
    database.exec('DROP TABLE sources; DROP TABLE named_cursors; DROP TABLE segments; PRAGMA user_version = 2');
    database.close();
    const store = open(path);
    expect(store.log.read(0, { entries: 10, bytes: 1e6 })).toEqual([entry]);
    expect([store.log.epoch, store.cursors.get('room')?.lsn]).toEqual([before.log.epoch, 1]);
    expect([store.sources.get('zigbee'), store.namedCursors.list()]).toEqual([null, []]);
    store.sources.put('zigbee', { seq: 1, position: null, recent: [] });
    store.close();
    const version = new DatabaseSync(path, { readOnly: true });
    expect(version.prepare('PRAGMA user_version').get()).toEqual({ user_version: schemaVersion });
    version.close();
    const again = open(path);
    expect(again.sources.get('zigbee')?.seq).toBe(1);
    again.close();
  });

  it('has its phases and the alarms of its devices under their new names', () => {
    const path = join(newFolder(), 'hub.db');
    open(path).close();
    const database = new DatabaseSync(path);
    const first = Number(database.prepare('SELECT coalesce(max(lsn), 0) AS lsn FROM entries').get()?.['lsn']) + 1;
    const insert = database.prepare('INSERT INTO entries (lsn, at, up, position, checksum, body) VALUES (?, ?, ?, ?, ?, ?)');
    const alarm = { kind: 'alarm', alarm: 'device/room/heater/unproven', state: 'active', priority: 'P2' };
    const drafts = [
      ...['wished', 'voided', 'diverged', 'confirmed'].map((phase) => ({ ...device, why: undefined, phase })),
      alarm,
      { kind: 'note', by: 'hub', about: 'hub', text: 'it was "diverged"' },
    ];
    for (const [index, draft] of drafts.entries()) {
      const [lsn, body] = [first + index, JSON.stringify(draft)];
      insert.run(lsn, 1000, 1000, 0, toChecksum(lsn, 1000, 1000, 0, body), body);
    }
    const { why: _, ...stored } = command;
    const record = JSON.stringify({ ...stored, stage: 'wished', why: undefined });
    database.prepare("INSERT INTO commands (id, accepted, stage, record) VALUES (?, 1, 'wished', ?)").run(command.id, record);
    const standing = {
      lsn: first,
      entries: [{ lsn: first, at: 1000, up: 1000, ...device, why: undefined, phase: 'diverged' }],
      alarms: [{ ...alarm, alarm: 'device/room/heater/diverged' }],
    };
    database.prepare("INSERT INTO facts (name, text) VALUES ('standing', ?)").run(JSON.stringify(standing));
    database.exec('DROP TABLE segments; PRAGMA user_version = 3');
    database.close();
    const store = open(path);
    const entries = store.log.read(first - 1, { entries: 6, bytes: 1e6 });
    expect(entries.flatMap((entry) => (entry.kind === 'device' ? [entry.phase] : []))).toEqual([
      'requested',
      'cancelled',
      'discrepancy',
      'confirmed',
    ]);
    expect(entries.slice(4)).toMatchObject([{ alarm: 'device/room/heater/feedback-mismatch' }, { text: 'it was "diverged"' }]);
    expect(store.commands.open()).toMatchObject([{ id: command.id, stage: 'requested' }]);
    expect(store.standing.get()).toMatchObject({
      entries: [{ phase: 'discrepancy' }],
      alarms: [{ alarm: 'device/room/heater/discrepancy' }],
    });
    store.close();
  });

  it.each([4, 5])('of schema %i has its authors as data, and the records of points as their hashes name them', (version) => {
    const path = join(newFolder(), 'hub.db');
    open(path).close();
    const database = new DatabaseSync(path);
    const first = Number(database.prepare('SELECT coalesce(max(lsn), 0) AS lsn FROM entries').get()?.['lsn']) + 1;
    const insert = database.prepare('INSERT INTO entries (lsn, at, up, position, checksum, body) VALUES (?, ?, ?, ?, ?, ?)');
    const why = { code: 'override/overridden', params: { because: { code: 'override/active', params: { by: 'user:a:b' } } } };
    const record = { kind: 'maintenance', point: 'room/front/temperature', by: 'user:anna', forMs: 0, reason: '"by":"hub"' };
    const drafts = [
      { ...device, by: 'node:automation-1', why },
      { kind: 'access', by: 'hub', action: 'token-created', subject: 'node:subject' },
      { kind: 'note', by: 'user:anna', about: 'hub', text: 'by user:ben', record },
      { kind: 'alarm', alarm: 'room/hot', state: 'cleared', priority: 'P1', by: 'nobody knows' },
      sensor,
    ];
    for (const [index, draft] of drafts.entries()) {
      const [lsn, body] = [first + index, JSON.stringify(draft)];
      insert.run(lsn, 1000, 1000, 0, toChecksum(lsn, 1000, 1000, 0, body), body);
    }
    const { why: _, ...stored } = command;
    const standing = {
      lsn: first,
      entries: [{ lsn: first, at: 1000, up: 1000, kind: 'override', device: 'room/heater', by: 'user:anna', value: true }],
      alarms: [{ alarm: 'room/hot', acknowledgedBy: 'user:anna', shelved: { by: 'user:ben' } }],
    };
    database.prepare("INSERT INTO commands (id, accepted, stage, record) VALUES (?, 1, 'held', ?)").run(command.id, JSON.stringify(stored));
    database.prepare("INSERT INTO facts (name, text) VALUES ('standing', ?)").run(JSON.stringify(standing));
    database.exec(`${version < 5 ? 'DROP TABLE segments;' : ''} PRAGMA user_version = ${version}`);
    database.close();
    const store = open(path);
    const [held, access, note, alarm, reading] = store.log.read(first - 1, { entries: 5, bytes: 1e6 });
    const because = { code: 'override/active', params: { by: { kind: 'user', id: 'a:b' } } };
    expect(held).toMatchObject({ by: { kind: 'node', id: 'automation-1' }, why: { params: { because } } });
    expect(access).toMatchObject({ by: { kind: 'hub' }, subject: { kind: 'node', id: 'subject' } });
    expect(note).toMatchObject({ by: { kind: 'user', id: 'anna' }, text: 'by user:ben', record });
    expect([alarm, reading]).toMatchObject([{ by: { kind: 'hub' } }, migratedSensor]);
    expect(store.commands.open()).toMatchObject([{ id: command.id, by: { kind: 'node', id: 'a' } }]);
    expect(store.standing.get()).toMatchObject({
      entries: [{ by: { kind: 'user', id: 'anna' } }],
      alarms: [{ acknowledgedBy: { kind: 'user', id: 'anna' }, shelved: { by: { kind: 'user', id: 'ben' } } }],
    });
    store.close();
  });

  it('of schema 6 has as data why a gap is there, an alarm is active and a reading has no value, and what people wrote as it was', () => {
    const path = join(newFolder(), 'hub.db');
    open(path).close();
    const database = new DatabaseSync(path);
    const first = Number(database.prepare('SELECT coalesce(max(lsn), 0) AS lsn FROM entries').get()?.['lsn']) + 1;
    const insert = database.prepare('INSERT INTO entries (lsn, at, up, position, checksum, body) VALUES (?, ?, ?, ?, ?, ?)');
    const alarm = { kind: 'alarm', alarm: 'room/hot', state: 'active', priority: 'P1', by: { kind: 'hub' }, reason: 'too "hot"' };
    const by = { kind: 'user', id: 'anna' };
    const byPerson = [
      { ...alarm, by, state: 'acknowledged', isAcknowledged: true, reason: 'on my way' },
      { ...alarm, by, state: 'cleared', isAcknowledged: true, reason: 'on my way' },
      { ...alarm, by, shelving: { kind: 'shelve', forMs: 1000, until: 2000 }, reason: 'defrost' },
    ];
    const drafts = [{ kind: 'gap', from: 1, to: 2, why: 'damaged on disk' }, alarm, ...byPerson, sensor];
    for (const [index, draft] of drafts.entries()) {
      const [lsn, body] = [first + index, JSON.stringify(draft)];
      insert.run(lsn, 1000, 1000, 0, toChecksum(lsn, 1000, 1000, 0, body), body);
    }
    const shelved = { by, reason: 'defrost', since: 1, until: 2, untilUp: 2 };
    const alarms = [
      { alarm: 'room/hot', reason: 'too hot', shelved },
      { alarm: 'room/cold', reason: null },
    ];
    const totals = [{ lsn: first, at: 1000, up: 1000, ...sensor }];
    const standing = { lsn: first, entries: [{ lsn: first, at: 1000, up: 1000, ...alarm }], alarms, totals };
    database.prepare("INSERT INTO facts (name, text) VALUES ('standing', ?)").run(JSON.stringify(standing));
    database.exec('PRAGMA user_version = 6');
    database.close();
    const store = open(path);
    const { reason: _, ...raised } = alarm;
    const [gap, hot, ...others] = store.log.read(first - 1, { entries: 6, bytes: 1e6 });
    expect(gap).toMatchObject({ kind: 'gap', why: { code: 'text', params: { text: 'damaged on disk' } } });
    const why = { code: 'text', params: { text: 'too "hot"' } };
    expect(hot).toEqual({ lsn: first + 1, at: 1000, up: 1000, ...raised, why });
    expect(others).toMatchObject([...byPerson, migratedSensor]);
    expect(store.standing.get()).toMatchObject({
      entries: [{ ...raised, why }],
      alarms: [
        { alarm: 'room/hot', why: { code: 'text', params: { text: 'too hot' } }, shelved },
        { alarm: 'room/cold', why: null },
      ],
      totals: [migratedSensor],
    });
    store.close();
  });

  it('of schema 8 has as data why the hub put a point back into use, and the same words of a person as they were', () => {
    const path = join(newFolder(), 'hub.db');
    open(path).close();
    const database = new DatabaseSync(path);
    const first = Number(database.prepare('SELECT coalesce(max(lsn), 0) AS lsn FROM entries').get()?.['lsn']) + 1;
    const insert = database.prepare('INSERT INTO entries (lsn, at, up, position, checksum, body) VALUES (?, ?, ?, ?, ?, ?)');
    const record = { kind: 'maintenance', point: 'room/front/temperature', forMs: 0, reason: 'the time is over' };
    const note = { kind: 'note', by: { kind: 'hub' }, about: 'maintenance/room/front/temperature', text: 'back: the time is over', record };
    const byPerson = { ...note, by: { kind: 'user', id: 'anna' } };
    for (const [index, draft] of [note, byPerson].entries()) {
      const [lsn, body] = [first + index, JSON.stringify(draft)];
      insert.run(lsn, 1000, 1000, 0, toChecksum(lsn, 1000, 1000, 0, body), body);
    }
    database.exec("INSERT INTO segments VALUES (1, 1, 'x', 'x', 1, 0, 0, 1, 0, 0, 0, 0, 0); PRAGMA user_version = 8");
    prepareSchema(database, path);
    const bodies = database.prepare('SELECT lsn, position, checksum, body FROM entries WHERE lsn >= ? ORDER BY lsn').all(first);
    const { reason: _, ...rest } = record;
    expect(bodies.map(({ body }): unknown => JSON.parse(String(body)))).toEqual([
      { ...note, record: { ...rest, why: { code: 'time/over', params: {} } } },
      byPerson,
    ]);
    for (const { lsn, checksum, body } of bodies) expect(checksum).toBe(toChecksum(Number(lsn), 1000, 1000, 0, String(body)));
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 9 });
    database.close();
  });

  it('is refused where segments hold entries of an older shape, and stays as it is', () => {
    const path = join(newFolder(), 'hub.db');
    open(path).close();
    const database = new DatabaseSync(path);
    database.exec("INSERT INTO segments VALUES (1, 1, 'x', 'x', 1, 0, 0, 1, 0, 0, 0, 0, 0); PRAGMA user_version = 5");
    expect(() => open(path)).toThrow('has segments that an older version sealed (schema 5)');
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 5 });
    database.close();
  });
});
