import { describe, expect, it } from 'vitest';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { addressOf, portOf, uniqueName, viaPort } from './support/addresses.ts';
import { openStranger, type FoundMessage } from './support/rabbitmq-stranger.ts';
import { runStorm } from './support/storm.ts';

/** A sample in every run; `PHLOEM_TEST_KILLS=200` for the whole storm. */
const kills = Number(process.env['PHLOEM_TEST_KILLS'] ?? 3);

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

describe('a bridge process to RabbitMQ, under kills of itself and the hub, and cuts of its connection', () => {
  it('carries every entry, and repeats with the same id', async () => {
    const url = addressOf('rabbitmq');
    const prefix = uniqueName();
    await using stranger = await openStranger(url, prefix, 'greenhouse');
    await using proxy = await openTcpProxy(portOf(url));
    const all: FoundMessage[] = [];
    let isFollowing = false;
    const read = async () => {
      if (!isFollowing) await stranger.follow((message) => all.push(message));
      isFollowing = true;
      return skipRepeats(all).map(({ body }) => ({
        lsn: Number(body['lsn']),
        prev: Number(body['prev']),
        record: String(body['record']),
        entry: body['entry'],
      }));
    };
    const { found, log, killed } = await runStorm({
      target: `{ kind: rabbitmq, url: "${viaPort(url, proxy.port)}", site: greenhouse, prefix: ${prefix} }`,
      fill: 'head',
      kills,
      seed: 11,
      more: { link: async () => proxy.reset() },
      read,
    });
    expect(Object.values(killed).reduce((sum, n) => sum + n, 0)).toBe(kills);
    const entries = found.filter(({ record }) => record === 'entry');
    expect(entries.map(({ lsn }) => lsn)).toEqual(log.map(({ lsn }) => lsn));
    expect(entries.map(({ entry }) => entry)).toEqual(log);
    expect(found.slice(1).filter(({ prev }, index) => prev !== found[index]?.lsn)).toEqual([]);
    expect(log.length).toBeGreaterThan(kills);
    const bodies = Map.groupBy(all, ({ id }) => id);
    expect([...bodies.values()].filter((same) => new Set(same.map(({ body }) => JSON.stringify(body))).size > 1)).toEqual([]);
  });
});
