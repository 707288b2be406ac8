import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  createSocketIoTransport,
  createWebSocketTransport,
  monotonicClock,
  openLink,
  type Batch,
  type LinkOptions,
} from '@phloem/reconnect';
import { filter, firstValueFrom, mergeMap, take, tap, toArray } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { isOwnPage } from '../../access/own-page.ts';
import type { AddressLimits } from '../address-limits.ts';
import type { Connection } from '../hub-transport.ts';
import { mergeTransports } from '../merge-transports.ts';
import { runSessions } from '../run-sessions.ts';
import { createHubFixture, everything } from '../testing/hub-fixture.ts';
import { openSocketIoHubTransport } from './socket-io-hub-transport.ts';
import { openWebSocketHubTransport } from './web-socket-hub-transport.ts';

/** A hub's sessions on a real port, behind both transports; the rest of the hub is the fixture's. */
const openSessions = async (limits?: AddressLimits) => {
  const hub = createHubFixture();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const errors: unknown[] = [];
  const crowded: string[] = [];
  const wires = {
    server,
    isAllowed: ({ headers }: IncomingMessage) => isOwnPage(headers.host, headers.origin),
    readCookie: () => 'a session',
    onError: (error: unknown) => void errors.push(error),
    addressOf: ({ headers }: IncomingMessage) => String(headers['x-forwarded-for'] ?? '127.0.0.1'),
    onCrowded: (address: string) => void crowded.push(address),
    ...(limits !== undefined && { limits }),
  };
  const transport = mergeTransports(openSocketIoHubTransport(wires), openWebSocketHubTransport(wires));
  const connections = new Set<Connection>();
  const running = runSessions({
    transport: { ...transport, connections$: transport.connections$.pipe(tap((connection) => connections.add(connection))) },
    sessions: hub.sessions,
    leases: hub.leases,
    log: hub.store.log,
    view: hub.view,
    durable$: hub.store.durable$,
    scheduler: monotonicClock,
  });
  const url = `ws://127.0.0.1:${port}/api/v1/ws`;
  const link = (options: Partial<LinkOptions> = {}) =>
    openLink({
      transport: createWebSocketTransport({ url }),
      clock: monotonicClock,
      random: Math.random,
      nodeId: 'panel-1',
      run: 'run-00000001',
      role: 'viewer',
      software: 'test',
      subscriptions: [everything('all')],
      ...options,
    });
  return {
    ...hub,
    url,
    port,
    errors,
    crowded,
    link,
    cut: () => connections.forEach((connection) => connection.terminate()),
    cookies: () => [...connections].map(({ peer }) => peer.cookie),
    [Symbol.asyncDispose]: async () => {
      running.unsubscribe();
      await transport.close();
      server.closeAllConnections();
      server.close();
    },
  };
};

const hello = {
  protocol: { major: 1, minor: 1 },
  nodeId: 'panel-9',
  run: 'run-00000009',
  attempt: 1,
  role: 'viewer',
  software: 'test',
};
const frame = (event: string, data: unknown): string => JSON.stringify({ event, data });
const ready = filter(({ phase }: { phase: string }) => phase === 'ready');
const lsns = (batch: Batch): number[] => (batch.kind === 'entries' ? batch.entries.map(({ lsn }) => lsn) : []);

/** A client that sends what it likes. */
const open = (url: string, headers: Record<string, string> = {}) => {
  const socket = new WebSocket(url, { headers });
  const got: { readonly event: string; readonly data: Record<string, unknown> }[] = [];
  const client = { socket, got, isClosed: false, status: 0 };
  socket.on('message', (data: Buffer) => {
    // What Socket.IO sends begins with a number.
    if (data.toString().startsWith('{')) got.push(JSON.parse(data.toString()));
  });
  socket.on('close', () => (client.isClosed = true));
  socket.on('error', () => undefined);
  socket.on('unexpected-response', (_request, { statusCode = 0 }) => (client.status = statusCode));
  return client;
};

