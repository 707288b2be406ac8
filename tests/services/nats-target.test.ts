import { connect as connectSocket } from 'node:net';
import { DiscardPolicy, RetentionPolicy } from '@nats-io/jetstream';
import { describeTargetContract, toBatch, toEntryRecords } from '@phloem/bridge/testing';
import { openNatsTarget } from '@phloem/bridge-nats';
import { describe, expect, it } from 'vitest';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { addressOf, portOf, uniqueName, viaPort } from './support/addresses.ts';
import { openOwnNats } from './support/own-server.ts';
import { openNatsStranger } from './support/nats-stranger.ts';

/** A stream of its own, a way to it on which everything can go wrong, and a client of a stranger. */
const openRig = async () => {
  const url = addressOf('nats');
  const name = uniqueName();
  const stranger = await openNatsStranger(name, name);
  const proxy = await openTcpProxy(portOf(url));
  const breaking: Promise<void>[] = [];
  return {
    name,
    stranger,
    connect: () => openNatsTarget({ url: viaPort(url, proxy.port), stream: name, prefix: name, keep: 100_000 }),
    places: stranger.places,
    restore: stranger.restore,
    loseNextAnswer: async () => {
      const { length } = await stranger.places();
      proxy.shape('down', { flow: 'hold' });
      breaking.push(
        until('the batch to arrive', stranger.places, (now) => now.length >= length + 4).then(() => {
          proxy.reset();
          proxy.heal();
        }),
      );
    },
    blackHole: async () => proxy.shape('both', { flow: 'swallow' }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(breaking);
      await stranger[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
};

describeTargetContract('NATS JetStream', openRig);

/** Listens over a bare socket, without a client library. */
const listenBySocket = async (subject: string) => {
  const { hostname, port } = new URL(addressOf('nats'));
  const socket = connectSocket({ host: hostname, port: Number(port) });
  let text = '';
  socket.on('data', (bytes) => (text += bytes.toString()));
  socket.write(`CONNECT {"verbose":false}\r\nSUB ${subject} 1\r\nPING\r\n`);
  await until(
    'the subscription',
    () => text,
    (now) => now.includes('PONG'),
  );
  return {
    heard: (): readonly { readonly lsn: number }[] =>
      text
        .split('\r\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as { lsn: number }),
    [Symbol.dispose]: () => void socket.destroy(),
  };
};

describe('the target NATS', () => {
  it('gives each frame to subscribers once, though it is sent twice', async () => {
    await using rig = await openRig();
    using listener = await listenBySocket(`${rig.name}.sensor.flower_room.front`);
    const target = await rig.connect();
    const records = toEntryRecords(1, 0, 3);
    await target.put(toBatch(null, records));
    await target.put(toBatch(null, records));
    await target.put(toBatch(records.at(-1), toEntryRecords(1, 3, 4)));
    const heard = await until('the last frame', listener.heard, (frames) => frames.some(({ lsn }) => lsn === 4));
    expect(heard.map(({ lsn }) => lsn)).toEqual([1, 2, 3, 4]);
    expect(heard.at(-1)).toMatchObject({ readings: { temperature: { v: 21.04, q: 'good' }, humidity: { v: null, q: 'bad' } } });
    await target.close();
  });

  it('is refused by a full stream, keeps the order, and goes on when there is room', async () => {
    await using rig = await openRig();
    const limits = { discard: DiscardPolicy.New, max_msgs: 3 };
    await rig.stranger.make(limits);
    const target = await rig.connect();
    const records = toEntryRecords(1, 0, 10);
    await expect(target.put(toBatch(null, records))).rejects.toMatchObject({ code: 'bridge/refused' });
    expect(await rig.places()).toEqual(['1-1', '1-2', '1-3']);
    await rig.stranger.manager.streams.update(rig.name, { max_msgs: 100 });
    await target.put(toBatch(null, records));
    expect(await rig.places()).toEqual(records.map(({ lsn }) => `1-${lsn}`));
    await target.close();
  });

  it('never mixes two writers of an empty stream', async () => {
    await using rig = await openRig();
    const targets = await Promise.all([rig.connect(), rig.connect(), rig.connect()]);
    expect(await Promise.all(targets.map((target) => target.position()))).toEqual([null, null, null]);
    const records = toEntryRecords(1, 0, 40);
    await Promise.allSettled(targets.map((target) => target.put(toBatch(null, records))));
    const places = await rig.places();
    expect(places).toEqual(records.slice(0, places.length).map(({ lsn }) => `1-${lsn}`));
    expect(places.length).toBeGreaterThan(0);
    await Promise.all(targets.map((target) => target.close()));
  });

  it.each([
    ['other subjects', { subjects: [`${uniqueName()}.other`] }, 'add phloem_test_'],
    ['another retention', { retention: RetentionPolicy.Workqueue }, 'give it limits'],
  ])('says what to do about a stream with %s', async (_what, config, said) => {
    await using rig = await openRig();
    await rig.stranger.make(config);
    await expect(rig.connect()).rejects.toMatchObject({ code: 'bridge/refused', message: expect.stringContaining(said) as string });
  });

  it('writes nothing after messages that no bridge wrote', async () => {
    await using rig = await openRig();
    await rig.stranger.make();
    await rig.stranger.manager.jetstream().publish(`${rig.name}.log.other`, 'text');
    const target = await rig.connect();
    await expect(target.put(toBatch(null, toEntryRecords(1, 0, 1)))).rejects.toMatchObject({
      code: 'bridge/refused',
      message: expect.stringContaining('choose another stream') as string,
    });
    expect((await rig.stranger.manager.streams.info(rig.name)).state.messages).toBe(1);
    await target.close();
  });

  it.each([
    ['a token', ['--auth', 'right'], (url: string) => url],
    ['a user', ['--user', 'phloem', '--pass', 'right'], (url: string) => url.replace('//', '//phloem@')],
  ])('needs the right secret where the server wants %s', async (_what, args, toUrl) => {
    await using server = await openOwnNats(args);
    const options = { url: toUrl(server.url), stream: 'phloem', prefix: 'phloem', keep: 1000 };
    await expect(openNatsTarget({ ...options, password: 'wrong' })).rejects.toMatchObject({ code: 'bridge/refused' });
    const target = await openNatsTarget({ ...options, password: 'right' });
    expect(await target.position()).toBeNull();
    await target.close();
  });

  it('keeps as many messages as it may in a stream that it makes', async () => {
    await using rig = await openRig();
    const target = await openNatsTarget({ url: addressOf('nats'), stream: rig.name, prefix: rig.name, keep: 10 });
    const records = toEntryRecords(1, 0, 30);
    await target.put(toBatch(null, records));
    expect(await rig.places()).toEqual(records.slice(20).map(({ lsn }) => `1-${lsn}`));
    await target.close();
  });

  it('is unreachable where nobody listens, and where TLS is asked of a server without it', async () => {
    const options = { stream: uniqueName(), prefix: 'phloem', keep: 1000 };
    await expect(openNatsTarget({ ...options, url: 'nats://127.0.0.1:1' })).rejects.toMatchObject({ code: 'bridge/unreachable' });
    await expect(openNatsTarget({ ...options, url: addressOf('nats').replace('nats:', 'tls:') })).rejects.toMatchObject({
      code: 'bridge/unreachable',
      message: expect.stringContaining('tls') as string,
    });
  });
});
