import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import type { NodeMessage } from '@phloem/protocol';
import { vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { describeTransport, type ContractRig, type PeerConnection } from '../testing/transport-contract.ts';
import { createWebSocketTransport } from './web-socket-transport.ts';

const until = (claim: () => boolean): Promise<void> => vi.waitUntil(claim, { interval: 2, timeout: 5000 }).then(() => undefined);

const listen = async (): Promise<ContractRig> => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const connections: PeerConnection[] = [];
  server.on('connection', (socket) => {
    const received: NodeMessage[] = [];
    let isEnded = false;
    socket.on('close', () => (isEnded = true));
    socket.on('message', (data: Buffer) => {
      const { event, data: payload } = JSON.parse(data.toString());
      if (event !== 'hello') return void received.push({ event, payload });
      connections.push({
        hello: payload,
        received,
        isEnded: () => isEnded,
        send: (name, content) => socket.send(JSON.stringify({ event: name, data: content })),
        end: () => socket.terminate(),
      });
    });
  });
  const free = createTcpServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const deadPort = (free.address() as AddressInfo).port;
  free.close();
  await once(free, 'close');
  const { port } = server.address() as AddressInfo;
  return {
    transport: createWebSocketTransport({ url: `ws://127.0.0.1:${port}/api/v1/ws` }),
    nowhere: createWebSocketTransport({ url: `ws://127.0.0.1:${deadPort}/api/v1/ws` }),
    connections,
    until,
    [Symbol.asyncDispose]: async () => {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
};

describeTransport('plain WebSocket', listen);
