import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { openRedisRequests, toRequestKeys } from '@phloem/bridge-redis';
import { createClient } from '@redis/client';
import { describe, expect, it } from 'vitest';
import { openMesh } from '../support/mesh.ts';
import { built, runToEnd } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { until } from '../support/until.ts';
import { addressOf, uniqueName } from './support/addresses.ts';
import { openOwnRedis } from './support/own-server.ts';
import { openQueueSite, readCommands, startQueueBridge } from './support/queue-bridge.ts';

const page = readFileSync(join(root, 'docs/queue-requests.md'), 'utf8');
const dehumidifier = 'flower_room/dehumidifier_1';

/** A foreign automation that puts requests into a stream of its own, and shows that it runs. */
const openAutomation = async (url = addressOf('redis'), prefix = uniqueName()) => {
  const keys = toRequestKeys(prefix);
  const client = createClient({ url, socket: { reconnectStrategy: () => 50 } });
  client.on('error', () => undefined);
  await client.connect();
  let beat = 0;
  let isAlive = true;
  const beating = setInterval(() => {
    beat += 1;
    if (isAlive) void client.set(keys.alive, String(beat)).catch(() => undefined);
  }, 200);
  return {
    prefix,
    keys,
    client,
    ask: (fields: Readonly<Record<string, string>>, id = '*'): Promise<string> => client.xAdd(keys.requests, id, { ...fields }),
    answer: async (id: string): Promise<Record<string, unknown> | null> => {
      const text = await client.get(keys.answer(id));
      return text === null ? null : (JSON.parse(text) as Record<string, unknown>);
    },
    pending: async (): Promise<number> => (await client.xPending(keys.requests, 'phloem')).pending,
    die: () => {
      isAlive = false;
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(beating);
      const left = await client.keys(`${prefix}:*`).catch((): string[] => []);
      if (left.length > 0) await client.del(left);
      client.destroy();
    },
  };
};

type Automation = Awaited<ReturnType<typeof openAutomation>>;

const untilAnswer = (automation: Automation, id: string, phase: string) =>
  until(
    `the answer ${phase}`,
    () => automation.answer(id),
    (answer) => answer?.['phase'] === phase,
  );

