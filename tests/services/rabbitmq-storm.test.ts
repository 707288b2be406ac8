import { describe, expect, it } from 'vitest';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { openOwnRabbitmq } from './support/own-rabbitmq.ts';
import { openFollower } from './support/rabbitmq-follower.ts';
import type { FoundMessage } from './support/rabbitmq-stranger.ts';
import { runStorm } from './support/storm.ts';

/** A sample in every run; `PHLOEM_TEST_KILLS=200` for the whole storm. */
const kills = Number(process.env['PHLOEM_TEST_KILLS'] ?? 4);

/** What a reader keeps who skips a message that does not lie behind the newest one. */
const skipRepeats = (messages: readonly FoundMessage[]): readonly FoundMessage[] => {
  const kept: FoundMessage[] = [];
  const place = ({ body }: FoundMessage): readonly [number, number] => [Number(body['ordinal']), Number(body['lsn'])];
  for (const message of messages) {
    const [ordinal, lsn] = place(message);
    const [lastOrdinal, lastLsn] = kept.length === 0 ? [0, 0] : place(kept.at(-1) ?? message);
    if (ordinal > lastOrdinal || (ordinal === lastOrdinal && lsn > lastLsn)) kept.push(message);
  }
  return kept;
};

describe('a bridge process to RabbitMQ, under kills of itself, the hub and the server, and cuts of its connection', () => {
  it('carries every entry, and repeats with the same id', async () => {
    await using server = await openOwnRabbitmq();
    await using proxy = await openTcpProxy(server.port);
    await using follower = openFollower(server.url, 'phloem.greenhouse.log');
    const read = async () =>
      skipRepeats(await follower.read()).map(({ body }) => ({
        lsn: Number(body['lsn']),
        prev: Number(body['prev']),
        record: String(body['record']),
        entry: body['entry'],
      }));
    const { found, log, killed } = await runStorm({
      target: `{ kind: rabbitmq, url: "amqp://guest@127.0.0.1:${proxy.port}", site: greenhouse, prefix: phloem }`,
      fill: 'head',
      kills,
      seed: 11,
      patienceMs: 180_000,
      more: {
        server: async () => {
          await server.kill();
          await server.start();
        },
        link: async () => proxy.reset(),
      },
      read,
    });
    expect(Object.values(killed).reduce((sum, n) => sum + n, 0)).toBe(kills);
    const entries = found.filter(({ record }) => record === 'entry');
    expect(entries.map(({ lsn }) => lsn)).toEqual(log.map(({ lsn }) => lsn));
    expect(entries.map(({ entry }) => entry)).toEqual(log);
    expect(found.slice(1).filter(({ prev }, index) => prev !== found[index]?.lsn)).toEqual([]);
    expect(log.length).toBeGreaterThan(kills);
    const all = await follower.read();
    const bodies = Map.groupBy(all, ({ id }) => id);
    expect([...bodies.values()].filter((same) => new Set(same.map(({ body }) => JSON.stringify(body))).size > 1)).toEqual([]);
    if (kills > 20) process.stdout.write(`${JSON.stringify({ messages: all.length, repeated: all.length - bodies.size })}\n`);
  });
});
