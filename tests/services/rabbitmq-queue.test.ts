import type { QueuedRequest, RequestOutcome, RequestQueue } from '@phloem/bridge';
import { openRabbitmqRequests, type Beats } from '@phloem/bridge-rabbitmq';
import { isFault } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { addressOf, portOf, uniqueName, viaPort } from './support/addresses.ts';
import { openRabbitmqAutomation } from './support/rabbitmq-automation.ts';

const fan = { device: 'flower_room/fan', value: 'on' };

/** A queue of its own, a way to it on which everything can go wrong, and a program that does not show life by itself. */
const openRig = async () => {
  const automation = await openRabbitmqAutomation();
  automation.die();
  const proxy = await openTcpProxy(portOf(addressOf('rabbitmq')));
  const beats: Beats = { count: 0, at: 0 };
  const opened: RequestQueue[] = [];
  const taken: QueuedRequest[] = [];
  return {
    automation,
    proxy,
    connect: async (): Promise<RequestQueue> => {
      const queue = await openRabbitmqRequests({ url: viaPort(addressOf('rabbitmq'), proxy.port), prefix: automation.prefix, beats });
      opened.push(queue);
      return queue;
    },
    /** Takes until there are so many. */
    take: async (queue: RequestQueue, count: number): Promise<readonly QueuedRequest[]> => {
      await until(
        `${count} requests`,
        async () => {
          taken.push(...(await queue.take(64)));
          return taken.length;
        },
        (length) => length >= count,
      );
      return taken.splice(0);
    },
    [Symbol.asyncDispose]: async () => {
      for (const queue of opened) await queue.close();
      await proxy[Symbol.asyncDispose]();
      await automation[Symbol.asyncDispose]();
    },
  };
};

const outcome = (id: string, parts: Partial<RequestOutcome> = {}): RequestOutcome => ({
  id,
  device: 'flower_room/fan',
  value: true,
  outcome: 'accepted',
  phase: 'confirmed',
  code: null,
  message: null,
  ...parts,
});
const idsOf = (requests: readonly QueuedRequest[]): readonly string[] => requests.map(({ id }) => id);
const only = ([request]: readonly QueuedRequest[]): QueuedRequest => {
  if (request === undefined) throw new Error('a request was expected');
  return request;
};
/** Closes once the server has received what was sent before: an acknowledgement has no answer, and the end of the socket is immediate. */
const closeSent = async (queue: RequestQueue): Promise<void> => {
  await queue.life();
  await queue.close();
};
const codeOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 'none',
    (error: unknown) => (isFault(error) ? error.code : error),
  );

