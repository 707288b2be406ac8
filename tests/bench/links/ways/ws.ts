import { once } from 'node:events';
import { WebSocket, WebSocketServer } from 'ws';
import { decide, parseFrame, parseState, type Way } from '../way.ts';

/** Bare ws, as the examples of its README have it: a server that sends to the clients that are connected, a client that connects again after a second. */
export const way: Way = {
  backend: async ({ port }, write) => {
    const server = new WebSocketServer({ port, host: '127.0.0.1' });
    await once(server, 'listening');
    server.on('connection', (socket) => {
      socket.on('error', () => undefined);
      socket.on('message', (data: Buffer) => write(parseState(data.toString())));
    });
    return (frame) => {
      for (const socket of server.clients) if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
    };
  },
  automation: ({ url }) => {
    const connected = Promise.withResolvers<void>();
    const connect = (): void => {
      const socket = new WebSocket(url);
      socket.on('error', () => undefined);
      socket.on('open', () => connected.resolve());
      socket.on('message', (data: Buffer) => socket.send(JSON.stringify(decide(parseFrame(data.toString())))));
      socket.on('close', () => setTimeout(connect, 1000));
    };
    connect();
    return connected.promise;
  },
};
