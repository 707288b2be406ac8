import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMqttTarget, type SiteInventory } from '@phloem/bridge-mqtt';
import type { BridgeRecord } from '@phloem/bridge';
import type { Entry } from '@phloem/protocol';
import { connectAsync, type MqttClient } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { openMesh } from '../support/mesh.ts';
import { built, startProcess } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { createSeededRandom } from '../support/seeded-random.ts';
import { until } from '../support/until.ts';
import { addressOf, uniqueName } from './support/addresses.ts';
import { openOwnMosquitto } from './support/own-server.ts';

/** A sample in every run; `PHLOEM_TEST_KILLS=200` for the whole storm. */
const kills = Number(process.env['PHLOEM_TEST_KILLS'] ?? 3);

const clocks = { now: () => Date.now(), uptime: () => performance.now() };

type Seen = { readonly payload: string; readonly expiry: number | undefined; readonly at: number };

/** A stranger at the broker: what each topic said last, and all that was said. */
const openReader = async (url: string, prefix: string) => {
  const client: MqttClient = await connectAsync(url, { protocolVersion: 5, reconnectPeriod: 100 });
  const newest = new Map<string, Seen>();
  const all: (Seen & { readonly topic: string })[] = [];
  client.on('message', (topic, payload, { properties }) => {
    const seen = { payload: payload.toString(), expiry: properties?.messageExpiryInterval, at: Date.now() };
    newest.set(topic, seen);
    all.push({ ...seen, topic });
  });
  await client.subscribeAsync([`${prefix}/#`, `homeassistant/device/${prefix}_room/config`], { qos: 1 });
  return { newest, all, client, [Symbol.asyncDispose]: () => client.endAsync(true) };
};

/** Takes away what is retained. */
const clean = async (url: string, topics: Iterable<string>): Promise<void> => {
  const client = await connectAsync(url, { protocolVersion: 5 });
  for (const topic of topics) await client.publishAsync(topic, '', { retain: true, qos: 1 });
  await client.endAsync();
};

const inventory: SiteInventory = {
  locations: [{ id: 'room', title: 'Room' }],
  points: [{ id: 'room/front/air', title: 'Air', quantity: 'temperature', unit: '°C', intervalMs: 1000 }],
  devices: [{ id: 'room/fan', title: 'Fan', kind: 'switch', confirmed: true }],
};
const toRecord = (lsn: number, at: number, parts: object): BridgeRecord => ({
  kind: 'entry',
  ordinal: 1,
  epoch: 'epochAepochA',
  lsn,
  prev: lsn - 1,
  entry: { lsn, at, up: 1, ...parts } as Entry,
});
const frame = (lsn: number, at: number): BridgeRecord =>
  toRecord(lsn, at, { kind: 'sensor', location: 'room', cluster: 'front', readings: { air: { v: 20 + lsn, q: 'good' } } });

