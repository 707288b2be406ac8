import { openRabbitmqTarget } from '@phloem/bridge-rabbitmq';
import type { Target } from '@phloem/bridge';
import { toBatch, toEntryRecords, toEpochRecord } from '@phloem/bridge/testing';
import { isFault } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { addressOf, portOf, uniqueName, viaPort } from './support/addresses.ts';
import { openStranger } from './support/rabbitmq-stranger.ts';

const site = 'greenhouse';

/** An exchange and a stream of its own, a way to them on which everything can go wrong, and a stranger who reads. */
const openRig = async () => {
  const url = addressOf('rabbitmq');
  const prefix = uniqueName();
  const stranger = await openStranger(url, prefix, site);
  const proxy = await openTcpProxy(portOf(url));
  const opened: Target[] = [];
  return {
    prefix,
    stranger,
    proxy,
    connect: async (password?: string): Promise<Target> => {
      const options = { url: viaPort(url, proxy.port), prefix, site, keepBytes: 50_000_000 };
      const target = await openRabbitmqTarget(password === undefined ? options : { ...options, password });
      opened.push(target);
      return target;
    },
    [Symbol.asyncDispose]: async () => {
      for (const target of opened) await target.close();
      await proxy[Symbol.asyncDispose]();
      await stranger[Symbol.asyncDispose]();
    },
  };
};

const records = toEntryRecords(1, 0, 10);
const ids = (from: number, last: number): readonly string[] => toEntryRecords(1, from, last).map(({ epoch, lsn }) => `${epoch}:${lsn}`);
const codeOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 'none',
    (error: unknown) => (isFault(error) ? error.code : error),
  );

describe('the target RabbitMQ', () => {
  it('publishes records in order, each with its id and key, to a stream that it declares itself', async () => {
    await using rig = await openRig();
    const target = await rig.connect();
    expect(await target.position()).toBe('unknown');
    await target.put(toBatch(null, records));
    await target.put(toBatch(records.at(-1), [toEpochRecord(2, 10, 10)]));
    const found = await rig.stranger.read(11);
    expect(found.map(({ id }) => id)).toEqual([...ids(0, 10), 'epoch0000002:10']);
    expect(found[0]).toMatchObject({ key: 'greenhouse.flower_room.front', isPersistent: true, type: 'phloem.sensor' });
    expect(found[0]?.body).toMatchObject({ record: 'entry', ordinal: 1, lsn: 1, prev: 0, entry: { lsn: 1, kind: 'sensor' } });
    expect(found[10]?.body).toMatchObject({ record: 'epoch', ordinal: 2, end: 10 });
  });

  it('gives a queue of somebody else what it is bound to, and nothing else', async () => {
    await using rig = await openRig();
    const target = await rig.connect();
    const count = await rig.stranger.bindOwnQueue('greenhouse.flower_room.#');
    const countOther = await rig.stranger.bindOwnQueue('greenhouse.store.#');
    await target.put(toBatch(null, [...records, toEpochRecord(2, 10, 10)]));
    expect([await count(), await countOther()]).toEqual([10, 0]);
  });

  it('can be read again from an offset', async () => {
    await using rig = await openRig();
    const target = await rig.connect();
    await target.put(toBatch(null, records));
    expect((await rig.stranger.read(4, 6)).map(({ id, offset }) => [id, offset])).toEqual(ids(6, 10).map((id, n) => [id, 6 + n]));
  });

  it('repeats a batch whose confirm was lost, with the same ids', async () => {
    await using rig = await openRig();
    const target = await rig.connect();
    await target.put(toBatch(null, records.slice(0, 6)));
    rig.proxy.shape('down', { flow: 'hold' });
    const asked = codeOf(target.put(toBatch(records[5], records.slice(6))));
    await rig.stranger.read(10);
    rig.proxy.reset();
    rig.proxy.heal();
    expect(await asked).toBe('bridge/unreachable');
    const again = await rig.connect();
    await again.put(toBatch(records[5], records.slice(6)));
    expect((await rig.stranger.read(14)).map(({ id }) => id)).toEqual([...ids(0, 10), ...ids(6, 10)]);
  });

  it('does not take the confirm of a message that no queue received for its arrival, and binds its stream again', async () => {
    await using rig = await openRig();
    const target = await rig.connect();
    await rig.stranger.unbind();
    await expect(target.put(toBatch(null, records))).rejects.toMatchObject({
      code: 'bridge/refused',
      message: expect.stringContaining('no queue took greenhouse.flower_room.front') as string,
    });
    const again = await rig.connect();
    await again.put(toBatch(null, records));
    expect((await rig.stranger.read(10)).map(({ id }) => id)).toEqual(ids(0, 10));
  });

  it('is refused when another queue of the exchange is full, and reports the reason', async () => {
    await using rig = await openRig();
    const target = await rig.connect();
    await rig.stranger.bindFullQueue();
    await expect(target.put(toBatch(null, records))).rejects.toMatchObject({
      code: 'bridge/refused',
      message: expect.stringContaining('did not take') as string,
    });
  });

  it('is refused where its exchange or its stream has another form, and says which', async () => {
    await using rig = await openRig();
    await rig.stranger.takeExchange();
    await expect(rig.connect()).rejects.toMatchObject({
      code: 'bridge/refused',
      message: expect.stringContaining('choose another prefix') as string,
    });
    await using other = await openRig();
    await other.stranger.takeQueue();
    await expect(other.connect()).rejects.toMatchObject({ code: 'bridge/refused', message: expect.stringContaining('.log') as string });
  });

  it('is refused with a wrong password, and unreachable where nobody listens', async () => {
    await using rig = await openRig();
    expect(await codeOf(rig.connect('wrong'))).toBe('bridge/refused');
    const options = { url: 'amqp://127.0.0.1:1', prefix: rig.prefix, site, keepBytes: 1_000_000 };
    expect(await codeOf(openRabbitmqTarget(options))).toBe('bridge/unreachable');
  });

  it('is refused when its exchange is deleted while it publishes', async () => {
    await using rig = await openRig();
    const target = await rig.connect();
    await rig.stranger.deleteExchange();
    expect(await codeOf(target.put(toBatch(null, records)))).toBe('bridge/refused');
    const again = await rig.connect();
    await again.put(toBatch(null, records));
    expect(await rig.stranger.read(10)).toHaveLength(10);
  });

  it('ends what is under way when it is closed, though nothing is carried any more', async () => {
    await using rig = await openRig();
    const target = await rig.connect();
    rig.proxy.shape('both', { flow: 'swallow' });
    const asked = codeOf(target.put(toBatch(null, records)));
    await target.close();
    expect(await asked).toBe('bridge/unreachable');
  });

  it('leaves no connection behind when it is closed', async () => {
    await using rig = await openRig();
    const target = await rig.connect();
    expect(rig.proxy.connections).toBe(1);
    await target.close();
    await until(
      'the connection to end',
      () => rig.proxy.connections,
      (count) => count === 0,
    );
  });
});
