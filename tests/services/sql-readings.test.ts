import { openSession, runReadings, type Origin } from '@phloem/bridge-sql';
import type { IngestFrame } from '@phloem/protocol';
import { monotonicClock } from '@phloem/reconnect';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../support/seeded-random.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { addressOf, portOf, uniqueName, viaPort } from './support/addresses.ts';

const writers = 8;
const rowsEach = 60;

type Writer = { readonly query: (text: string) => Promise<unknown>; readonly end: () => Promise<void> };

const openPostgresWriter = async (): Promise<Writer> => {
  const client = new Client({ connectionString: addressOf('postgres') });
  await client.connect();
  return { query: (text) => client.query(text), end: () => client.end() };
};

const openMariadbWriter = async (): Promise<Writer> => {
  const client = await createConnection({ uri: addressOf('mariadb').replace('mariadb:', 'mysql:'), timezone: 'Z' });
  return { query: (text) => client.query(text), end: () => client.end() };
};

const engines = [
  {
    kind: 'postgresql',
    url: addressOf('postgres'),
    open: openPostgresWriter,
    create: "id bigserial PRIMARY KEY, place text, v double precision, at timestamp DEFAULT (now() AT TIME ZONE 'Europe/Berlin')",
  },
  {
    kind: 'mariadb',
    url: addressOf('mariadb'),
    open: openMariadbWriter,
    create: 'id bigint AUTO_INCREMENT PRIMARY KEY, place varchar(60), v double, at datetime(3) DEFAULT (UTC_TIMESTAMP(3))',
  },
] as const;

/** A table of its own, several programs that write into it, and a hub that remembers what it is sent. */
const openRig = async ({ kind, url, open, create }: (typeof engines)[number]) => {
  const table = uniqueName();
  const stranger = await open();
  await stranger.query(`CREATE TABLE ${table} (${create})`);
  const proxy = await openTcpProxy(portOf(url));
  const frames: IngestFrame[] = [];
  const origin: Origin = { kind, url: viaPort(url, proxy.port) };
  const reader = runReadings({
    engine: kind,
    mapping: {
      table,
      id: 'id',
      time: { column: 'at', zone: kind === 'postgresql' ? 'Europe/Berlin' : 'UTC' },
      points: { '{place}/a/number': 'v' },
    },
    from: 'first',
    holesMs: 600_000,
    pollMs: 5,
    openSession: () => openSession(origin, 'read', table),
    sender: {
      attached$: of({ seq: 0, position: null, lost: null }),
      send: async (sent) => {
        frames.push(...sent);
        return { lsn: 1, live: sent.length, late: 0, refusedCount: 0, refused: [] };
      },
    },
    clock: monotonicClock,
    random: Math.random,
    hubNow: () => Date.now(),
  });
  return {
    table,
    stranger,
    proxy,
    frames,
    open,
    values: () => frames.flatMap(({ readings }) => Object.values(readings).map(({ v }) => v)),
    [Symbol.asyncDispose]: async () => {
      await reader.close();
      await stranger.query(`DROP TABLE ${table}`);
      await stranger.end();
      await proxy[Symbol.asyncDispose]();
    },
  };
};

describe.each(engines)('readings from a table of $kind', (engine) => {
  it(`miss no row of ${writers} programs that write at once, and read none twice`, async () => {
    await using rig = await openRig(engine);
    const random = createSeededRandom(7);
    const write = async (writer: number): Promise<void> => {
      const client = await rig.open();
      for (let row = 0; row < rowsEach; row += 1) {
        await client.query('BEGIN');
        await client.query(`INSERT INTO ${rig.table} (place, v) VALUES ('dry', ${writer * 1000 + row})`);
        // The longer it stays open, the more rows of others with higher ids can be seen before it.
        if (random() < 0.3) await client.query(engine.kind === 'postgresql' ? 'SELECT pg_sleep(0.03)' : 'SELECT sleep(0.03)');
        await client.query(random() < 0.1 ? 'ROLLBACK' : 'COMMIT');
      }
      await client.end();
    };
    await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
    const answer = await rig.stranger.query(`SELECT v FROM ${rig.table} ORDER BY v`);
    const rows = (Array.isArray(answer) ? (answer as unknown[])[0] : (answer as { rows: unknown }).rows) as readonly { v: number }[];
    await until(
      'all rows',
      () => rig.values().length,
      (length) => length >= rows.length,
    );
    expect(rig.values().toSorted((a, b) => Number(a) - Number(b))).toEqual(rows.map(({ v }) => v));
    expect(rows.length).toBeGreaterThan(writers * rowsEach * 0.7);
  });

  it('are as old as their database says', async () => {
    await using rig = await openRig(engine);
    const old =
      engine.kind === 'postgresql' ? "(now() AT TIME ZONE 'Europe/Berlin') - interval '2 hours'" : 'UTC_TIMESTAMP(3) - INTERVAL 2 HOUR';
    await rig.stranger.query(`INSERT INTO ${rig.table} (place, v, at) VALUES ('dry', 1, ${old})`);
    await until(
      'the row',
      () => rig.frames.length,
      (length) => length === 1,
    );
    const age = Date.now() - (rig.frames[0]?.at ?? 0);
    expect(age).toBeGreaterThan(7_190_000);
    expect(age).toBeLessThan(7_300_000);
  });

  it('go on after the connection broke, and after it carried nothing for a while', async () => {
    await using rig = await openRig(engine);
    const insert = (v: number): Promise<unknown> => rig.stranger.query(`INSERT INTO ${rig.table} (place, v) VALUES ('dry', ${v})`);
    const see = (count: number): Promise<unknown> =>
      until(
        `${count} rows`,
        () => rig.values().length,
        (length) => length >= count,
      );
    await insert(1);
    await see(1);
    rig.proxy.reset();
    await insert(2);
    await see(2);
    rig.proxy.shape('both', { flow: 'swallow' });
    await insert(3);
    await until(
      'another connection',
      () => rig.proxy.connections,
      (count) => count >= 3,
    );
    rig.proxy.heal();
    await see(3);
    expect(rig.values()).toEqual([1, 2, 3]);
  });
});
