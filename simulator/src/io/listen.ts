import type { Server } from 'node:net';
import { Fault } from '@phloem/protocol';

/**
 * Opens a port; 0 takes any that is free.
 *
 * @returns the port that was opened
 * @throws Fault `net/port-in-use`, or `cli/usage` when this host or port cannot be had at all.
 */
export const listen = (server: Server, host: string, port: number, what: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(toFault(error, `${what} cannot listen on ${host}:${port}`));
    server.once('error', fail);
    server.listen({ host, port }, () => {
      server.off('error', fail);
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('a TCP server has an address with a port');
      resolve(address.port);
    });
  });

/** Closes a server that may never have been opened. */
export const closeServer = (server: Server): Promise<void> => new Promise((resolve) => void server.close(() => resolve()));

const toFault = (error: NodeJS.ErrnoException, what: string): Fault =>
  error.code === 'EADDRINUSE'
    ? new Fault('net/port-in-use', `${what}: another program uses this port; end it, or choose another port`, { cause: error })
    : new Fault('cli/usage', `${what} (${error.code ?? error.message}); choose another host or port`, { cause: error });
