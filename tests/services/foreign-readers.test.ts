import { execFile } from 'node:child_process';
import { connect as connectSocket } from 'node:net';
import { promisify } from 'node:util';
import type { Target } from '@phloem/bridge';
import { openMqttTarget } from '@phloem/bridge-mqtt';
import { openNatsTarget } from '@phloem/bridge-nats';
import { openRabbitmqTarget } from '@phloem/bridge-rabbitmq';
import { openRedisTarget } from '@phloem/bridge-redis';
import { openMariadbTarget, openPostgresTarget } from '@phloem/bridge-sql';
import { toBatch, toEntryRecords } from '@phloem/bridge/testing';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { createClient } from '@redis/client';
import { describe, expect, it } from 'vitest';
import { findPython } from '../interop/suite.ts';
import { openMesh } from '../support/mesh.ts';
import { until } from '../support/until.ts';
import { addressOf, portOf, uniqueName } from './support/addresses.ts';
import { openNatsStranger } from './support/nats-stranger.ts';
import { openStranger } from './support/rabbitmq-stranger.ts';

const runFile = promisify(execFile);
const count = 200;
const wanted = Array.from({ length: count }, (_, index) => index + 1);
const records = toEntryRecords(1, 0, count);

/** Puts every batch twice, as after an answer that was lost. */
const carry = async (target: Target, times = 2): Promise<void> => {
  for (let from = 0; from < count; from += 50) {
    const batch = toBatch(records[from - 1], records.slice(from, from + 50));
    for (let n = 0; n < times; n += 1) await target.put(batch);
  }
  await target.close();
};

/** Runs a program of somebody else and returns what it printed. */
const ask = async (program: string, args: readonly string[]): Promise<string> =>
  (await runFile(program, [...args], { maxBuffer: 1e8, timeout: 120_000 })).stdout;

const askPython = async (module: string, debian: string, program: string, args: readonly string[]): Promise<string> => {
  const python = findPython(module);
  if (python === null) throw new Error(`Python has no ${module}: install the package ${debian}`);
  return ask(python, ['-B', '-c', program, ...args]);
};

const toNumbers = (text: string): readonly number[] => text.trim().split('\n').map(Number);

