import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { built, startProcess } from '../support/process.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { addressOf, portOf, uniqueName, viaPort } from './support/addresses.ts';

type Stranger = { readonly ask: (text: string) => Promise<readonly Record<string, unknown>[]>; readonly end: () => Promise<void> };

const engines = [
  {
    kind: 'postgresql',
    url: addressOf('postgres'),
    now: 'clock_timestamp()',
    time: 'timestamptz',
    connect: async (): Promise<Stranger> => {
      const client = new Client({ connectionString: addressOf('postgres') });
      await client.connect();
      return { ask: async (text) => (await client.query<Record<string, unknown>>(text)).rows, end: () => client.end() };
    },
  },
  {
    kind: 'mariadb',
    url: addressOf('mariadb'),
    now: 'UTC_TIMESTAMP(3)',
    time: 'datetime(3)',
    connect: async (): Promise<Stranger> => {
      const client = await createConnection({ uri: addressOf('mariadb').replace('mariadb:', 'mysql:') });
      return {
        ask: async (text) => (await client.query(text))[0] as unknown as readonly Record<string, unknown>[],
        end: () => client.end(),
      };
    },
  },
] as const;

/** Tables of a foreign automation, the life of that program, and a way to its database that can be broken. */
const openAutomation = async ({ kind, url, now, time, connect }: (typeof engines)[number]) => {
  const name = uniqueName();
  const stranger = await connect();
  await stranger.ask(`CREATE TABLE ${name}_state (device varchar(60) PRIMARY KEY, state varchar(20), updated_at ${time})`);
  await stranger.ask(`CREATE TABLE ${name}_life (at ${time})`);
  await stranger.ask(`INSERT INTO ${name}_life VALUES (${now})`);
  const proxy = await openTcpProxy(portOf(url));
  const site = mkdtempSync(join(tmpdir(), 'phloem-requests-'));
  const document = `apiVersion: phloem/v1
kind: Bridge
metadata: { id: old_automation }
spec:
  origin: { kind: ${kind}, url: "${viaPort(url, proxy.port)}" }
  requests:
    scope: flower_room
    table: ${name}_state
    device: "flower_room/{device}"
    value: state
    values: { "1": on, "0": off }
    changed: { column: updated_at }
    alive: { table: ${name}_life, column: at, within: 4s }
    answers: ${name}_answer
`;
  writeFileSync(join(site, 'bridge.yaml'), document);
  let isWriting = false;
  const life = setInterval(() => {
    if (isWriting) return;
    isWriting = true;
    void stranger.ask(`UPDATE ${name}_life SET at = ${now}`).then(() => {
      isWriting = false;
    });
  }, 250);
  return {
    site,
    proxy,
    request: async (device: string, state: string) => {
      await stranger.ask(`DELETE FROM ${name}_state WHERE device = '${device}'`);
      await stranger.ask(`INSERT INTO ${name}_state VALUES ('${device}', '${state}', ${now})`);
    },
    answer: async (device: string) =>
      (await stranger.ask(`SELECT requested, confirmed, phase FROM ${name}_answer WHERE device = 'flower_room/${device}'`))[0],
    [Symbol.asyncDispose]: async () => {
      clearInterval(life);
      await until(
        'the last sign of life',
        () => isWriting,
        (is) => !is,
      );
      await stranger.ask(`DROP TABLE IF EXISTS ${['state', 'life', 'answer'].map((table) => `${name}_${table}`).join(', ')}`);
      await stranger.end();
      await proxy[Symbol.asyncDispose]();
      rmSync(site, { recursive: true, force: true });
    },
  };
};

const startBridge = (mesh: Mesh, site: string) =>
  startProcess('bridge', [
    built.phloem,
    'bridge',
    'run',
    'old_automation',
    '--site',
    site,
    '--port',
    String(mesh.port),
    '--data',
    mesh.data,
  ]);

describe.each(engines)('requests from a table of $kind', (engine) => {
  it('reach the device, are answered, and end with a connection that carries nothing', async () => {
    await using automation = await openAutomation(engine);
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    const bridge = await startBridge(mesh, automation.site);
    const untilConfirmed = (value: boolean) =>
      until(
        `the dehumidifier to be ${value ? 'on' : 'off'}`,
        () => mesh.device('flower_room/dehumidifier_1'),
        ({ confirmed }) => confirmed === value,
      );
    await automation.request('dehumidifier_1', '1');
    await automation.request('exhaust_fan', '250');
    expect((await untilConfirmed(true)).by).toMatchObject({ kind: 'node', id: expect.stringContaining('old_automation') as string });
    await until(
      'the answers',
      async () => [await automation.answer('dehumidifier_1'), await automation.answer('exhaust_fan')],
      ([dehumidifier, fan]) => dehumidifier?.['confirmed'] === 'on' && fan?.['phase'] === 'refused',
    );
    automation.proxy.shape('both', { flow: 'swallow' });
    expect((await untilConfirmed(false)).by).toEqual({ kind: 'hub' });
    automation.proxy.heal();
    expect((await untilConfirmed(true)).by).toMatchObject({ kind: 'node', id: expect.stringContaining('old_automation') as string });
    expect(await bridge.end('SIGTERM')).toBe(0);
  });
});
