import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Target } from '@phloem/bridge';
import { openMqttTarget } from '@phloem/bridge-mqtt';
import { openRedisTarget } from '@phloem/bridge-redis';
import { openMariadbTarget, openPostgresTarget } from '@phloem/bridge-sql';
import { toBatch, toEntryRecords } from '@phloem/bridge/testing';
import { openOwnMariadb, openOwnMosquitto, openOwnPostgres, openOwnRedis } from '../services/support/own-server.ts';
import { until } from '../support/until.ts';
import { findProgram, type InteropSuite } from './suite.ts';

const runProgram = promisify(execFile);
const count = 500;

/** A server may listen before it lets anybody in. */
const connect = (open: () => Promise<Target>): Promise<Target> => until('a connection', open, () => true, 120_000);

/** Carries sample records to a target, some of them twice, as after a lost answer. */
const carry = async (target: Target): Promise<void> => {
  const records = toEntryRecords(1, 0, count);
  for (let from = 0; from < count; from += 50) {
    const batch = toBatch(records[from - 1], records.slice(from, from + 50));
    await target.put(batch);
    await target.put(batch);
  }
  await target.close();
};

const wanted = Array.from({ length: count }, (_, index) => index + 1);
const mustBeWhole = (lsns: readonly number[]): string => {
  assert.deepEqual(lsns, wanted, 'each number once and in order');
  return `${count} records, sent twice, each once and in order`;
};
const toNumbers = (text: string): readonly number[] => text.trim().split('\n').map(Number);

const runRedis = async (): Promise<string> => {
  await using server = await openOwnRedis();
  await carry(await connect(() => openRedisTarget({ url: server.url, prefix: 'phloem', channelPrefix: '', maxLength: 100_000 })));
  const { stdout } = await runProgram('redis-cli', ['-p', String(server.port), 'XRANGE', 'phloem:log', '-', '+'], { maxBuffer: 1e8 });
  return mustBeWhole([...stdout.matchAll(/^1-(\d+)$/gm)].map(([, lsn]) => Number(lsn)));
};

const runPostgres = async (): Promise<string> => {
  await using server = await openOwnPostgres();
  await carry(await connect(() => openPostgresTarget({ url: server.url, schema: 'phloem', bridge: 'interop' })));
  const { stdout } = await runProgram('psql', [server.url, '-At', '-c', 'SELECT lsn FROM phloem.record ORDER BY ordinal, lsn']);
  return mustBeWhole(toNumbers(stdout));
};

const runMariadb = async (): Promise<string> => {
  await using server = await openOwnMariadb();
  await carry(await connect(() => openMariadbTarget({ url: server.url, prefix: 'phloem', bridge: 'interop' })));
  const address = ['--no-defaults', '-h', '127.0.0.1', '-P', String(server.port), '-u', 'root', 'mysql'];
  const { stdout } = await runProgram('mariadb', [...address, '-N', '-e', 'SELECT lsn FROM phloem_record ORDER BY ordinal, lsn']);
  return mustBeWhole(toNumbers(stdout));
};

const runMosquitto = async (): Promise<string> => {
  await using server = await openOwnMosquitto();
  const point = { id: 'flower_room/front/temperature', title: 'Air', quantity: 'temperature', unit: '°C', intervalMs: 1000 } as const;
  const inventory = async () => ({ locations: [], points: [point], devices: [] });
  const [record] = toEntryRecords(1, 0, 1);
  assert.ok(record?.kind === 'entry');
  // Measured when the played clock began: it has five seconds to live.
  const clocks = { now: () => record.entry.at, uptime: () => performance.now() };
  const target = await connect(() => openMqttTarget({ url: server.url, prefix: 'phloem', withDiscovery: false, inventory, ...clocks }));
  await target.put({ after: null, records: [record] });
  const args = ['-V', '5', '-p', String(server.port), '-t', `phloem/${point.id}/state`, '-C', '1', '-W', '2'];
  /** What is retained; the program ends with 27 when nothing comes. */
  const retained = () =>
    runProgram('mosquitto_sub', args).then(
      ({ stdout }) => stdout,
      (error: unknown) => {
        if ((error as { readonly code?: unknown }).code === 27) return '';
        throw error;
      },
    );
  await until('the value to expire', retained, (text) => text === '', 120_000);
  await target.put({ after: null, records: [record] });
  const again = await until('a new value', retained, (text) => text !== '', 60_000);
  await target.close();
  assert.equal((JSON.parse(again) as { readonly value: number }).value, 21.01);
  return 'a retained value that expires by itself, and the next one';
};

const find =
  (client: string, ...servers: readonly string[]) =>
  (): string | null => {
    const path = findProgram(client);
    return path !== null && servers.every((name) => findProgram(name) !== null) ? path : null;
  };

/** Programs that read what bridges wrote, at servers of their own. */
export const bridgeReaders: readonly InteropSuite[] = [
  { id: 'redis-cli', name: 'the stream of a bridge to Redis', peer: 'redis-cli', find: find('redis-cli', 'redis-server'), run: runRedis },
  {
    id: 'psql',
    name: 'the tables of a bridge to PostgreSQL',
    peer: 'psql',
    find: () => (existsSync('/usr/lib/postgresql') ? findProgram('psql') : null),
    run: runPostgres,
  },
  { id: 'mariadb', name: 'the tables of a bridge to MariaDB', peer: 'mariadb', find: find('mariadb', 'mariadbd'), run: runMariadb },
  {
    id: 'mosquitto',
    name: 'values of a bridge to MQTT that expire',
    peer: 'mosquitto_sub',
    find: find('mosquitto_sub', 'mosquitto'),
    run: runMosquitto,
  },
];
