import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { measure, serve, startFar } from './near.ts';
import { toPayload } from './payload.ts';

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
await once(server, 'listening');
startFar('far-ws.ts', [String((server.address() as AddressInfo).port)]);
const [socket] = (await once(server, 'connection')) as [WebSocket];

const trip = (n: number): Promise<void> =>
  new Promise((resolve) => {
    socket.once('message', () => resolve());
    socket.send(JSON.stringify(toPayload(n)));
  });

await serve(async (trips) => ({ echo: await measure(trips, trip) }));
