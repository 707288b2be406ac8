import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { measure, serve, startFar } from './near.ts';
import { toPayload } from './payload.ts';

const http = createServer();
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false });
http.listen(0, '127.0.0.1');
await once(http, 'listening');
startFar('far-socket-io.ts', [String((http.address() as AddressInfo).port)]);
const [socket] = (await once(io, 'connection')) as [Socket];

const trip = (n: number): Promise<void> =>
  new Promise((resolve) => {
    socket.once('echo', () => resolve());
    socket.emit('echo', toPayload(n));
  });

await serve(async (trips) => ({ echo: await measure(trips, trip) }));
