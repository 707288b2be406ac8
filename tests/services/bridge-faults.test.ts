import type { OpenTarget } from '@phloem/bridge';
import { openMqttTarget } from '@phloem/bridge-mqtt';
import { openNatsTarget } from '@phloem/bridge-nats';
import { openRabbitmqTarget } from '@phloem/bridge-rabbitmq';
import { openRedisTarget } from '@phloem/bridge-redis';
import { openMariadbTarget, openPostgresTarget } from '@phloem/bridge-sql';
import { DiscardPolicy } from '@nats-io/jetstream';
import { createClient } from '@redis/client';
import { connectAsync } from 'mqtt';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { addressOf, portOf, uniqueName, viaPort } from './support/addresses.ts';
import { openNatsStranger } from './support/nats-stranger.ts';
import { openOwnRedis } from './support/own-server.ts';
import { playBridge } from './support/played-hub.ts';
import { openStranger } from './support/rabbitmq-stranger.ts';

/** A target on a real server, what it holds, and how it comes to refuse everything, as one that is full does. */
type Rig = AsyncDisposable & {
  readonly openTarget: OpenTarget;
  readonly proxy: TcpProxy;
  /** The numbers of all records, in order, each once. */
  readonly lsns: () => Promise<readonly number[]>;
  readonly refuse: () => Promise<unknown>;
  readonly allow: () => Promise<unknown>;
  /** What the bridge says of it. */
  readonly says: RegExp;
};

const unique = (lsns: readonly number[]): readonly number[] => [...new Set(lsns)];

const openRedis = async (): Promise<Rig> => {
  const server = await openOwnRedis();
  const proxy = await openTcpProxy(server.port);
  const stranger = createClient({ url: server.url });
  await stranger.connect();
  return {
    openTarget: () => openRedisTarget({ url: viaPort(server.url, proxy.port), prefix: 'phloem', channelPrefix: '', maxLength: 100_000 }),
    proxy,
    lsns: async () => ((await stranger.xRange('phloem:log', '-', '+')) ?? []).map(({ id }) => Number(id.split('-')[1])),
    // Less than it holds already, and nothing that it may evict.
    refuse: () => stranger.sendCommand(['CONFIG', 'SET', 'maxmemory', '1', 'maxmemory-policy', 'noeviction']),
    allow: () => stranger.sendCommand(['CONFIG', 'SET', 'maxmemory', '0']),
    says: /^Redis: .*maxmemory/,
    [Symbol.asyncDispose]: async () => {
      stranger.destroy();
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
};

const openNats = async (): Promise<Rig> => {
  const name = uniqueName();
  const stranger = await openNatsStranger(name, name);
  await stranger.make({ discard: DiscardPolicy.New, max_bytes: 1_000_000 });
  const proxy = await openTcpProxy(portOf(addressOf('nats')));
  return {
    openTarget: () => openNatsTarget({ url: viaPort(addressOf('nats'), proxy.port), stream: name, prefix: name, keep: 100_000 }),
    proxy,
    lsns: async () => (await stranger.records()).map(({ lsn }) => lsn),
    refuse: async () => {
      const { bytes } = (await stranger.manager.streams.info(name)).state;
      await stranger.manager.streams.update(name, { max_bytes: bytes + 1 });
    },
    allow: () => stranger.manager.streams.update(name, { max_bytes: 1_000_000 }),
    says: /^NATS: .*maximum bytes/,
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await stranger[Symbol.asyncDispose]();
    },
  };
};

const openRabbitmq = async (): Promise<Rig> => {
  const url = addressOf('rabbitmq');
  const prefix = uniqueName();
  const stranger = await openStranger(url, prefix, 'greenhouse');
  const proxy = await openTcpProxy(portOf(url));
  const seen: number[] = [];
  let isFollowing = false;
  return {
    openTarget: () => openRabbitmqTarget({ url: viaPort(url, proxy.port), prefix, site: 'greenhouse', keepBytes: 10_000_000 }),
    proxy,
    lsns: async () => {
      if (!isFollowing) await stranger.follow(({ body }) => seen.push(Number(body['lsn'])));
      isFollowing = true;
      return unique(seen);
    },
    refuse: () => stranger.bindFullQueue(),
    allow: () => stranger.deleteFullQueue(),
    says: /^RabbitMQ: a queue bound to .* did not take/,
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await stranger[Symbol.asyncDispose]();
    },
  };
};

const openPostgres = async (): Promise<Rig> => {
  const name = uniqueName();
  const url = new URL(addressOf('postgres'));
  const server = new Client({ connectionString: url.href });
  await server.connect();
  await server.query(`CREATE DATABASE ${name}`);
  url.pathname = `/${name}`;
  const proxy = await openTcpProxy(portOf(url.href));
  const reader = new Client({ connectionString: url.href });
  await reader.connect();
  /** For the sessions to come; those that are there end. */
  const setReadOnly = async (isReadOnly: boolean): Promise<void> => {
    await server.query(`ALTER DATABASE ${name} SET default_transaction_read_only = ${isReadOnly ? 'on' : 'off'}`);
    await server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name <> $2', [name, '']);
  };
  return {
    openTarget: () => openPostgresTarget({ url: viaPort(url.href, proxy.port), schema: 'phloem', bridge: 'faults' }),
    proxy,
    lsns: async () =>
      (await reader.query<{ lsn: string }>('SELECT lsn FROM phloem.record ORDER BY lsn')).rows.map(({ lsn }) => Number(lsn)),
    refuse: () => setReadOnly(true),
    allow: () => setReadOnly(false),
    says: /read-only transaction/,
    [Symbol.asyncDispose]: async () => {
      await reader.end();
      await proxy[Symbol.asyncDispose]();
      await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await server.end();
    },
  };
};

