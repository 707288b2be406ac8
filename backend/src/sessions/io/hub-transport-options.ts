import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { AddressLimits } from '../address-limits.ts';
import type { Peer } from '../hub-transport.ts';

/** What a transport over HTTP upgrades needs, whichever protocol it then speaks. */
export type HubTransportOptions = {
  readonly server: HttpServer;
  /** Whether the page that asks may connect (SE4); `cors.origin` of Socket.IO would not stop a WebSocket. */
  readonly isAllowed: (request: IncomingMessage) => boolean;
  /** The credential that the request's cookie carries. */
  readonly readCookie: (request: IncomingMessage) => string | null;
  /** Called on what should never happen, such as an error inside the library. */
  readonly onError: (error: unknown) => void;
  /** Where a request comes from; by default the other end of its connection. */
  readonly addressOf?: (request: IncomingMessage) => string;
  /** Reports a request that found no place for its address (SE7). */
  readonly onCrowded?: (address: string) => void;
  readonly limits?: AddressLimits;
};

/** A browser always names its page; anyone who names none has to show a token (SE4). */
export const toPeer = (request: IncomingMessage, address: string, readCookie: HubTransportOptions['readCookie']): Peer => ({
  address,
  cookie: request.headers.origin === undefined ? null : readCookie(request),
});
