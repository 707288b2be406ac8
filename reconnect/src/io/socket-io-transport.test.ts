import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket as TcpSocket } from 'node:net';
import type { Hello, NodeMessage } from '@phloem/protocol';
import { Server } from 'socket.io';
import { WebSocket } from 'socket.io-client';
import { describe, expect, it, vi } from 'vitest';
import { describeTransport, type ContractRig, type PeerConnection } from '../testing/transport-contract.ts';
import type { Channel, TransportEvent } from '../transport.ts';
import { createSocketIoTransport, type SocketIoOptions } from './socket-io-transport.ts';

const hello: Hello = {
  protocol: { major: 1, minor: 0 },
  nodeId: 'automation-1',
  run: 'run-00000001',
  attempt: 1,
  role: 'automation',
  software: 'test/1',
};
const until = (claim: () => boolean): Promise<void> => vi.waitUntil(claim, { interval: 2, timeout: 5000 }).then(() => undefined);
const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;

const listen = async (options: Omit<SocketIoOptions, 'url'> = {}): Promise<ContractRig & { readonly io: Server; readonly url: string }> => {
  const http = createServer();
  const io = new Server(http, { transports: ['websocket'], serveClient: false, connectionStateRecovery: undefined as never });
  const connections: PeerConnection[] = [];
  io.on('connection', (socket) => {
    const received: NodeMessage[] = [];
    let isEnded = false;
    socket.onAny((event: string, payload: unknown) => received.push({ event, payload } as NodeMessage));
    socket.on('disconnect', () => (isEnded = true));
    connections.push({
      hello: socket.handshake.auth,
      received,
      isEnded: () => isEnded,
      send: (event, payload) => socket.emit(event, payload),
      end: () => socket.disconnect(true),
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const free = createTcpServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const deadPort = portOf(free);
  free.close();
  await once(free, 'close');
  const url = `http://127.0.0.1:${portOf(http)}`;
  return {
    io,
    url,
    transport: createSocketIoTransport({ url, ...options }),
    nowhere: createSocketIoTransport({ url: `http://127.0.0.1:${deadPort}`, ...options }),
    connections,
    until,
    [Symbol.asyncDispose]: () => io.close(),
  };
};

describeTransport('Socket.IO', () => listen());
describeTransport('Socket.IO over the WebSocket of a browser', () => listen({ transports: [WebSocket] }));

const dial = (url: string) => {
  const events: TransportEvent[] = [];
  const subscription = createSocketIoTransport({ url })
    .dial(hello)
    .subscribe((event) => events.push(event));
  const channel = (): Channel | undefined => events.flatMap((event) => (event.kind === 'open' ? [event.channel] : []))[0];
  return { events, subscription, channel };
};

/** A way to the hub that can be stopped without being cut. */
const openProxy = async (target: number) => {
  const pairs: (readonly [TcpSocket, TcpSocket])[] = [];
  const proxy = createTcpServer((near) => {
    const far = new (near.constructor as typeof TcpSocket)().connect(target, '127.0.0.1');
    near.pipe(far).pipe(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    pairs.push([near, far]);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `http://127.0.0.1:${portOf(proxy)}`,
    pairs,
    stall: () => {
      for (const [near, far] of pairs) {
        near.unpipe(far);
        near.pause();
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const [near, far] of pairs) {
        near.destroy();
        far.destroy();
      }
      proxy.close();
      await once(proxy, 'close');
    },
  };
};

describe('Socket.IO as a pipe', () => {
  it('[PI1] dials by WebSocket alone', async () => {
    await using rig = await listen();
    const transports: string[] = [];
    rig.io.engine.on('connection', (socket: { transport: { name: string } }) => transports.push(socket.transport.name));
    const call = dial(rig.url);
    await until(() => call.channel() !== undefined);
    expect(transports).toEqual(['websocket']);
    call.subscription.unsubscribe();
  });

  it('[PI2] a refusal by the hub’s middleware ends the attempt and is reported', async () => {
    await using rig = await listen();
    rig.io.use((_socket, next) => next(new Error('not you')));
    const call = dial(rig.url);
    await until(() => call.events.length > 0);
    expect(call.events).toEqual([{ kind: 'closed', why: 'not you' }]);
  });

  it('sees what a stalled network has not taken, which Socket.IO’s own buffers do not show', async () => {
    await using rig = await listen();
    await using proxy = await openProxy(Number(new URL(rig.url).port));
    const call = dial(proxy.url);
    await until(() => call.channel() !== undefined);
    proxy.stall();
    const text = 'x'.repeat(100_000);
    for (let n = 0; n < 200; n += 1) {
      call
        .channel()
        ?.send({ event: 'commit', payload: { sub: text, seq: n, epoch: 'epochAepochA', cursor: n, commands: [], alarms: [], values: [] } });
    }
    await until(() => (call.channel()?.bufferedBytes() ?? 0) > 1_000_000);
    expect(call.events.map(({ kind }) => kind)).toEqual(['open']);
    call.subscription.unsubscribe();
  });

  it('[PI5] leaves a hub that does not answer at once, without waiting for its farewell', async () => {
    await using rig = await listen();
    await using proxy = await openProxy(Number(new URL(rig.url).port));
    const call = dial(proxy.url);
    await until(() => call.channel() !== undefined);
    proxy.stall();
    call.subscription.unsubscribe();
    // The near socket is paused and reads nothing more; only a torn-down connection closes it when it reads again.
    proxy.pairs[0]?.[0].resume();
    await until(() => proxy.pairs[0]?.[0].destroyed === true || proxy.pairs[0]?.[0].readableEnded === true);
    expect(call.events.map(({ kind }) => kind)).toEqual(['open']);
  });
});
