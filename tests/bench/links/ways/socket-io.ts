import { once } from 'node:events';
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import { decide, type Frame, type State, type Way } from '../way.ts';

/** Bare Socket.IO with its defaults, but for the transport: polling first would only slow its start. */
export const way: Way = {
  backend: async ({ port }, write) => {
    const http = createServer();
    const server = new Server(http, { transports: ['websocket'], serveClient: false });
    server.on('connection', (socket) => socket.on('state', (state: State) => write(state)));
    http.listen(port, '127.0.0.1');
    await once(http, 'listening');
    return (frame) => void server.emit('frame', frame);
  },
  automation: ({ url }) => {
    const socket = io(url, { transports: ['websocket'] });
    socket.on('frame', (frame: Frame) => socket.emit('state', decide(frame)));
    return new Promise((resolve) => void socket.once('connect', resolve));
  },
};