const openMariadb = async (): Promise<Rig> => {
  const name = uniqueName();
  const url = new URL(addressOf('mariadb'));
  const server = await createConnection({ uri: url.href.replace('mariadb:', 'mysql:') });
  await server.query(`CREATE DATABASE ${name}`);
  await server.query(`CREATE USER ${name}@'%'`);
  const all = `ON ${name}.* TO ${name}@'%'`;
  await server.query(`GRANT CREATE, SELECT, INSERT, UPDATE, DELETE ${all}`);
  [url.pathname, url.username] = [`/${name}`, name];
  const proxy = await openTcpProxy(portOf(url.href));
  return {
    openTarget: () => openMariadbTarget({ url: viaPort(url.href, proxy.port), prefix: 'phloem', bridge: 'faults' }),
    proxy,
    lsns: async () => {
      const [rows] = await server.query(`SELECT lsn FROM ${name}.phloem_record ORDER BY lsn`);
      return (rows as unknown as readonly { readonly lsn: number | string }[]).map(({ lsn }) => Number(lsn));
    },
    // A session keeps its rights until it ends.
    refuse: async () => {
      await server.query(`REVOKE INSERT ON ${name}.* FROM ${name}@'%'`);
      await server.query(`KILL USER ${name}`);
    },
    allow: () => server.query(`GRANT INSERT ${all}`),
    says: /INSERT command denied/,
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await server.query(`DROP DATABASE ${name}`);
      await server.query(`DROP USER ${name}@'%'`);
      await server.end();
    },
  };
};

const targets = [
  { name: 'Redis', open: openRedis },
  { name: 'NATS', open: openNats },
  { name: 'RabbitMQ', open: openRabbitmq },
  { name: 'PostgreSQL', open: openPostgres },
  { name: 'MariaDB', open: openMariadb },
] as const;

const upTo = (head: number): readonly number[] => Array.from({ length: head }, (_, index) => index + 1);
const untilHeld = ({ lsns }: Rig, head: number): Promise<unknown> =>
  until(`${head} records`, lsns, (found) => found.length >= head, 120_000);

describe.each(targets)('a bridge to $name', ({ open }) => {
  it('stands still while the target refuses everything, says why, and loses nothing', async () => {
    await using rig = await open();
    await using played = playBridge(rig.openTarget);
    const first = played.append(10);
    await untilHeld(rig, first);
    await rig.refuse();
    const head = played.append(200);
    await played.untilFailed('bridge/refused', rig.says);
    expect(played.bridge.status()).toMatchObject({ position: { lsn: first } });
    await rig.allow();
    await untilHeld(rig, head);
    expect(await rig.lsns()).toEqual(upTo(head));
    await until(
      'the bridge to be well',
      () => played.bridge.status(),
      ({ error, behind }) => error === null && behind !== null,
      60_000,
    );
  });

  it('goes on after a black hole, in order and without a hole', async () => {
    await using rig = await open();
    // The deadline of one attempt stands for the ten seconds that a put may take.
    await using played = playBridge(rig.openTarget, { putTimeoutMs: 2000, dialTimeoutMs: 5000 });
    await untilHeld(rig, played.append(10));
    rig.proxy.shape('both', { flow: 'swallow' });
    const head = played.append(100);
    await played.untilFailed('bridge/unreachable');
    rig.proxy.heal();
    await untilHeld(rig, head);
    expect(await rig.lsns()).toEqual(upTo(head));
  });
});

describe('a bridge to MQTT', () => {
  it('goes on after a black hole, in order and without a hole', async () => {
    const url = addressOf('mqtt');
    const prefix = uniqueName();
    const topic = `${prefix}/flower_room/front/temperature/state`;
    const reader = await connectAsync(url, { protocolVersion: 5 });
    const values: number[] = [];
    reader.on('message', (_topic, payload) => {
      if (payload.length > 0) values.push((JSON.parse(payload.toString()) as { readonly value: number }).value);
    });
    await reader.subscribeAsync(topic, { qos: 1 });
    await using proxy = await openTcpProxy(portOf(url));
    const inventory = { locations: [], points: [], devices: [] };
    // The readings of the played hub are never too old.
    const clocks = { now: () => 1_800_000_000_000, uptime: () => performance.now() };
    const openTarget = () =>
      openMqttTarget({ url: viaPort(url, proxy.port), prefix, withDiscovery: false, inventory: async () => inventory, ...clocks });
    await using played = playBridge(openTarget, { putTimeoutMs: 2000, dialTimeoutMs: 5000 });
    const lsns = async () => unique(values.map((value) => Math.round((value - 21) * 100)));
    const held = (head: number) => until(`${head} readings`, lsns, (found) => found.length >= head, 120_000);
    await held(played.append(10));
    proxy.shape('both', { flow: 'swallow' });
    const head = played.append(100);
    await played.untilFailed('bridge/unreachable');
    proxy.heal();
    await held(head);
    expect(await lsns()).toEqual(upTo(head));
    for (const one of [topic, `${prefix}/status`]) await reader.publishAsync(one, '', { retain: true });
    await reader.endAsync();
  });
});
