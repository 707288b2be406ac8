import type { Duplex } from 'node:stream';

/** Answers an upgrade that is refused in plain HTTP, and closes it. */
export const refuseUpgrade = (socket: Duplex, status: '403 Forbidden' | '429 Too Many Requests' | '503 Service Unavailable'): void => {
  socket.on('error', () => undefined);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
};
