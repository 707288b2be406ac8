import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { decide, every, type Frame, type Way } from '../way.ts';

const open = (folder: string): DatabaseSync => {
  const database = new DatabaseSync(join(folder, 'app.db'), { timeout: 5000 });
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS sensor_data (n INTEGER PRIMARY KEY, temperature REAL NOT NULL);
    CREATE TABLE IF NOT EXISTS device_state (device TEXT PRIMARY KEY, n INTEGER NOT NULL, is_on INTEGER NOT NULL);`);
  return database;
};

/** The system that polls, with its two tables in a file. */
export const way: Way = {
  backend: ({ folder, pollMs }, write) => {
    const database = open(folder);
    const read = database.prepare(`SELECT n, is_on FROM device_state WHERE device = 'heater'`);
    let last = -1;
    every(pollMs, () => {
      const row = read.get();
      if (row === undefined || row['n'] === last) return;
      last = Number(row['n']);
      write({ n: last, isOn: row['is_on'] === 1 });
    });
    const insert = database.prepare('INSERT OR IGNORE INTO sensor_data VALUES (?, ?)');
    return Promise.resolve(({ n, temperature }) => void insert.run(n, temperature));
  },
  automation: ({ folder, pollMs }) => {
    const database = open(folder);
    const read = database.prepare('SELECT n, temperature FROM sensor_data ORDER BY n DESC LIMIT 1');
    const upsert = database.prepare(`INSERT OR REPLACE INTO device_state VALUES ('heater', ?, ?)`);
    let last = -1;
    every(pollMs, () => {
      const frame = read.get() as Frame | undefined;
      if (frame === undefined || frame.n === last) return;
      const { n, isOn } = decide(frame);
      upsert.run(n, isOn ? 1 : 0);
      last = n;
    });
    return Promise.resolve();
  },
};