describe('programs of others read what a bridge wrote, each record once and in order', () => {
  it('redis-cli and redis-py, from the stream of a bridge to Redis', async () => {
    const [url, prefix] = [addressOf('redis'), uniqueName()];
    await carry(await openRedisTarget({ url, prefix, channelPrefix: `${prefix}:`, maxLength: 100_000 }));
    try {
      const text = await ask('redis-cli', ['-u', url, 'XRANGE', `${prefix}:log`, '-', '+']);
      expect([...text.matchAll(/^1-(\d+)$/gm)].map(([, lsn]) => Number(lsn))).toEqual(wanted);
      const program = `import json, sys, redis
r = redis.Redis.from_url(sys.argv[1], decode_responses=True)
last = 0
for id, fields in r.xrange(sys.argv[2] + ":log"):
    assert int(fields["prev"]) == last, (id, fields["prev"])
    entry = json.loads(fields["entry"])
    last = entry["lsn"]
    print(last)
assert r.hlen(sys.argv[2] + ":values") > 0
`;
      expect(toNumbers(await askPython('redis', 'python3-redis', program, [url, prefix]))).toEqual(wanted);
    } finally {
      const client = createClient({ url });
      await client.connect();
      await client.del(['log', 'values', 'devices'].map((key) => `${prefix}:${key}`));
      client.destroy();
    }
  });

  it('pika, from the stream of a bridge to RabbitMQ: it goes away half way, and goes on at its offset', async () => {
    const [url, prefix] = [addressOf('rabbitmq'), uniqueName()];
    // It removes the exchange and the stream.
    await using _ = await openStranger(url, prefix, 'greenhouse');
    // This server cannot be asked what it has: a repeat would be a message of its own.
    await carry(await openRabbitmqTarget({ url, prefix, site: 'greenhouse', keepBytes: 50_000_000 }), 1);
    const program = `import json, os, sys, pika
url, stream, offset, limit = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
channel.basic_qos(prefetch_count=20)
for n, (method, properties, body) in enumerate(channel.consume(stream, arguments={"x-stream-offset": offset}), 1):
    print(properties.headers["x-stream-offset"], json.loads(body)["lsn"], flush=True)
    channel.basic_ack(method.delivery_tag)
    if n == limit:
        os._exit(0)  # as a kill: it says nothing to the server
`;
    const read = async (offset: number, limit: number): Promise<readonly (readonly number[])[]> => {
      const args = [url.replace('guest@', 'guest:guest@'), `${prefix}.greenhouse.log`, String(offset), String(limit)];
      const text = await askPython('pika', 'python3-pika', program, args);
      return text
        .trim()
        .split('\n')
        .map((line) => line.split(' ').map(Number));
    };
    const first = await read(0, count / 2);
    const rest = await read((first.at(-1)?.[0] ?? 0) + 1, count / 2);
    expect([...first, ...rest].map(([, lsn]) => lsn)).toEqual(wanted);
  });

  it('the protocol of NATS over a plain socket, from the stream of a bridge to JetStream', async () => {
    const [url, name] = [addressOf('nats'), uniqueName()];
    await using stranger = await openNatsStranger(name, name);
    await carry(await openNatsTarget({ url, stream: name, prefix: name, keep: 100_000 }));
    expect(await stranger.places()).toHaveLength(count);
    const socket = connectSocket({ host: '127.0.0.1', port: portOf(url) });
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    const consumer = JSON.stringify({
      stream_name: name,
      config: { deliver_subject: `${name}_inbox`, deliver_policy: 'all', ack_policy: 'none', replay_policy: 'instant' },
    });
    const subject = `$JS.API.CONSUMER.CREATE.${name}`;
    socket.write('CONNECT {"verbose":false,"headers":true}\r\n');
    socket.write(`SUB ${name}_inbox 1\r\nPUB ${subject} ${Buffer.byteLength(consumer)}\r\n${consumer}\r\n`);
    const find = (): readonly number[] =>
      [...text.matchAll(/^H?MSG [^\r\n]+\r\n[\s\S]*?(\{"record":"entry"[^\r\n]*\})\r\n/gm)].map(
        ([, body = '']) => (JSON.parse(body) as { lsn: number }).lsn,
      );
    const found = await until('every message', find, ({ length }) => length >= count);
    socket.destroy();
    expect(found).toEqual(wanted);
  });

  it('psql, from the tables of a bridge to PostgreSQL', async () => {
    const [url, schema] = [addressOf('postgres'), uniqueName()];
    await carry(await openPostgresTarget({ url, schema, bridge: 'foreign' }));
    try {
      const text = await ask('psql', [url, '-At', '-c', `SELECT lsn FROM ${schema}.record ORDER BY ordinal, lsn`]);
      expect(toNumbers(text)).toEqual(wanted);
    } finally {
      const client = new Client({ connectionString: url });
      await client.connect();
      await client.query(`DROP SCHEMA ${schema} CASCADE`);
      await client.end();
    }
  });

  it('mariadb, from the tables of a bridge to MariaDB', async () => {
    const [url, prefix] = [addressOf('mariadb'), uniqueName()];
    await carry(await openMariadbTarget({ url, prefix, bridge: 'foreign' }));
    const { hostname, port, username, password, pathname } = new URL(url);
    try {
      const account = ['--no-defaults', '-h', hostname, '-P', port, '-u', username, ...(password === '' ? [] : [`-p${password}`])];
      const text = await ask('mariadb', [
        ...account,
        pathname.slice(1),
        '-N',
        '-e',
        `SELECT lsn FROM ${prefix}_record ORDER BY ordinal, lsn`,
      ]);
      expect(toNumbers(text)).toEqual(wanted);
    } finally {
      const client = await createConnection({ uri: url.replace('mariadb:', 'mysql:') });
      await client.query(`DROP TABLE ${['cursor', 'record', 'reading', 'device_state'].map((table) => `${prefix}_${table}`).join(', ')}`);
      await client.end();
    }
  });

  it('mosquitto_sub, the newest value of a bridge to MQTT', async () => {
    const [url, prefix] = [addressOf('mqtt'), uniqueName()];
    const point = { id: 'flower_room/front/temperature', title: 'Air', quantity: 'temperature', unit: '°C', intervalMs: 20_000 } as const;
    const [record] = records;
    if (record?.kind !== 'entry') throw new Error('the first sample record is no entry');
    const { at } = record.entry;
    const target = await openMqttTarget({
      url,
      prefix,
      withDiscovery: false,
      inventory: async () => ({ locations: [], points: [point], devices: [] }),
      now: () => at,
      uptime: () => performance.now(),
    });
    await target.put({ after: null, records: [record] });
    const { hostname, port } = new URL(url);
    const text = await ask('mosquitto_sub', [
      '-V',
      '5',
      '-h',
      hostname,
      '-p',
      port,
      '-t',
      `${prefix}/${point.id}/state`,
      '-C',
      '1',
      '-W',
      '60',
    ]);
    await target.close();
    expect(JSON.parse(text)).toMatchObject({ value: 21.01 });
  });

  it('curl, the log of a hub: it resumes by Last-Event-ID where it was cut off', async () => {
    await using mesh = await openMesh({ withAutomation: false, bundle: null });
    const token = await mesh.token('viewer', 'curl');
    /** Reads for two seconds: curl then ends with 28, which is no fault here. */
    const read = async (more: readonly string[]): Promise<readonly number[]> => {
      const args = ['-sN', '--max-time', '2', '-H', `Authorization: Bearer ${token}`, ...more, `${mesh.url}/api/v1/stream`];
      const text = await ask('curl', args).catch((error: unknown) => {
        const { code, stdout } = error as { readonly code?: unknown; readonly stdout?: string };
        if (code === 28 && stdout !== undefined) return stdout;
        throw error;
      });
      // The last event may have been cut off. A start and a heartbeat have the id of an entry before.
      return [...text.matchAll(/^id: (\S+)\nevent: (\w+)\ndata: .*\n\n/gm)].flatMap(([, id = '', event]) => {
        if (event === 'start' || event === 'heartbeat') return [];
        newestId = id;
        return [Number(id.split('.')[1])];
      });
    };
    let newestId = '';
    const first = await until(
      'first events',
      () => read([]),
      ({ length }) => length > 0,
    );
    const cut = newestId;
    const rest = await until(
      'later events',
      () => read(['-H', `Last-Event-ID: ${cut}`]),
      ({ length }) => length > 0,
    );
    const all = [...first, ...rest];
    expect(all).toEqual(all.map((_, index) => (first[0] ?? 0) + index));
  });
});
