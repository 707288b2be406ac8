import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import type { EntryDraft } from '@phloem/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Credentials } from '../../access/identity.ts';
import { openServer, roleCredentials } from './testing/open-server.ts';

type Server = Awaited<ReturnType<typeof openServer>>;
const note = (text: string): EntryDraft => ({ kind: 'note', by: { kind: 'user', id: 'anna' }, about: 'hub', text });

let close: () => Promise<unknown> = () => Promise.resolve();
afterEach(() => close());

const listen = async (credentials: Credentials = roleCredentials): Promise<Server & { readonly port: number }> => {
  const server = await openServer({ credentials });
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  close = () => server.app.close();
  return { ...server, port: (server.app.server.address() as AddressInfo).port };
};

/** A reader as small as one can be; `text` grows while the stream is open. */
const openStream = (port: number, path: string, headers: readonly string[] = []) => {
  const socket = connect(port, '127.0.0.1');
  const reader = { text: '', isClosed: false, socket };
  socket.on('data', (chunk) => (reader.text += chunk.toString()));
  socket.on('close', () => (reader.isClosed = true));
  socket.on('error', () => undefined);
  const lines = [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Authorization: Bearer token-of-viewer', ...headers, '', ''];
  socket.write(lines.join('\r\n'));
  return reader;
};
const soon = { timeout: 20_000 };

describe('the log as server-sent events', () => {
  it('[ST1] [ST2] sends what is appended, and continues after the last event that a reader had', async () => {
    const { port, store } = await listen();
    const first = openStream(port, '/api/v1/stream?kinds=note');
    await vi.waitFor(() => expect(first.text).toContain('event: start'), soon);
    expect(first.text).toMatch(/content-type: text\/event-stream/i);
    expect(first.text).toMatch(/cache-control: no-store/i);
    store.log.append([note('one'), { kind: 'pulse' }, note('two')]);
    await vi.waitFor(() => expect(first.text).toContain('"text":"two"'), soon);
    const id = /id: (\S+)\nevent: note\ndata: [^\n]*"one"/.exec(first.text)?.[1] ?? '';
    first.socket.destroy();
    const again = openStream(port, '/api/v1/stream?kinds=note', [`Last-Event-ID: ${id}`]);
    await vi.waitFor(() => expect(again.text).toContain('"text":"two"'), soon);
    expect(again.text).not.toContain('"text":"one"');
    again.socket.destroy();
  });

  it('[ST3] sends a heartbeat, which covers what the filter held back', async () => {
    const { port, store, time } = await listen();
    const reader = openStream(port, '/api/v1/stream?kinds=alarm');
    await vi.waitFor(() => expect(reader.text).toContain('event: start'), soon);
    store.log.append([note('one')]);
    time.up += 5000;
    await vi.waitFor(() => expect(reader.text).toContain(`id: ${store.log.epoch}.${store.log.head}\nevent: heartbeat`), soon);
    reader.socket.destroy();
  });

  it('[ST4] ends when the credential is good no more', async () => {
    let isGood = true;
    const { port } = await listen({ ...roleCredentials, isLive: () => isGood });
    const reader = openStream(port, '/api/v1/stream');
    await vi.waitFor(() => expect(reader.text).toContain('event: start'), soon);
    isGood = false;
    await vi.waitFor(() => expect(reader.isClosed).toBe(true), soon);
  });

  it('[ST4] cuts a reader that takes nothing', async () => {
    const { port, store, time, app } = await listen();
    const reader = openStream(port, '/api/v1/stream');
    await vi.waitFor(() => expect(reader.text).toContain('event: start'), soon);
    reader.socket.pause();
    for (let n = 0; n < 200; n += 1) store.log.append([note('x'.repeat(90_000))]);
    const [connection] = await new Promise<number[]>((resolve, reject) =>
      app.server.getConnections((error, count) => (error === null ? resolve([count]) : reject(error))),
    );
    expect(connection).toBe(1);
    await vi.waitFor(() => {
      time.up += 15_001;
      return new Promise<void>((resolve, reject) =>
        app.server.getConnections((_error, count) => (count === 0 ? resolve() : reject(new Error('open')))),
      );
    }, soon);
    reader.socket.destroy();
  });

  it('[ST4] refuses more than 20 streams of one credential, until one is closed', async () => {
    const { port, ask } = await listen();
    const readers = Array.from({ length: 20 }, () => openStream(port, '/api/v1/stream'));
    await vi.waitFor(() => expect(readers.every(({ text }) => text.includes('event: start'))).toBe(true), soon);
    const refused = await ask('GET', '/api/v1/stream', { token: 'viewer' });
    expect([refused.statusCode, refused.json().code]).toEqual([429, 'stream/busy']);
    readers[0]?.socket.destroy();
    await vi.waitFor(async () => {
      const more = openStream(port, '/api/v1/stream');
      readers.push(more);
      await vi.waitFor(() => expect(more.text).toContain('event: start'), { timeout: 1000 });
    }, soon);
    for (const { socket } of readers) socket.destroy();
  });

  it('[ST4] lets others in while a reader looks through a long log for little', async () => {
    const { port, store } = await listen();
    store.log.append(Array.from({ length: 20_000 }, () => ({ kind: 'pulse' as const })));
    let reads = 0;
    const inOneTurn = Promise.withResolvers<number>();
    const read = store.log.read.bind(store.log);
    store.log.read = (after, limit) => {
      if (reads === 0) setImmediate(() => inOneTurn.resolve(reads));
      reads += 1;
      return read(after, limit);
    };
    const reader = openStream(port, '/api/v1/stream?after=first&kinds=note');
    expect(await inOneTurn.promise).toBeLessThan(5);
    store.log.append([note('found')]);
    await vi.waitFor(() => expect(reader.text).toContain('"text":"found"'), soon);
    expect(reads).toBeGreaterThan(20_000 / 256);
    reader.socket.destroy();
  });

  it.each([
    ['?after=nonsense', 400],
    ['?kinds=nonsense', 400],
    ['?limit=3', 400],
  ])('[ST2] rejects %s', async (query, status) => {
    const { ask } = await openServer();
    expect((await ask('GET', `/api/v1/stream${query}`, { token: 'viewer' })).statusCode).toBe(status);
  });
});

describe('the description of the API', () => {
  it('names the routes for foreign programs, with their schemas', async () => {
    const { ask } = await openServer();
    const { paths } = (await ask('GET', '/api/v1/openapi.json')).json();
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/api/v1/stream', '/api/v1/requests', '/api/v1/leases/{scope}', '/api/v1/ingest', '/api/v1/bridges']),
    );
    const { schema } = paths['/api/v1/requests'].post.requestBody.content['application/json'];
    expect(schema.required).toEqual(expect.arrayContaining(['id', 'term', 'device', 'value', 'ttlMs']));
  });
});
