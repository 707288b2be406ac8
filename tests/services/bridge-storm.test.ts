import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createClient } from '@redis/client';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { openNatsStranger } from './support/nats-stranger.ts';
import { openOwnMariadb, openOwnNats, openOwnPostgres, openOwnRedis, type OwnServer } from './support/own-server.ts';
import { runStorm, type FoundRecord, type StormResult } from './support/storm.ts';

/** A sample in every run; `PHLOEM_TEST_KILLS=200` for the whole storm. */
const kills = Number(process.env['PHLOEM_TEST_KILLS'] ?? 3);

/** Nothing lost, nothing twice, nothing changed, and a reader can check it by `prev`. */
const expectWhole = ({ found, log, killed }: StormResult): void => {
  expect(Object.values(killed).reduce((sum, n) => sum + n, 0)).toBe(kills);
  const entries = found.filter(({ record }) => record === 'entry');
  expect(entries.map(({ lsn }) => lsn)).toEqual(log.map(({ lsn }) => lsn));
  expect(entries.map(({ entry }) => entry)).toEqual(log);
  expect(found.slice(1).filter(({ prev }, index) => prev !== found[index]?.lsn)).toEqual([]);
  expect(log.length).toBeGreaterThan(kills);
};

type SqlRecord = { readonly lsn: string | number; readonly prev: string | number; readonly record: string; readonly entry: unknown };

const toFound = ({ lsn, prev, record, entry }: SqlRecord): FoundRecord => ({ lsn: Number(lsn), prev: Number(prev), record, entry });

/** A crash of the server, until it answers again. */
const restart = async (server: OwnServer, read: () => Promise<unknown>): Promise<void> => {
  await server.kill();
  await server.start();
  await until('the server to have recovered', read, () => true);
};

describe('a bridge process, under kills of itself, the hub and the server', () => {
  it('carries every entry to Redis once', async () => {
    await using redis = await openOwnRedis();
    const read = async (): Promise<readonly FoundRecord[]> => {
      const client = createClient({ url: redis.url, disableOfflineQueue: true, socket: { reconnectStrategy: false } });
      client.on('error', () => undefined);
      await client.connect();
      try {
        return ((await client.xRange('phloem:log', '-', '+')) ?? []).map(({ id, message }) => ({
          lsn: Number(id.split('-')[1]),
          prev: Number(message['prev']),
          record: message['record'] ?? '',
          entry: JSON.parse(message['entry'] ?? 'null') as unknown,
        }));
      } finally {
        client.destroy();
      }
    };
    expectWhole(
      await runStorm({
        target: `{ kind: redis, url: "${redis.url}" }`,
        kills,
        seed: 1,
        more: { server: () => restart(redis, read) },
        read,
      }),
    );
  });

  it('carries every entry to NATS JetStream once', async () => {
    await using nats = await openOwnNats();
    const read = async (): Promise<readonly FoundRecord[]> => {
      await using stranger = await openNatsStranger('phloem', 'phloem', nats.url, true);
      return (await stranger.records()).map(({ lsn, prev, record, entry }) => ({ lsn, prev, record, entry }));
    };
    const target = `{ kind: nats, url: "${nats.url}" }`;
    expectWhole(await runStorm({ target, kills, seed: 5, more: { server: () => restart(nats, read) }, read }));
  });

  it('carries every entry to PostgreSQL once', async () => {
    await using postgres = await openOwnPostgres();
    const ask = async <Row extends object>(text: string): Promise<readonly Row[]> => {
      const client = new Client({ connectionString: postgres.url });
      client.on('error', () => undefined);
      await client.connect();
      try {
        return (await client.query<Row>(text)).rows;
      } finally {
        await client.end();
      }
    };
    const read = async (): Promise<readonly FoundRecord[]> =>
      (await ask<SqlRecord>('SELECT lsn, prev, record, entry FROM phloem.record ORDER BY ordinal, lsn')).map(toFound);
    /** Ends the bridge's session at the server, whatever it is doing. */
    const session = async (): Promise<void> => {
      await ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'phloem bridge storm'");
    };
    const target = `{ kind: postgresql, url: "${postgres.url}", schema: phloem }`;
    expectWhole(await runStorm({ target, kills, seed: 2, more: { server: () => restart(postgres, read), session }, read }));
    const [counts] = await ask<{ places: string; entries: string }>(
      `SELECT (SELECT count(DISTINCT (ordinal, lsn)) FROM phloem.reading) AS places,
        (SELECT count(*) FROM phloem.record WHERE kind = 'sensor') AS entries`,
    );
    expect(counts?.places).toBe(counts?.entries);
  });

  it('carries every entry to MariaDB once', async () => {
    await using mariadb = await openOwnMariadb();
    const read = async (): Promise<readonly FoundRecord[]> => {
      const client = await createConnection({ uri: mariadb.url.replace('mariadb:', 'mysql:') });
      client.on('error', () => undefined);
      try {
        const [rows] = await client.query('SELECT lsn, prev, record, entry FROM phloem_record ORDER BY ordinal, lsn');
        return (rows as unknown as readonly SqlRecord[]).map(toFound);
      } finally {
        client.destroy();
      }
    };
    const target = `{ kind: mariadb, url: "${mariadb.url}" }`;
    expectWhole(await runStorm({ target, kills, seed: 3, more: { server: () => restart(mariadb, read) }, read }));
  });

  it('carries every entry to SQLite once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'phloem-storm-'));
    const file = join(folder, 'greenhouse.db');
    const read = async (): Promise<readonly FoundRecord[]> => {
      const database = new DatabaseSync(file, { readOnly: true, timeout: 1000 });
      try {
        const rows = database.prepare('SELECT lsn, prev, record, entry FROM phloem_record ORDER BY ordinal, lsn').all();
        return (rows as unknown as readonly SqlRecord[]).map((row) => toFound({ ...row, entry: JSON.parse(String(row.entry)) as unknown }));
      } finally {
        database.close();
      }
    };
    try {
      expectWhole(await runStorm({ target: `{ kind: sqlite, file: "${file}" }`, kills, seed: 4, more: {}, read }));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
