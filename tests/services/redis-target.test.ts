import { describeTargetContract, toBatch, toEntryRecords } from '@phloem/bridge/testing';
import { openRedisTarget } from '@phloem/bridge-redis';
import { createClient } from '@redis/client';
import { describe, expect, it } from 'vitest';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { addressOf, portOf, uniqueName, viaPort } from './support/addresses.ts';

/** A prefix of its own in Redis, a way to it on which everything can go wrong, and a client of a stranger. */
const openRig = async () => {
  const url = addressOf('redis');
  const prefix = uniqueName();
  const key = `${prefix}:log`;
  const stranger = createClient({ url });
  await stranger.connect();
  const proxy = await openTcpProxy(portOf(url));
  const places = async (): Promise<readonly string[]> => ((await stranger.xRange(key, '-', '+')) ?? []).map(({ id }) => id);
  const breaking: Promise<void>[] = [];
  return {
    prefix,
    stranger,
    connect: () => openRedisTarget({ url: viaPort(url, proxy.port), prefix, channelPrefix: `${prefix}:`, maxLength: 100_000 }),
    places,
    restore: async (count: number) => {
      // A server that comes back with an older state has an older last id too, which deleting would not give it.
      const kept = ((await stranger.xRange(key, '-', '+')) ?? []).slice(0, count);
      await stranger.del(key);
      for (const { id, message } of kept) await stranger.xAdd(key, id, message);
    },
    loseNextAnswer: async () => {
      const { length } = await places();
      proxy.shape('down', { flow: 'hold' });
      breaking.push(
        until('the batch to arrive', places, (now) => now.length > length).then(() => {
          proxy.reset();
          proxy.heal();
        }),
      );
    },
    blackHole: async () => proxy.shape('both', { flow: 'swallow' }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(breaking);
      await stranger.del([key, `${prefix}:values`, `${prefix}:devices`]);
      stranger.destroy();
      await proxy[Symbol.asyncDispose]();
    },
  };
};

describeTargetContract('Redis', openRig);

describe('the target Redis', () => {
  it('keeps the newest readings with their quality', async () => {
    await using rig = await openRig();
    const target = await rig.connect();
    await target.put(toBatch(null, toEntryRecords(1, 0, 3)));
    const values = await rig.stranger.hGetAll(`${rig.prefix}:values`);
    expect(Object.keys(values).toSorted()).toEqual(['flower_room/front/humidity', 'flower_room/front/temperature']);
    expect(JSON.parse(values['flower_room/front/temperature'] ?? '')).toMatchObject({ v: 21.03, q: 'good', lsn: 3 });
    expect(JSON.parse(values['flower_room/front/humidity'] ?? '')).toMatchObject({
      v: null,
      q: 'bad',
      why: { code: 'text', message: 'no answer' },
    });
    await target.close();
  });

  it('gives each frame to subscribers once, though it is sent twice', async () => {
    await using rig = await openRig();
    const listener = rig.stranger.duplicate();
    await listener.connect();
    const heard: number[] = [];
    await listener.subscribe(`${rig.prefix}:sensor:flower_room:front`, (text) => heard.push((JSON.parse(text) as { lsn: number }).lsn));
    const target = await rig.connect();
    const records = toEntryRecords(1, 0, 3);
    await target.put(toBatch(null, records));
    await target.put(toBatch(null, records));
    await target.put(toBatch(records.at(-1), toEntryRecords(1, 3, 4)));
    await until(
      'the last frame',
      () => heard,
      (lsns) => lsns.includes(4),
    );
    expect(heard).toEqual([1, 2, 3, 4]);
    listener.destroy();
    await target.close();
  });

  it('keeps roughly as many records as it may', async () => {
    await using rig = await openRig();
    const target = await openRedisTarget({ url: addressOf('redis'), prefix: rig.prefix, channelPrefix: `${rig.prefix}:`, maxLength: 200 });
    const records = toEntryRecords(1, 0, 1024);
    for (let from = 0; from < records.length; from += 64) {
      await target.put(toBatch(records[from - 1], records.slice(from, from + 64)));
    }
    const left = await rig.places();
    expect(left.at(-1)).toBe('1-1024');
    expect(left.length).toBeGreaterThanOrEqual(200);
    expect(left.length).toBeLessThan(500);
    await target.close();
  });

  it('writes nothing after entries that no bridge wrote', async () => {
    await using rig = await openRig();
    await rig.stranger.xAdd(`${rig.prefix}:log`, '5-1', { a: 'b' });
    const target = await rig.connect();
    await expect(target.position()).rejects.toMatchObject({
      code: 'bridge/refused',
      message: expect.stringContaining('another prefix') as string,
    });
    await target.close();
  });

  it('says that it is refused where the key holds something else, and changes nothing', async () => {
    await using rig = await openRig();
    await rig.stranger.set(`${rig.prefix}:log`, 'text');
    const target = await rig.connect();
    await expect(target.put(toBatch(null, toEntryRecords(1, 0, 1)))).rejects.toMatchObject({ code: 'bridge/refused' });
    expect(await rig.stranger.get(`${rig.prefix}:log`)).toBe('text');
    await rig.stranger.del(`${rig.prefix}:log`);
    await target.close();
  });

  it('is unreachable where nobody listens, and refused with a wrong password', async () => {
    await using rig = await openRig();
    const options = { prefix: rig.prefix, channelPrefix: '', maxLength: 10 };
    await expect(openRedisTarget({ ...options, url: 'redis://127.0.0.1:1' })).rejects.toMatchObject({ code: 'bridge/unreachable' });
    await expect(openRedisTarget({ ...options, url: addressOf('redis'), username: uniqueName(), password: 'wrong' })).rejects.toMatchObject(
      {
        code: 'bridge/refused',
      },
    );
  });
});