describe('a link to a hub over a plain WebSocket', () => {
  it('[WS1] [EV1, EV2] gets every entry once and in order, more than the window holds', async () => {
    await using hub = await openSessions();
    const link = hub.link();
    await firstValueFrom(link.status$.pipe(ready));
    const before = hub.store.log.head;
    const got = firstValueFrom(link.batches$('all').pipe(mergeMap(lsns), take(10_000), toArray()));
    for (let n = 0; n < 100; n += 1) hub.pulse(100);
    expect(await got).toEqual(Array.from({ length: 10_000 }, (_, index) => before + index + 1));
    await link.close();
  });

  it('[WS1] [EV1, GR2] goes on where it was after its connection was cut', async () => {
    await using hub = await openSessions();
    const link = hub.link();
    await firstValueFrom(link.status$.pipe(ready));
    const before = hub.store.log.head;
    const got = firstValueFrom(link.batches$('all').pipe(mergeMap(lsns), take(300), toArray()));
    hub.pulse(100);
    hub.cut();
    hub.pulse(100);
    await firstValueFrom(link.status$.pipe(filter(({ phase, attempt }) => phase === 'ready' && attempt === 2)));
    hub.pulse(100);
    expect(await got).toEqual(Array.from({ length: 300 }, (_, index) => before + index + 1));
    await link.close();
  });

  it('[WS1] shares names, sessions and entries with Socket.IO', async () => {
    await using hub = await openSessions();
    const plain = hub.link();
    await firstValueFrom(plain.status$.pipe(ready));
    const other = hub.link({ transport: createSocketIoTransport({ url: `http://127.0.0.1:${hub.port}` }), run: 'run-00000002' });
    await firstValueFrom(other.status$.pipe(ready));
    const { bye } = await firstValueFrom(plain.status$.pipe(filter((status) => status.bye !== null)));
    expect(bye?.code).toBe('superseded');
    await Promise.all([plain.close(), other.close()]);
  });
});

describe('a plain WebSocket', () => {
  it('[WS2] is welcomed after its greeting, and learns why its session ends', async () => {
    await using hub = await openSessions();
    const client = open(hub.url);
    await once(client.socket, 'open');
    client.socket.send(frame('hello', hello));
    await vi.waitFor(() => expect(client.got[0]).toMatchObject({ event: 'welcome', data: { protocol: { major: 1 } } }));
    client.socket.send(frame('nonsense', {}));
    await vi.waitFor(() => expect(client.isClosed).toBe(true));
    expect(client.got.at(-1)).toMatchObject({ event: 'bye', data: { code: 'protocol' } });
    expect(hub.errors).toEqual([]);
  });

  it.each([
    ['another event', frame('heartbeat', { n: 1, t: 1 })],
    ['no JSON', 'hello'],
    ['no frame', '[1,2]'],
    ['a member too many', JSON.stringify({ event: 'hello', data: hello, id: 1 })],
    ['a long greeting', frame('hello', { ...hello, software: 'x'.repeat(9000) })],
    ['a binary frame', Buffer.from(frame('hello', hello))],
    ['deep nesting', `{"event":"hello","data":${'['.repeat(4000)}${']'.repeat(4000)}}`],
  ])('[WS2] [WS3] refuses %s as a greeting', async (_what, content) => {
    await using hub = await openSessions();
    const client = open(hub.url);
    await once(client.socket, 'open');
    client.socket.send(content);
    await vi.waitFor(() => expect(client.isClosed).toBe(true));
    expect(client.got).toMatchObject([{ event: 'bye', data: { code: 'protocol' } }]);
    expect(hub.errors).toEqual([]);
  });

  it.each([
    ['no JSON', '{"event":'],
    ['a binary frame', Buffer.from([1, 2, 3])],
    ['a long message', frame('heartbeat', { n: 1, t: 1, text: 'x'.repeat(33_000) })],
    ['deep nesting', `{"event":"heartbeat","data":${'['.repeat(9000)}${']'.repeat(9000)}}`],
    ['the name of a member of every object', frame('__proto__', {})],
  ])('[WS3] ends a session for %s, and no other', async (_what, content) => {
    await using hub = await openSessions();
    const link = hub.link();
    await firstValueFrom(link.status$.pipe(ready));
    const client = open(hub.url);
    await once(client.socket, 'open');
    client.socket.send(frame('hello', hello));
    await vi.waitFor(() => expect(client.got[0]?.event).toBe('welcome'));
    client.socket.send(content);
    await vi.waitFor(() => expect(client.isClosed).toBe(true));
    expect(client.got.at(-1)).toMatchObject({ event: 'bye', data: { code: 'protocol' } });
    expect((await firstValueFrom(link.status$)).phase).toBe('ready');
    expect(hub.errors).toEqual([]);
    await link.close();
  });

  it('[WS3] ends at a frame above the limit', async () => {
    await using hub = await openSessions();
    const client = open(hub.url);
    await once(client.socket, 'open');
    client.socket.send('x'.repeat(512 * 1024 + 1));
    await vi.waitFor(() => expect(client.isClosed).toBe(true));
    expect(hub.errors).toEqual([]);
  });

  it('[WS2] [SE4] is not for pages of other sites, and takes a cookie only from a page', async () => {
    await using hub = await openSessions();
    const foreign = open(hub.url, { origin: 'http://evil.example' });
    await vi.waitFor(() => expect(foreign.status).toBe(403));
    for (const headers of [{}, { origin: `http://127.0.0.1:${hub.port}` }] as Record<string, string>[]) {
      const client = open(hub.url, headers);
      await once(client.socket, 'open');
      client.socket.send(frame('hello', hello));
      await vi.waitFor(() => expect(client.got.length).toBeGreaterThan(0));
      client.socket.terminate();
    }
    expect(hub.cookies()).toEqual([null, 'a session']);
  });

  it('[WS2] is closed without a greeting', async () => {
    await using hub = await openSessions();
    const client = open(hub.url);
    await vi.waitFor(() => expect(client.isClosed).toBe(true), { timeout: 20_000 });
    expect(client.got).toEqual([]);
  });
});

