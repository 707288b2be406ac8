import type { IncomingMessage } from 'node:http';

/** The other end of the connection of a request. */
export const remoteAddressOf = ({ socket }: IncomingMessage): string => socket.remoteAddress ?? '';
