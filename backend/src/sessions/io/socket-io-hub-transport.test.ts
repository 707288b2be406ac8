import { createServer, get } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createSocketIoTransport, monotonicClock, openLink, type Batch, type LinkOptions } from '@phloem/reconnect';
import { filter, firstValueFrom, mergeMap, take, tap, toArray } from 'rxjs';
import { io } from 'socket.io-client';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../hub-transport.ts';
import { isOwnPage } from '../../access/own-page.ts';
import { runSessions } from '../run-sessions.ts';
import { createHubFixture, everything } from '../testing/hub-fixture.ts';
import { openSocketIoHubTransport } from './socket-io-hub-transport.ts';

/** A hub's sessions on a real port; the rest of the hub is the fixture's. */
const openSessions = async () => {
  const hub = createHubFixture();
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const errors: unknown[] = [];
  const transport = openSocketIoHubTransport({
    server,
    isAllowed: ({ headers }) => isOwnPage(headers.host, headers.origin),
    readCookie: () => 'a session',
    onError: (error) => void errors.push(error),
  });
  const connections = new Set<Connection>();
  const noted = { ...transport, connections$: transport.connections$.pipe(tap((connection) => connections.add(connection))) };
  const running = runSessions({
    transport: noted,
    sessions: hub.sessions,
    leases: hub.leases,
    log: hub.store.log,
    view: hub.view,
    durable$: hub.store.durable$,
    scheduler: monotonicClock,
  });
  const url = `http://127.0.0.1:${port}`;
  const link = (options: Partial<LinkOptions> = {}) =>
    openLink({
      transport: createSocketIoTransport({ url }),
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
    errors,
    link,
    cookies: () => [...connections].map(({ peer }) => peer.cookie),
    /** Every connection breaks, without a word. */
    cut: () => connections.forEach((connection) => connection.terminate()),
    /** Says farewell and ends the transport in one go, as at the end of the process. */
    goDown: async () => {
      hub.sessions.drain(1000, () => 0.5);
      await transport.close();
    },
    [Symbol.asyncDispose]: async () => {
      running.unsubscribe();
      await transport.close();
      server.closeAllConnections();
      server.close();
    },
  };
};

const manyMembers = (count: number): Record<string, number> => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, n]));

const ready = filter(({ phase }: { phase: string }) => phase === 'ready');
const lsns = (batch: Batch): number[] => (batch.kind === 'entries' ? batch.entries.map(({ lsn }) => lsn) : []);

