import { createClient } from '@redis/client';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { addressOf, uniqueName } from './support/addresses.ts';
import { openOwnRedis } from './support/own-server.ts';
import { runStorm, type FoundRecord, type StormResult } from './support/storm.ts';

/** A sample in every run; `PHLOEM_TEST_KILLS=200` for the whole storm. */
const kills = Number(process.env['PHLOEM_TEST_KILLS'] ?? 3);

/** Nothing lost, nothing twice, nothing changed, and a reader can tell by `prev`. */
const expectWhole = ({ found, log, killed }: StormResult): void => {
  expect(Object.values(killed).reduce((sum, n) => sum + n, 0)).toBe(kills);
  const entries = found.filter(({ record }) => record === 'entry');
  expect(entries.map(({ lsn }) => lsn)).toEqual(log.map(({ lsn }) => lsn));
  expect(entries.map(({ entry }) => entry)).toEqual(log);
  expect(found.slice(1).filter(({ prev }, index) => prev !== found[index]?.lsn)).toEqual([]);
  expect(log.length).toBeGreaterThan(kills);
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
    const server = async (): Promise<void> => {
      await redis.kill();
      await redis.start();
      await until('Redis to have loaded its data', read, () => true);
    };
    expectWhole(await runStorm({ target: `{ kind: redis, url: "${redis.url}" }`, kills, seed: 1, more: { server }, read }));
  });

  it('carries every entry to PostgreSQL once', async () => {
    const url = addressOf('postgres');
    const schema = uniqueName();
    const client = new Client({ connectionString: url });
    await client.connect();
    const read = async (): Promise<readonly FoundRecord[]> => {
      const { rows } = await client.query<{ lsn: string; prev: string; record: string; entry: unknown }>(
        `SELECT lsn, prev, record, entry FROM ${schema}.record ORDER BY ordinal, lsn`,
      );
      return rows.map(({ lsn, prev, record, entry }) => ({ lsn: Number(lsn), prev: Number(prev), record, entry }));
    };
    /** Ends the bridge's session at the server, whatever it is doing. */
    const session = async (): Promise<void> => {
      await client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'phloem bridge storm'");
    };
    try {
      const target = `{ kind: postgresql, url: "${url}", schema: ${schema} }`;
      expectWhole(await runStorm({ target, kills, seed: 2, more: { session }, read }));
      const { rows } = await client.query<{ places: string; entries: string }>(
        `SELECT (SELECT count(DISTINCT (ordinal, lsn)) FROM ${schema}.reading) AS places,
          (SELECT count(*) FROM ${schema}.record WHERE kind = 'sensor') AS entries`,
      );
      expect(rows[0]?.places).toBe(rows[0]?.entries);
    } finally {
      await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      await client.end();
    }
  });
});
