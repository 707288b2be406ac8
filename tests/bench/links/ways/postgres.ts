import { Pool } from 'pg';
import { decide, every, untilDone, type Frame, type State, type Way } from '../way.ts';

const schema = `CREATE TABLE IF NOT EXISTS sensor_data (n integer PRIMARY KEY, temperature real NOT NULL, created_at timestamptz DEFAULT now());
  CREATE TABLE IF NOT EXISTS device_state (device text PRIMARY KEY, n integer NOT NULL, is_on boolean NOT NULL);`;

const open = async (url: string): Promise<Pool> => {
  const pool = new Pool({ connectionString: url, max: 2, connectionTimeoutMillis: 2000 });
  pool.on('error', () => undefined);
  await untilDone(() => pool.query(schema));
  return pool;
};

/** The system that polls: readings in one table, the state of each device in another. */
export const way: Way = {
  backend: async ({ url, pollMs }, write) => {
    const pool = await open(url);
    let last = -1;
    every(pollMs, async () => {
      const { rows } = await pool.query<{ n: number; is_on: boolean }>(`SELECT n, is_on FROM device_state WHERE device = 'heater'`);
      for (const { n, is_on: isOn } of rows) if (n !== last) write({ n: (last = n), isOn } satisfies State);
    });
    const insert = 'INSERT INTO sensor_data (n, temperature) VALUES ($1, $2) ON CONFLICT DO NOTHING';
    return async ({ n, temperature }) => void (await untilDone(() => pool.query(insert, [n, temperature])));
  },
  automation: async ({ url, pollMs }) => {
    const pool = await open(url);
    let last = -1;
    every(pollMs, async () => {
      const { rows } = await pool.query<Frame>('SELECT n, temperature FROM sensor_data ORDER BY n DESC LIMIT 1');
      for (const frame of rows) {
        if (frame.n === last) continue;
        const { n, isOn } = decide(frame);
        const upsert = `INSERT INTO device_state VALUES ('heater', $1, $2) ON CONFLICT (device) DO UPDATE SET n = $1, is_on = $2`;
        await pool.query(upsert, [n, isOn]);
        last = n;
      }
    });
  },
};