describe('requests from a stream of Redis', () => {
  it('reach the device, are answered and acknowledged, and end with the program', async () => {
    await using automation = await openAutomation();
    using site = openQueueSite(`{ kind: redis, url: "${addressOf('redis')}" }`, automation.prefix);
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    const bridge = await startQueueBridge(mesh, site.folder);
    let on = '';
    const beyond = await automation.ask({ device: 'flower_room/exhaust_fan', value: '250' });
    const malformed = await automation.ask({ device: 'fan', value: 'on' });
    await until(
      'a request to be confirmed',
      async () => {
        const phase = on === '' ? 'cancelled' : (await automation.answer(on))?.['phase'];
        // On a busy machine the lease may end meanwhile; a program then decides again.
        if (phase === 'cancelled' || phase === 'refused') on = await automation.ask({ device: dehumidifier, value: 'on', reason: 'humid' });
        return phase;
      },
      (phase) => phase === 'confirmed',
    );
    expect((await mesh.device(dehumidifier)).by).toEqual({ kind: 'node', id: 'bridge-foreign' });
    expect((await untilAnswer(automation, beyond, 'refused'))?.['code']).toBe('command/value');
    expect((await untilAnswer(automation, malformed, 'refused'))?.['code']).toBe('protocol/invalid');
    const refused = await automation.client.xRange(automation.keys.refused, '-', '+');
    expect(refused?.map(({ message }) => message['id'])).toEqual(expect.arrayContaining([beyond, malformed]));
    expect(await automation.pending()).toBe(0);
    automation.die();
    const safe = await until(
      'the safe state',
      () => mesh.device(dehumidifier),
      ({ confirmed }) => confirmed === false,
    );
    expect(safe.by).toEqual({ kind: 'hub' });
    expect(bridge.output()).toContain('no sign of life of the automation within 8s');
    expect(await bridge.end('SIGTERM')).toBe(0);
  });

  it('never switch anything once they are too old', async () => {
    await using automation = await openAutomation();
    using site = openQueueSite(`{ kind: redis, url: "${addressOf('redis')}" }`, automation.prefix);
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    const stale = await automation.ask({ device: dehumidifier, value: 'on' }, `${Date.now() - 60_000}-0`);
    const short = await automation.ask({ device: dehumidifier, value: 'on', ttlMs: '1' });
    const ahead = await automation.ask({ device: dehumidifier, value: 'on' }, `${Date.now() + 3_600_000}-0`);
    const bridge = await startQueueBridge(mesh, site.folder);
    for (const id of [stale, short, ahead]) expect((await untilAnswer(automation, id, 'refused'))?.['code']).toBe('command/late');
    expect(await automation.pending()).toBe(0);
    expect(await readCommands(mesh)).toEqual([]);
    expect(await bridge.end('SIGTERM')).toBe(0);
  });

  it('act once each, whatever is killed meanwhile', async () => {
    await using server = await openOwnRedis(['--appendfsync', 'always']);
    await using automation = await openAutomation(server.url, 'storm');
    using site = openQueueSite(`{ kind: redis, url: "${server.url}" }`, automation.prefix);
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    let bridge = await startQueueBridge(mesh, site.folder);
    const ids: string[] = [];
    const ask = async (value: string): Promise<void> => {
      const id = await until(
        'the stream to take a request',
        () => automation.ask({ device: dehumidifier, value }),
        (one) => one !== '',
      );
      ids.push(id);
    };
    await ask('on');
    await untilAnswer(automation, ids[0] ?? '', 'confirmed');
    const kills = [
      async () => {
        await bridge.end('SIGKILL');
        bridge = await startQueueBridge(mesh, site.folder);
      },
      async () => {
        await mesh.hub().end('SIGKILL');
        await mesh.startHub();
      },
      async () => {
        await server.kill();
        await server.start();
      },
    ];
    for (const kill of kills) {
      await ask('off');
      await ask('on');
      await kill();
      await ask('off');
      for (const id of ids) {
        await until(
          `an end of ${id}`,
          () => automation.answer(id),
          (answer) => answer !== null && !['requested', 'held', 'writing'].includes(String(answer['phase'])),
        );
      }
      expect(await automation.pending()).toBe(0);
    }
    const accepted = Map.groupBy(
      (await readCommands(mesh)).filter(({ phase }) => phase === 'requested'),
      ({ id }) => id,
    );
    expect([...accepted.values()].filter((same) => same.length > 1)).toEqual([]);
    expect(await bridge.end('SIGTERM')).toBe(0);
  });

  it('stay in the stream until they are acknowledged', async () => {
    await using automation = await openAutomation();
    const { prefix, keys, client } = automation;
    const open = () => openRedisRequests({ url: addressOf('redis'), prefix, consumer: 'bridge-a' });
    const day = 86_400_000;
    await client.xGroupCreate(keys.requests, 'phloem', '0', { MKSTREAM: true });
    const first = await automation.ask({ device: dehumidifier, value: 'on' }, `${Date.now() - 3 * day}-1`);
    const second = await automation.ask({ device: dehumidifier, value: 'off' }, `${Date.now() - 2 * day}-1`);
    const left = await open();
    expect((await left.take(10)).map(({ id }) => id)).toEqual([first, second]);
    await left.take(10);
    await left.close();
    // Another consumer takes over what the first one left.
    const queue = await openRedisRequests({ url: addressOf('redis'), prefix, consumer: 'bridge-b' });
    const taken = await queue.take(10);
    expect(taken.map(({ id, wanted }) => [id, wanted])).toMatchObject([
      [first, { value: true }],
      [second, { value: false }],
    ]);
    const [one] = taken;
    expect(one?.ageMs).toBeGreaterThan(2 * day);
    await queue.take(10);
    expect(await client.xLen(keys.requests)).toBe(2);
    await queue.close();
  });

  it('wait while the server loads its data', async () => {
    await using server = createServer((socket) => void socket.on('data', () => socket.write('-LOADING Redis is loading the dataset\r\n')));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    await expect(openRedisRequests({ url: `redis://127.0.0.1:${port}`, prefix: 'p', consumer: 'b' })).rejects.toMatchObject({
      code: 'bridge/unreachable',
    });
  });

  it('come from the program of the page, which hears sensor frames on a channel', async () => {
    await using automation = await openAutomation();
    automation.die();
    const { hostname, port } = new URL(addressOf('redis'));
    const [program = ''] = [...page.matchAll(/^```py\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
    using site = openQueueSite(`{ kind: redis, url: "${addressOf('redis')}" }`, automation.prefix);
    const { prefix } = automation;
    const live = `apiVersion: phloem/v1
kind: Bridge
metadata: { id: live }
spec:
  target: { kind: redis, url: "${addressOf('redis')}", prefix: "${prefix}", channelPrefix: "${prefix}:" }
  upTo: immediate
`;
    writeFileSync(join(site.folder, 'live.yaml'), live);
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    const bridges = [await startQueueBridge(mesh, site.folder), await startQueueBridge(mesh, site.folder, 'live')];
    const env = { ...process.env, PREFIX: prefix, CHANNEL: `${prefix}:sensor:flower_room:front`, REDIS: `${hostname}:${port}` };
    const python = spawn('python3', ['-B', '-c', program], { env, stdio: 'ignore' });
    const ended = once(python, 'exit');
    try {
      const device = await until(
        'the request of the program',
        () => mesh.device(dehumidifier),
        ({ by, phase }) => by?.id === 'bridge-foreign' && phase === 'confirmed',
      );
      expect(device.why).toMatch(/humidity [\d.]+ %/);
    } finally {
      python.kill('SIGKILL');
      await ended;
    }
    for (const bridge of bridges) expect(await bridge.end('SIGTERM')).toBe(0);
  });

  it('are checked by the command line, as the page shows them', async () => {
    await using automation = await openAutomation();
    using site = openQueueSite(`{ kind: redis, url: "${addressOf('redis')}" }`, automation.prefix);
    const [example = ''] = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
    const document = example
      .replace('redis://127.0.0.1:6379, secret: redis', `"${addressOf('redis')}"`)
      .replace('phloem:my_site', automation.prefix);
    writeFileSync(join(site.folder, 'bridge.yaml'), document);
    const check = ['bridge', 'check', 'climate_service', '--site', site.folder, '--data', site.folder, '--port', '1'];
    const { code, output } = await runToEnd([built.phloem, ...check]);
    expect(output).toContain('redis accepts the queue');
    expect(code).toBe(0);
  });
});