describe('connections of one address', () => {
  const crowd = { own: { connections: 50, waiting: 50 }, other: { connections: 3, waiting: 2 } };
  const from = (address: string) => ({ 'x-forwarded-for': address });
  const isOpen = ({ socket }: ReturnType<typeof open>) => vi.waitFor(() => expect(socket.readyState).toBe(WebSocket.OPEN), 10_000);
  const isRefused = (client: ReturnType<typeof open>) => vi.waitFor(() => expect(client.status).toBe(429), 10_000);

  it.each(['/api/v1/ws', '/socket.io/?EIO=4&transport=websocket'])('[SE7] that wait to be let in at %s are few', async (path) => {
    await using hub = await openSessions(crowd);
    const at = (address: string) => open(`ws://127.0.0.1:${hub.port}${path}`, from(address));
    const waiting = [at('198.51.100.7'), at('198.51.100.7')];
    for (const one of waiting) await isOpen(one);
    await isRefused(at('198.51.100.7'));
    expect(hub.crowded).toEqual(['198.51.100.7']);
    const other = at('198.51.100.8');
    await isOpen(other);
    waiting[0]?.socket.terminate();
    await vi.waitFor(async () => {
      const next = at('198.51.100.7');
      await isOpen(next);
      next.socket.terminate();
    }, 20_000);
    for (const one of [...waiting, other]) one.socket.terminate();
  });

  it('[SE7] are limited when they have been let in too', async () => {
    await using hub = await openSessions(crowd);
    const join = async (n: number) => {
      const client = open(hub.url, from('198.51.100.7'));
      await isOpen(client);
      client.socket.send(frame('hello', { ...hello, nodeId: `panel-${n}`, run: `run-0000000${n}` }));
      await vi.waitFor(() => expect(client.got[0]?.event).toBe('welcome'), 10_000);
      return client;
    };
    const clients = [await join(1), await join(2), await join(3)];
    await isRefused(open(hub.url, from('198.51.100.7')));
    for (const { socket } of clients) socket.terminate();
  });
});