describe('the queue of RabbitMQ', () => {
  it('gives requests in order, and gives those again that were not settled', async () => {
    await using rig = await openRig();
    const { automation } = rig;
    const queue = await rig.connect();
    const ids = [await automation.ask(fan), await automation.ask(fan), await automation.ask(fan)];
    const taken = await rig.take(queue, 3);
    expect(idsOf(taken)).toEqual(ids);
    await queue.settle(only(taken), outcome(ids[0] ?? ''));
    await until(
      'the outcome',
      () => automation.answersTo(ids[0] ?? ''),
      ({ length }) => length === 1,
    );
    await closeSent(queue);
    const again = await rig.connect();
    expect(idsOf(await rig.take(again, 2))).toEqual(ids.slice(1));
  });

  it('keeps an accepted request until it is finished, and a finished one no longer', async () => {
    await using rig = await openRig();
    const { automation } = rig;
    const queue = await rig.connect();
    const held = await automation.ask(fan);
    const done = await automation.ask(fan);
    for (const request of await rig.take(queue, 2)) await queue.settle(request, outcome(request.id, { phase: 'held' }));
    await queue.update(outcome(held, { phase: 'writing' }));
    await queue.update(outcome(done, { phase: 'confirmed' }));
    await closeSent(queue);
    const again = await rig.connect();
    const [left] = await rig.take(again, 1);
    expect(left?.id).toBe(held);
    expect(automation.answersTo(held).map(({ phase }) => phase)).toEqual(['held', 'writing']);
  });

  it('acknowledges each delivery of an id that comes twice', async () => {
    await using rig = await openRig();
    const { automation } = rig;
    const queue = await rig.connect();
    await automation.ask(fan, { messageId: 'twice', timestamp: Date.now() });
    await automation.ask(fan, { messageId: 'twice', timestamp: Date.now() });
    for (const request of await rig.take(queue, 2)) await queue.settle(request, outcome('twice', { phase: 'requested' }));
    await queue.update(outcome('twice'));
    await closeSent(queue);
    const after = await automation.ask(fan);
    const again = await rig.connect();
    expect(idsOf(await rig.take(again, 1))).toEqual([after]);
  });

  it('dead-letters what was refused, as it came', async () => {
    await using rig = await openRig();
    const { automation } = rig;
    const queue = await rig.connect();
    const wrong = await automation.ask('no JSON');
    const request = only(await rig.take(queue, 1));
    expect(request.wanted).toContain('no JSON');
    await queue.settle(request, outcome(wrong, { outcome: 'refused', phase: 'refused', code: 'protocol/invalid' }));
    await until(
      'the dead letter',
      () => automation.count(automation.names.refused),
      (count) => count === 1,
    );
    const letter = await automation.channel.get(automation.names.refused, { noAck: true });
    if (letter === false) throw new Error('a dead letter was expected');
    expect([letter.content.toString(), letter.properties.messageId]).toEqual(['no JSON', wrong]);
    expect(automation.answersTo(wrong)).toMatchObject([{ phase: 'refused', code: 'protocol/invalid' }]);
  });

  it('is declared again where it was deleted, and gives what had arrived with the end of it', async () => {
    await using rig = await openRig();
    const { automation } = rig;
    const queue = await rig.connect();
    const first = await automation.ask(fan);
    expect(idsOf(await rig.take(queue, 1))).toEqual([first]);
    // Delivered, and not taken, when the cancel of the consumer comes.
    const second = await automation.ask(fan);
    await automation.channel.deleteQueue(automation.names.requests);
    const taken = await rig.take(queue, 1);
    expect(idsOf(taken)).toEqual([second]);
    // Declares the queue, without which the exchange would drop the next message.
    expect(await queue.take(64)).toEqual([]);
    const third = await automation.ask(fan);
    const newest = only(await rig.take(queue, 1));
    expect(newest.id).toBe(third);
    await queue.settle(only(taken), outcome(second));
    await queue.settle(newest, outcome(third));
    await closeSent(queue);
    const fourth = await automation.ask(fan);
    const again = await rig.connect();
    expect(idsOf(await rig.take(again, 1))).toEqual([fourth]);
  });

  it('does not know the age of a message without a time that waited, or was delivered before', async () => {
    await using rig = await openRig();
    const { automation } = rig;
    const none = {};
    const first = await rig.connect();
    await first.close();
    await automation.ask(fan, none);
    const queue = await rig.connect();
    expect(only(await rig.take(queue, 1)).ageMs).toBe(Number.POSITIVE_INFINITY);
    // Once the queue was seen empty, a new message has arrived since.
    await queue.take(64);
    await automation.ask(fan, none);
    const { ageMs } = only(await rig.take(queue, 1));
    expect(ageMs).toBeGreaterThanOrEqual(0);
    expect(ageMs).toBeLessThan(Number.POSITIVE_INFINITY);
    await queue.close();
    const again = await rig.connect();
    for (const request of await rig.take(again, 2)) expect(request.ageMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('counts signs of life over all connections, and takes none that came while it was away', async () => {
    await using rig = await openRig();
    const { automation } = rig;
    const next = async (queue: RequestQueue, text: string): Promise<void> => {
      automation.beat();
      const life = await until(
        `the sign of life ${text}`,
        () => queue.life(),
        (found) => found.text === text,
      );
      expect(life.ageMs).toBeGreaterThanOrEqual(0);
    };
    const first = await rig.connect();
    expect(await first.life()).toEqual({ text: null, ageMs: null });
    await next(first, '1');
    await first.close();
    automation.beat();
    await automation.channel.waitForConfirms();
    const second = await rig.connect();
    expect((await second.life()).text).toBe('1');
    await next(second, '2');
  });

  it('answers nothing over a connection that carries nothing any more, and ends with it', async () => {
    await using rig = await openRig();
    const queue = await rig.connect();
    rig.proxy.shape('both', { flow: 'swallow' });
    const asked = codeOf(queue.life());
    await queue.close();
    expect(await asked).toBe('bridge/unreachable');
    expect(await codeOf(queue.take(1))).toBe('bridge/unreachable');
    expect(await codeOf(queue.update(outcome('a')))).toBe('bridge/unreachable');
  });

  it('is refused where a queue of its name has another form', async () => {
    const prefix = uniqueName();
    await using automation = await openRabbitmqAutomation(prefix);
    await automation.channel.assertQueue(automation.names.requests, { durable: true });
    const opening = openRabbitmqRequests({ url: addressOf('rabbitmq'), prefix, beats: { count: 0, at: 0 } });
    await expect(opening).rejects.toMatchObject({
      code: 'bridge/refused',
      message: expect.stringContaining('choose another prefix') as string,
    });
  });
});
