import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** How requests of a server of the program reach the hub. */
export type HttpPass = {
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** Answers everything that this server is asked. */
  serve(server: Server): void;
  /** Ends what is still being answered, and leaves the servers. */
  close(): void;
};

const isOurs = ({ url = '' }: IncomingMessage): boolean => url.startsWith('/socket.io/') || url.split('?')[0] === '/api/v1/ws';

/** Passes requests and upgrades on to the hub's own server, which does not have to listen. */
export const passHttp = (hub: Server): HttpPass => {
  const answering = new Set<ServerResponse>();
  const leave: (() => void)[] = [];
  const handleRequest = (request: IncomingMessage, response: ServerResponse): void => {
    answering.add(response);
    response.once('close', () => answering.delete(response));
    hub.emit('request', request, response);
  };
  const handleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): boolean =>
    isOurs(request) && hub.emit('upgrade', request, socket, head);
  return {
    handleRequest,
    handleUpgrade,
    serve: (server) => {
      const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
        if (!handleUpgrade(request, socket, head) && server.listenerCount('upgrade') === 1) socket.destroy();
      };
      server.on('request', handleRequest);
      server.on('upgrade', upgrade);
      leave.push(() => {
        server.off('request', handleRequest);
        server.off('upgrade', upgrade);
      });
    },
    close: () => {
      for (const each of leave.splice(0)) each();
      for (const response of answering) response.destroy();
    },
  };
};
