import { createWebSocketTransport, monotonicClock, openLink } from '@phloem/reconnect';
import { describe, expect, it } from 'vitest';
import { readLog } from '../services/support/storm.ts';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { openStreamReader, type StreamReader } from '../support/stream-reader.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

/** A sample in every run; `PHLOEM_TEST_KILLS=200` for the whole storm. */
const kills = Number(process.env['PHLOEM_TEST_KILLS'] ?? 3);

type Received = { readonly lsn: number };
type Reader = AsyncDisposable & { readonly entries: () => readonly Received[]; readonly lost: () => readonly unknown[] };

const toLsn = ({ id }: { readonly id: string }): number => Number(id.split('.')[1]);

const fromStream = (reader: StreamReader): Reader => ({
  entries: () => reader.events.flatMap((one) => (one.event === 'start' ? [] : [{ ...one.data, lsn: toLsn(one) }])),
  lost: () => reader.events.flatMap(({ event, data }) => (event === 'start' && 'lost' in data ? [data['lost']] : [])),
  [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
});

const openWebSocketReader = (url: string, token: string): Reader => {
  const entries: Received[] = [];
  const lost: unknown[] = [];
  const link = openLink({
    transport: createWebSocketTransport({ url: `${url.replace('http', 'ws')}/api/v1/ws` }),
    clock: monotonicClock,
    random: Math.random,
    nodeId: 'socket',
    run: crypto.randomUUID().slice(0, 20),
    role: 'viewer',
    token,
    software: 'test/1',
    subscriptions: [{ sub: 'all', mode: 'every', filter: {}, cursor: null }],
  });
  const reading = link.batches$('all').subscribe((batch) => {
    if (batch.kind === 'entries') entries.push(...(batch.received ?? batch.entries));
    else lost.push(batch);
  });
  return {
    entries: () => entries,
    lost: () => lost,
    [Symbol.asyncDispose]: async () => {
      reading.unsubscribe();
      await link.close();
    },
  };
};

const newest = (reader: Reader): number => reader.entries().at(-1)?.lsn ?? 0;

/** Each entry once and in order, as the log of the hub has it. */
const expectWhole = async (reader: Reader, mesh: Mesh): Promise<number> => {
  const { head } = await mesh.get<{ readonly head: number }>('/api/v1/log?after=0&limit=1');
  await until(
    'the end of the log',
    () => newest(reader),
    (lsn) => lsn >= head,
  );
  // A copy: the reader goes on receiving while the log is read.
  const received = [...reader.entries()];
  const log = await readLog(mesh, received[0]?.lsn ?? 0, received.at(-1)?.lsn ?? 0);
  expect(received.map(({ lsn }) => lsn)).toEqual(log.map(({ lsn }) => lsn));
  expect(received).toEqual(log);
  expect(reader.lost()).toEqual([]);
  return received.length;
};

describe('clients that follow the log', () => {
  it(
    'get each entry once by Last-Event-ID and by cursor, over kills of the hub',
    async () => {
      await using mesh = await openMesh({ withAutomation: false, bundle: null });
      await using stream = fromStream(openStreamReader({ url: mesh.url, token: await mesh.token('viewer', 'stream') }));
      await using socket = openWebSocketReader(mesh.url, await mesh.token('viewer', 'socket'));
      const readers = [stream, socket];
      const began = performance.now();
      for (let n = 0; n < kills; n += 1) {
        const before = Math.max(...readers.map(newest));
        await until(
          `entries before kill ${n + 1}`,
          () => Math.min(...readers.map(newest)),
          (lsn) => lsn > before,
        );
        await mesh.hub().end('SIGKILL');
        await mesh.startHub();
      }
      const counts = await Promise.all(readers.map((reader) => expectWhole(reader, mesh)));
      const minutes = (performance.now() - began) / 60_000;
      if (kills > 20) process.stdout.write(`${JSON.stringify({ hub: kills, stream: counts[0], socket: counts[1], minutes })}\n`);
      expect(Math.min(...counts)).toBeGreaterThan(kills);
    },
    120_000 + kills * 30_000,
  );

  it('go on after a black hole, each entry once', async () => {
    await using mesh = await openMesh({ withAutomation: false, bundle: null });
    await using proxy = await openTcpProxy(mesh.port);
    const url = `http://127.0.0.1:${proxy.port}`;
    const events = openStreamReader({ url, token: await mesh.token('viewer', 'stream'), silenceMs: 8000 });
    await using stream = fromStream(events);
    await using socket = openWebSocketReader(url, await mesh.token('viewer', 'socket'));
    const readers = [stream, socket];
    await until(
      'first entries',
      () => Math.min(...readers.map(newest)),
      (lsn) => lsn > 0,
    );
    const before = proxy.connections;
    proxy.shape('both', { flow: 'swallow' });
    // Both give up a connection over which nothing comes, and dial into the hole again.
    await until(
      'new connections into the hole',
      () => proxy.connections,
      (count) => count > before + 1,
      120_000,
    );
    const held = readers.map(newest);
    proxy.heal();
    await until(
      'entries after the hole',
      () => readers.every((reader, index) => newest(reader) > (held[index] ?? 0)),
      (isOver) => isOver,
      120_000,
    );
    for (const reader of readers) await expectWhole(reader, mesh);
  }, 300_000);
});
