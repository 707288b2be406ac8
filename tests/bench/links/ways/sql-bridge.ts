import { fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { built } from '../../../support/process.ts';
import { decide, every, type Place, type Way } from '../way.ts';
import { appendFrame, openRoom } from './phloem.ts';

const open = (folder: string): DatabaseSync => {
  const database = new DatabaseSync(join(folder, 'app.db'), { timeout: 5000 });
  database.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS sensor_data (id INTEGER PRIMARY KEY AUTOINCREMENT, temperature REAL, created_at TEXT);
    CREATE TABLE IF NOT EXISTS device_state (device TEXT PRIMARY KEY, state TEXT, updated_at TEXT);
    CREATE TABLE IF NOT EXISTS heartbeat (id INTEGER PRIMARY KEY, at TEXT);`);
  return database;
};

const documents = (file: string): string => `
apiVersion: phloem/v1
kind: Bridge
metadata: { id: readings }
spec:
  target:
    { kind: sqlite, file: "${file}", rows: { table: sensor_data, time: { column: created_at, zone: UTC }, measurements: { temperature: temperature } } }
  filter: { kinds: [sensor] }
  fill: first
  upTo: immediate
---
apiVersion: phloem/v1
kind: Bridge
metadata: { id: requests }
spec:
  origin: { kind: sqlite, file: "${file}" }
  requests:
    scope: room
    table: device_state
    device: "room/{device}"
    value: state
    changed: { column: updated_at, zone: UTC }
    alive: { table: heartbeat, column: at, zone: UTC, within: 5s }
`;

/** The two bridges as they are, in processes that end with the hub. */
const startBridges = ({ port, folder }: Place): void => {
  const [site, secrets] = [join(folder, 'bridges'), join(folder, 'secrets')];
  for (const path of [site, secrets]) mkdirSync(path, { recursive: true });
  writeFileSync(join(site, 'bridges.yaml'), documents(join(folder, 'app.db')));
  for (const id of ['readings', 'requests']) {
    writeFileSync(join(secrets, `bridge-${id}.token`), 'bench', { mode: 0o600 });
    const args = ['bridge', 'run', id, '--site', site, '--port', String(port), '--data', folder];
    fork(built.phloem, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
  }
};

/** An automation that polls a database as before, and Phloem between the database and the field. */
export const way: Way = {
  backend: async (place, write, accepted) => {
    open(place.folder).close();
    const hub = await openRoom(place, write, accepted);
    startBridges(place);
    return (frame) => appendFrame(hub, frame);
  },
  automation: ({ folder, pollMs }) => {
    const database = open(folder);
    const newest = database.prepare('SELECT id AS n, temperature FROM sensor_data ORDER BY id DESC LIMIT 1');
    const upsert = database.prepare(`INSERT OR REPLACE INTO device_state VALUES ('heater', ?, ?)`);
    const beat = database.prepare('INSERT OR REPLACE INTO heartbeat VALUES (1, ?)');
    let last = -1;
    every(pollMs, () => {
      const row = newest.get();
      const at = new Date().toISOString();
      beat.run(at);
      if (row === undefined || row['n'] === last) return;
      const { n, isOn } = decide({ n: Number(row['n']), temperature: Number(row['temperature']) });
      upsert.run(isOn ? 'on' : 'off', at);
      last = n;
    });
    return Promise.resolve();
  },
};