describe('a broker', () => {
  it('keeps readings that expire, says what there is, and that the bridge is offline when it ends without a word', async () => {
    const url = addressOf('mqtt');
    const prefix = uniqueName();
    await using reader = await openReader(url, prefix);
    const open = () => openMqttTarget({ url, prefix, withDiscovery: true, inventory: async () => inventory, ...clocks });
    const target = await open();
    expect(await target.position()).toBe('unknown');
    await target.put({ after: null, records: [frame(1, Date.now() - 60_000), frame(2, Date.now())] });
    await until(
      'the reading',
      () => reader.newest.get(`${prefix}/room/front/air/state`),
      (seen) => seen !== undefined,
    );
    const readings = reader.all.filter(({ topic }) => topic.endsWith('/air/state'));
    expect(readings.map(({ payload }) => JSON.parse(payload).value)).toEqual([22]);
    expect(readings[0]?.expiry).toBeGreaterThanOrEqual(1);
    expect(readings[0]?.expiry).toBeLessThanOrEqual(5);
    await until(
      'the status',
      () => reader.newest.get(`${prefix}/status`)?.payload,
      (status) => status === 'online',
    );
    const config = JSON.parse(reader.newest.get(`homeassistant/device/${prefix}_room/config`)?.payload ?? '{}');
    expect(JSON.parse(reader.newest.get(`${prefix}/room/fan/state`)?.payload ?? '{}')).toMatchObject({ value: true });
    expect(Object.keys(config.components)).toEqual(['room_front_air', 'room_fan']);
    await target.close();
    await until(
      'the will',
      () => reader.newest.get(`${prefix}/status`)?.payload,
      (status) => status === 'offline',
    );
    await clean(url, reader.newest.keys());
  });

  it('keeps no state of a device that is not known any more', async () => {
    const url = addressOf('mqtt');
    const prefix = uniqueName();
    await using reader = await openReader(url, prefix);
    const [fan] = inventory.devices;
    const open = (confirmed: boolean | null) => {
      const devices = fan === undefined ? [] : [{ ...fan, confirmed }];
      return openMqttTarget({
        url,
        prefix,
        withDiscovery: false,
        inventory: async () => ({ ...inventory, devices }),
        ...clocks,
      });
    };
    const untilShown = (value: boolean | null): Promise<unknown> =>
      until(
        `the fan to be ${value}`,
        () => reader.newest.get(`${prefix}/room/fan/state`)?.payload,
        (payload) => payload !== undefined && JSON.parse(payload).value === value,
      );
    const first = await open(true);
    await untilShown(true);
    await first.put({
      after: null,
      records: [toRecord(1, Date.now(), { kind: 'device', device: 'room/fan', phase: 'unknown', value: null })],
    });
    await untilShown(null);
    await first.put({
      after: null,
      records: [toRecord(2, Date.now(), { kind: 'device', device: 'room/fan', phase: 'confirmed', value: true })],
    });
    await untilShown(true);
    await first.close();
    const second = await open(null);
    await untilShown(null);
    await second.close();
    await clean(url, reader.newest.keys());
  });

  it('learns that the hub is silent, whatever the wall clock does, and that it is back', async () => {
    const url = addressOf('mqtt');
    const prefix = uniqueName();
    await using reader = await openReader(url, prefix);
    const time = { wall: 0, up: 0 };
    const now = (): number => Date.now() + time.wall;
    const uptime = (): number => performance.now() + time.up;
    const target = await openMqttTarget({ url, prefix, withDiscovery: false, inventory: async () => inventory, now, uptime });
    const status = () => reader.newest.get(`${prefix}/status`)?.payload;
    await target.put({ after: null, records: [toRecord(1, now(), { kind: 'pulse' })] });
    await until('online', status, (is) => is === 'online');
    // The clock is set back by an hour, and then the hub is silent.
    time.wall = -3_600_000;
    time.up = 16_000;
    await until('offline', status, (is) => is === 'offline');
    await target.put({ after: null, records: [toRecord(2, now() - 20_000, { kind: 'pulse' })] });
    expect(status()).toBe('offline');
    await target.put({ after: null, records: [toRecord(3, now(), { kind: 'pulse' })] });
    await until('online again', status, (is) => is === 'online');
    await target.close();
    await clean(url, reader.newest.keys());
  });

  it('shows what the hub shows after kills of bridge, hub and broker, and never an old reading', async () => {
    await using broker = await openOwnMosquitto();
    await using mesh = await openMesh({ withAutomation: false, bundle: null });
    await using reader = await openReader(broker.url, 'phloem');
    const site = mkdtempSync(join(tmpdir(), 'phloem-mqtt-'));
    const page = readFileSync(join(root, 'docs/bridges.md'), 'utf8');
    const [, example = ''] = /```yaml\n([^`]*kind: mqtt[^`]*)```/.exec(page) ?? [];
    writeFileSync(join(site, 'bridge.yaml'), example.replace('127.0.0.1:1883', `127.0.0.1:${broker.port}`));
    writeFileSync(join(mesh.data, 'secrets/mqtt.secret'), 'a broker without accounts takes any\n', { mode: 0o600 });
    const start = () =>
      startProcess('bridge', [built.phloem, 'bridge', 'run', 'home', '--site', site, '--port', String(mesh.port), '--data', mesh.data]);
    let bridge = await start();
    const ways: readonly (() => Promise<void>)[] = [
      async () => {
        await bridge.end('SIGKILL');
        bridge = await start();
      },
      async () => {
        await mesh.hub().end('SIGKILL');
        await mesh.startHub();
      },
      async () => {
        await broker.kill();
        await broker.start();
      },
    ];
    const topic = 'phloem/flower_room/front/temperature/state';
    const count = (): number => reader.all.filter((seen) => seen.topic === topic).length;
    const random = createSeededRandom(9);
    try {
      await until('readings', count, (n) => n > 2);
      for (let n = 0; n < kills; n += 1) {
        await ways[n < ways.length ? n : Math.floor(random() * ways.length)]?.();
        const before = count();
        await until(`readings after kill ${n + 1}`, count, (now) => now > before + 1);
        await until(
          'the status',
          () => reader.newest.get('phloem/status')?.payload,
          (status) => status === 'online',
        );
      }
      // Retained or not: nothing came later than its lifetime after it was measured.
      const ages = reader.all.filter((seen) => seen.topic === topic).map(({ payload, at }) => at - Date.parse(JSON.parse(payload).at));
      expect(ages.filter((age) => age > 6000)).toEqual([]);
      const { value } = await mesh.point('flower_room/front/temperature');
      await until(
        'the value of the hub',
        () => JSON.parse(reader.newest.get(topic)?.payload ?? '{}').value as number,
        (shown) => Math.abs(shown - Number(value)) < 1,
      );
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : String(error)}; the bridge said:\n${bridge.output()}`, { cause: error });
    } finally {
      await bridge.end('SIGTERM');
      rmSync(site, { recursive: true, force: true });
    }
  });
});