describe('a link to a hub over Socket.IO', () => {
  it('[EV1, EV2] gets every entry once and in order, more than the window holds', async () => {
    await using hub = await openSessions();
    const link = hub.link();
    await firstValueFrom(link.status$.pipe(ready));
    const before = hub.store.log.head;
    const got = firstValueFrom(link.batches$('all').pipe(mergeMap(lsns), take(10_000), toArray()));
    for (let n = 0; n < 100; n += 1) hub.pulse(100);
    expect(await got).toEqual(Array.from({ length: 10_000 }, (_, index) => before + index + 1));
    await link.close();
  });

  it('[LA1] shows many panels the same, in the order in which it was said', async () => {
    await using hub = await openSessions();
    const panels = [1, 2, 3].map((n) =>
      hub.link({ nodeId: `panel-${n}`, subscriptions: [{ sub: 'view', mode: 'latest', filter: {}, cursor: null }] }),
    );
    const shown = panels.map((panel) => firstValueFrom(panel.latest$('view').pipe(take(3), toArray())));
    await Promise.all(panels.map((panel) => firstValueFrom(panel.status$.pipe(ready))));
    const ticking = setInterval(() => hub.pulse(), 20);
    const views = await Promise.all(shown);
    clearInterval(ticking);
    for (const panel of views) {
      expect(panel.map(({ event }) => event)).toEqual(['snapshot', 'changes', 'changes']);
      const froms = panel.flatMap(({ payload }) => ('from' in payload ? [payload.from] : []));
      expect(froms).toEqual(panel.slice(0, 2).map(({ payload }) => payload.version));
    }
    for (const panel of panels) await panel.close();
  });

  it('[EV1, GR2] goes on where it was after its connection was cut', async () => {
    await using hub = await openSessions();
    const link = hub.link();
    await firstValueFrom(link.status$.pipe(ready));
    const before = hub.store.log.head;
    const got = firstValueFrom(link.batches$('all').pipe(mergeMap(lsns), take(200), toArray()));
    hub.pulse(100);
    const again = firstValueFrom(link.status$.pipe(filter(({ phase, attempt }) => phase === 'ready' && attempt === 2)));
    hub.cut();
    hub.pulse(100);
    await again;
    expect(await got).toEqual(Array.from({ length: 200 }, (_, index) => before + index + 1));
    await link.close();
  });

  it('[LA1] shows a snapshot', async () => {
    await using hub = await openSessions();
    const link = hub.link({ subscriptions: [{ sub: 'view', mode: 'latest', filter: {}, cursor: null }] });
    const view = await firstValueFrom(link.latest$('view'));
    expect(view).toMatchObject({ event: 'snapshot', payload: { site: { title: 'Test site' } } });
    await link.close();
  });

  it('[DR1] a node that is sending while the hub goes down still receives the farewell', async () => {
    await using hub = await openSessions();
    const auth = { protocol: { major: 1, minor: 0 }, nodeId: 'panel-3', run: 'run-00000003', attempt: 1, role: 'viewer', software: 'test' };
    const socket = io(hub.url, { transports: ['websocket'], reconnection: false, forceNew: true, auth });
    await new Promise((resolve) => socket.on('welcome', resolve));
    const end = new Promise<unknown>((resolve) => {
      socket.on('bye', resolve);
      socket.on('disconnect', resolve);
    });
    // What lies unread at the hub when it hangs up turns its end into a reset, which throws away what it has sent.
    for (let n = 1; n <= 20; n += 1) socket.emit('heartbeat', { n, t: n });
    await hub.goDown();
    expect(await end).toMatchObject({ code: 'draining', retry: true, afterMs: 500 });
    socket.close();
  });

  /** The status with which a WebSocket is refused; 101 when it is let in. */
  const upgrade = async (port: number, origin: string): Promise<number> => {
    const request = get({
      port,
      host: '127.0.0.1',
      path: '/socket.io/?EIO=4&transport=websocket',
      headers: {
        origin,
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      },
    });
    return new Promise((resolve, reject) => {
      request.on('error', reject);
      request.on('response', (response) => resolve(response.statusCode ?? 0));
      request.on('upgrade', (_response, socket) => {
        socket.destroy();
        resolve(101);
      });
    });
  };

  it('[SE4] a WebSocket of a page of another site gets 403', async () => {
    await using hub = await openSessions();
    const port = Number(new URL(hub.url).port);
    expect(await upgrade(port, 'http://evil.test')).toBe(403);
    expect(await upgrade(port, 'null')).toBe(403);
    expect(await upgrade(port, hub.url)).toBe(101);
  });

  it('[SE4] a page of another origin is refused before it is greeted', async () => {
    await using hub = await openSessions();
    const socket = io(hub.url, {
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      extraHeaders: { origin: 'http://evil.test' },
    });
    const error = await new Promise<Error>((resolve) => socket.on('connect_error', resolve));
    expect(error).toBeInstanceOf(Error);
    expect(hub.sessions.counts().size).toBe(0);
    socket.close();
  });

  it.each([
    ['names no page', null, null],
    ['names our own page', 'own', 'a session'],
  ])('[SE4] a session cookie counts only from a page: one who %s', async (_who, page, cookie) => {
    await using hub = await openSessions();
    const auth = { protocol: { major: 1, minor: 0 }, nodeId: 'panel-4', run: 'run-00000004', attempt: 1, role: 'viewer', software: 'test' };
    const extraHeaders = page === null ? {} : { origin: hub.url };
    const socket = io(hub.url, { transports: ['websocket'], reconnection: false, forceNew: true, auth, extraHeaders });
    await new Promise((resolve) => socket.on('welcome', resolve));
    expect(hub.cookies()).toEqual([cookie]);
    socket.close();
  });

  it('[PI1] long polling is not offered', async () => {
    await using hub = await openSessions();
    const response = await fetch(`${hub.url}/socket.io/?EIO=4&transport=polling`);
    expect(response.status).toBe(400);
  });

  it.each([
    ['an event of the name __proto__', (emit: (...args: unknown[]) => void) => emit('__proto__', {})],
    ['null for an object', (emit: (...args: unknown[]) => void) => emit('commit', null)],
    ['an array nested 5,000 deep', (emit: (...args: unknown[]) => void) => emit('commit', JSON.parse('['.repeat(5000) + ']'.repeat(5000)))],
    ['an acknowledgement that nobody offers', (emit: (...args: unknown[]) => void) => emit('heartbeat', 7, () => undefined)],
    ['an event of the name constructor', (emit: (...args: unknown[]) => void) => emit('constructor', {})],
    ['an event of the name toString', (emit: (...args: unknown[]) => void) => emit('toString', {})],
    ['an attachment of half a megabyte', (emit: (...args: unknown[]) => void) => emit('heartbeat', { n: 1, t: Buffer.alloc(500_000) })],
    ['a message of 400 kB', (emit: (...args: unknown[]) => void) => emit('heartbeat', { n: 1, t: 1, x: 'x'.repeat(400_000) })],
    [
      'a payload with 2,000 unknown members',
      (emit: (...args: unknown[]) => void) => emit('heartbeat', { n: 1, t: 1, ...manyMembers(2000) }),
    ],
  ])('[PI4] %s ends that session and nothing else', async (_name, send) => {
    await using hub = await openSessions();
    const auth = { protocol: { major: 1, minor: 0 }, nodeId: 'panel-2', run: 'run-00000002', attempt: 1, role: 'viewer', software: 'test' };
    const socket = io(hub.url, { transports: ['websocket'], reconnection: false, forceNew: true, auth });
    await new Promise((resolve) => socket.on('welcome', resolve));
    const bye = new Promise<{ code: string }>((resolve) => socket.on('bye', resolve));
    send((...args) => socket.emit(...(args as [string, unknown])));
    expect((await bye).code).toBe('protocol');
    const link = hub.link();
    await firstValueFrom(link.status$.pipe(ready));
    expect(hub.errors).toEqual([]);
    await link.close();
    socket.close();
  });

  it.each([
    ['36,000 unknown members', { ...manyMembers(36_000), token: 'wrong' }],
    ['a greeting of 8,193 characters', { software: 'x'.repeat(8193) }],
  ])('[GR1] a greeting with %s is refused before it is read', async (_what, more) => {
    await using hub = await openSessions();
    const auth = {
      protocol: { major: 1, minor: 0 },
      nodeId: 'panel-5',
      run: 'run-00000005',
      attempt: 1,
      role: 'viewer',
      software: 'test',
      ...more,
    };
    const socket = io(hub.url, { transports: ['websocket'], reconnection: false, forceNew: true, auth });
    const bye = await new Promise<{ code: string; message: string }>((resolve) => socket.on('bye', resolve));
    expect(bye.code).toBe('protocol');
    expect(bye.message).toMatch(/the greeting has \d+ characters, and may have 8192|first packet must be a CONNECT/);
    expect(hub.sessions.counts().size).toBe(0);
    expect(hub.errors).toEqual([]);
    socket.close();
  });

  it('[PI5] nothing that a connection sends after a flaw has any effect', async () => {
    await using hub = await openSessions();
    const auth = { protocol: { major: 1, minor: 0 }, nodeId: 'panel-6', run: 'run-00000006', attempt: 1, role: 'viewer', software: 'test' };
    const socket = io(hub.url, { transports: ['websocket'], reconnection: false, forceNew: true, auth });
    await new Promise((resolve) => socket.on('welcome', resolve));
    const end = new Promise((resolve) => socket.on('disconnect', resolve));
    socket.emit('heartbeat', Buffer.alloc(10));
    for (let n = 0; n < 500; n += 1) socket.emit('subscribe', { sub: `late-${n}`, mode: 'latest', filter: {}, cursor: null });
    await end;
    expect(hub.notices.filter(({ kind }) => kind === 'refused')).toHaveLength(1);
    expect(hub.errors).toEqual([]);
    socket.close();
  });
});
