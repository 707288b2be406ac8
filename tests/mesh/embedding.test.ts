import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Embed from '@phloem/embed';
import type { DeviceEntry, Entry } from '@phloem/protocol';
import { openSimulator } from '@phloem/simulator';
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { runToEnd } from '../support/process.ts';
import { root } from '../support/repository.ts';

// As it is packed: from its sources, each thread of an instance would have to read thousands of modules.
const { createPhloem } = (await import(join(root, 'embed/program/index.js'))) as typeof Embed;

const site = join(root, 'examples/flower-room/site');
const bundle = join(root, 'examples/flower-room/bundle');
/** What a process hears of. */
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'uncaughtException', 'unhandledRejection', 'message', 'disconnect'] as const;
const countListeners = (): readonly number[] => signals.map((signal) => process.listenerCount(signal));

/** An instance over a simulator of its own, in a folder of its own. */
const open = async (options: Partial<Embed.PhloemOptions> = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'phloem-embed-'));
  const simulator = await openSimulator({ port: 0, controlPort: 0 });
  const phloem = await createPhloem({ site, data: join(folder, 'data'), busPorts: { simulator: simulator.port }, ...options });
  return {
    phloem,
    simulator,
    [Symbol.asyncDispose]: async () => {
      await phloem.close();
      await simulator.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const firstConfirmed = async ({ deviceStates$ }: Embed.Phloem): Promise<DeviceEntry> =>
  firstValueFrom(deviceStates$.pipe(filter(({ phase, by }) => phase === 'confirmed' && by.kind === 'node')));

describe.each(['same-thread', 'worker'] as const)('an instance with automation in the %s', (automation) => {
  it('[CO5, DE6, EV1] carries readings to confirmed device states, and goes on in its data folder', async () => {
    const data = mkdtempSync(join(tmpdir(), 'phloem-embed-again-'));
    let last = 0;
    {
      await using one = await open({ bundle, automation, data });
      const reading = firstValueFrom(one.phloem.readings$.pipe(filter(({ point }) => point === 'flower_room/middle/temperature')));
      const confirmed = await firstConfirmed(one.phloem);
      expect(confirmed.by).toEqual({ kind: 'node', id: 'automation-1' });
      expect((await reading).v).toBeTypeOf('number');
      expect(one.phloem.devices().find(({ id }) => id === confirmed.device)).toMatchObject({ confirmed: confirmed.value });
      last = one.phloem.head;
    }
    await using again = await open({ automation, data });
    const entries = await firstValueFrom(again.phloem.entriesAfter(last).pipe(take(50), toArray()));
    expect(entries.map(({ lsn }) => lsn)).toEqual(entries.map((_entry, index) => last + 1 + index));
    // The bundle of the run before is live, and the service has gone on with it.
    await firstValueFrom(
      again.phloem.entriesAfter(last).pipe(filter((entry) => entry.kind === 'lease' && entry.holder === 'automation-1')),
    );
    rmSync(data, { recursive: true, force: true });
  });
});

describe('several instances in one process', () => {
  it('leave no trace on the process, and do not disturb one another', async () => {
    const before = countListeners();
    const environment = { ...process.env };
    {
      await using one = await open({ bundle });
      await using two = await open({ bundle, automation: 'worker' });
      await Promise.all([firstConfirmed(one.phloem), firstConfirmed(two.phloem)]);
      expect(countListeners()).toEqual(before);
      await one.phloem.close();
      await firstValueFrom(two.phloem.readings$);
    }
    expect(countListeners()).toEqual(before);
    expect(process.env).toEqual(environment);
  });

  it('end without a timer, a handle or a global name that stays', async () => {
    const simulator = await openSimulator({ port: 0, controlPort: 0 });
    const folder = mkdtempSync(join(tmpdir(), 'phloem-embed-ended-'));
    const program = `
      import { createPhloem } from ${JSON.stringify(join(root, 'embed/program/index.js'))};
      const take = () => ({
        resources: process.getActiveResourcesInfo().toSorted(),
        listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
        globals: Object.getOwnPropertyNames(globalThis).toSorted(),
        environment: { ...process.env },
        folder: process.cwd(),
        umask: process.umask(),
      });
      const common = { site: ${JSON.stringify(site)}, busPorts: { simulator: ${simulator.port} } };
      // Node opens its pipe at the first use.
      const out = process.stdout;
      const before = take();
      {
        await using one = await createPhloem({ ...common, data: ${JSON.stringify(join(folder, 'one'))} });
        await using two = await createPhloem({
          ...common,
          data: ${JSON.stringify(join(folder, 'two'))},
          bundle: ${JSON.stringify(bundle)},
          automation: 'worker',
          listen: { port: 0 },
        });
        await Promise.all([one, two].map(({ readings$ }) => new Promise((resolve) => readings$.subscribe(resolve))));
      }
      // What closes in the background may take some turns; what stays is found, since this program then never ends.
      process.once('exit', () => out.write(JSON.stringify({ before, after: take() })));
    `;
    // The program ends by itself: nothing is left that could keep it running.
    writeFileSync(join(folder, 'program.mjs'), program);
    const { code, output } = await runToEnd([join(folder, 'program.mjs')]);
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
    expect({ code, output }).toMatchObject({ code: 0 });
    const { before, after } = JSON.parse(output) as Record<'before' | 'after', Readonly<Record<string, unknown>>>;
    const ownListener = ['exit', 1];
    expect({
      ...after,
      listeners: (after['listeners'] as unknown[]).filter((one) => JSON.stringify(one) !== JSON.stringify(ownListener)),
    }).toEqual(before);
  });

  it('a second one is refused the data folder of the first', async () => {
    const data = mkdtempSync(join(tmpdir(), 'phloem-embed-locked-'));
    await using one = await open({ data });
    await expect(createPhloem({ site, data })).rejects.toMatchObject({ code: 'store/locked' });
    await firstValueFrom(one.phloem.readings$);
  });

  it('one that cannot start leaves its data folder free', async () => {
    const data = mkdtempSync(join(tmpdir(), 'phloem-embed-failed-'));
    await expect(createPhloem({ site: join(data, 'none'), data })).rejects.toMatchObject({ code: 'cli/usage' });
    await expect(createPhloem({ site, data, bundle: site })).rejects.toMatchObject({ name: 'Fault' });
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await expect(createPhloem({ site, data, listen: { port } })).rejects.toMatchObject({ code: 'net/port-in-use' });
    taken.close();
    await using _ = await open({ data });
  });
});

describe('a program that requests device states', () => {
  const fan = 'flower_room/exhaust_fan';

  it('[LE1] holds the lease of the location, and reads the outcome', async () => {
    await using one = await open();
    const confirmed = firstValueFrom(
      one.phloem.deviceStates$.pipe(filter(({ device, phase, value }) => device === fan && phase === 'confirmed' && value === 40)),
    );
    const answer = await one.phloem.request(fan, 40, { ttlMs: 5000, id: 'fan-1' });
    expect(answer).toMatchObject({ id: 'fan-1', outcome: 'accepted' });
    expect(await confirmed).toMatchObject({ value: 40, by: { kind: 'node', id: 'program-flower_room' } });
    // The same id is the same request.
    expect(await one.phloem.request(fan, 40, { ttlMs: 5000, id: 'fan-1' })).toMatchObject({ lsn: answer.lsn });
    await expect(one.phloem.request(fan, 60, { ttlMs: 5000, id: 'fan-1' })).rejects.toMatchObject({ code: 'request/conflict' });
    expect(await one.phloem.request('flower_room/none', 40, { ttlMs: 5000 })).toMatchObject({
      outcome: 'refused',
      code: 'command/unknown-device',
    });
  });

  it('[LE1] is refused while automation holds the lease', async () => {
    await using one = await open({ bundle });
    await firstConfirmed(one.phloem);
    await expect(one.phloem.request(fan, 40, { ttlMs: 5000 })).rejects.toMatchObject({ code: 'command/term' });
    const overridden = firstValueFrom(one.phloem.entries$.pipe(filter((entry) => entry.kind === 'override' && entry.device === fan)));
    await one.phloem.ask(`/api/v1/devices/${encodeURIComponent(fan)}/override`, {
      method: 'POST',
      body: { value: 40, reason: 'a test', forMs: 60_000 },
    });
    expect(await overridden).toMatchObject({ value: 40, reason: 'a test' });
    await expect(one.phloem.ask('/api/v1/points/none/history')).rejects.toMatchObject({ name: 'Fault' });
  });

  it('[LE4] drives outputs to their safe states at its end, unless it keeps them', async () => {
    for (const [outputsAtEnd, kept] of [
      ['safe', false],
      ['keep', true],
    ] as const) {
      await using one = await open({ outputsAtEnd });
      const confirmed = firstValueFrom(
        one.phloem.deviceStates$.pipe(filter(({ device, phase }) => device === 'flower_room/dehumidifier_1' && phase === 'confirmed')),
      );
      await one.phloem.request('flower_room/dehumidifier_1', true, { ttlMs: 5000 });
      await confirmed;
      await one.phloem.close();
      expect(one.simulator.state().relays['dehumidifier_1']?.contact).toBe(kept);
    }
  });

  it('ends when its signal is aborted', async () => {
    const abort = new AbortController();
    await using one = await open({ signal: abort.signal });
    abort.abort();
    await one.phloem.close();
    await expect(one.phloem.request(fan, 40, { ttlMs: 5000 })).rejects.toMatchObject({ name: 'Fault' });
    await expect(createPhloem({ site, data: 'never-made', signal: abort.signal })).rejects.toMatchObject({ code: 'command/draining' });
  });
});

describe('HTTP', () => {
  it('is served from a server of the program, which stays its own', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const listeners = server.eventNames().map((name) => server.listenerCount(name));
    {
      await using one = await open({ http: server });
      expect(one.phloem.url).toBeNull();
      expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({ status: 'ok' });
      const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/ws`);
      await once(socket, 'open');
      socket.send(JSON.stringify({ event: 'hello', data: {} }));
      const [message] = (await once(socket, 'message')) as [{ data: string }];
      expect(JSON.parse(message.data)).toMatchObject({ event: 'bye' });
      socket.close();
    }
    expect(server.eventNames().map((name) => server.listenerCount(name))).toEqual(listeners);
    expect(server.listening).toBe(true);
    server.closeAllConnections();
    server.close();
  });

  it('listens on a free port where that is asked for', async () => {
    await using one = await open({ listen: { port: 0 } });
    expect(await (await fetch(`${one.phloem.url}/healthz`)).json()).toMatchObject({ status: 'ok', head: expect.any(Number) as number });
    const response = await fetch(`${one.phloem.url}${one.phloem.createSignInPath()}`, { redirect: 'manual' });
    expect(response.status).toBeLessThan(400);
  });
});

it('[AL3] raises hub/stalled when the program held up the event loop', async () => {
  await using one = await open({ stallAlarmMs: 300 });
  const isStalled = (entry: Entry): boolean => entry.kind === 'alarm' && entry.alarm === 'hub/stalled' && entry.state === 'active';
  // A busy machine may have held it up before.
  const raised = firstValueFrom(one.phloem.entriesAfter(0).pipe(filter(isStalled)));
  await firstValueFrom(one.phloem.readings$);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
  await raised;
  expect(one.phloem.alarms()).toContainEqual(expect.objectContaining({ alarm: 'hub/stalled', priority: 'P3', state: 'active' }));
});
