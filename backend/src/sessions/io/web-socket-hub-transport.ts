import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Fault, type Bye, type HubMessage } from '@phloem/protocol';
import { Observable, Subject } from 'rxjs';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { createAddressCounter, type AddressLimits, type Place } from '../address-limits.ts';
import type { Connection, HubTransport, Incoming, Peer } from '../hub-transport.ts';
import { longestGreeting } from '../judge-packet.ts';
import { readFrame, webSocketPath } from '../read-frame.ts';
import { farewellMs, waitForFarewells } from './farewell.ts';
import { toPeer, type HubTransportOptions } from './hub-transport-options.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { remoteAddressOf } from './remote-address-of.ts';

/** A connection that has not greeted after so long is closed. */
const greetingMs = 5000;
const pingEveryMs = 10_000;
const mostConnections = 2000;
/** No address takes the places of all others. */
const webSocketLimits: AddressLimits = { own: { connections: 1000, waiting: 500 }, other: { connections: 200, waiting: 50 } };

const encoded = new WeakMap<HubMessage['payload'], string>();
const encode = ({ event, payload }: HubMessage): string => JSON.stringify({ event, data: payload });

/** The text of a message that many are sent: made once. */
const encodeShared = (message: HubMessage): string => {
  const known = encoded.get(message.payload);
  if (known !== undefined) return known;
  const text = encode(message);
  encoded.set(message.payload, text);
  return text;
};

const binary = new Fault('protocol/unexpected', 'binary messages are not part of the protocol');

/** One socket: reads the greeting first, and then whatever the session takes. */
class Socket {
  readonly #ws: WebSocket;
  readonly #peer: Peer;
  readonly #place: Place;
  readonly #incoming = new Subject<Incoming>();
  readonly #onError: (error: unknown) => void;
  #longest = longestGreeting;
  #isGreeted = false;
  #isFlawed = false;
  #isAlive = true;

  constructor(ws: WebSocket, peer: Peer, place: Place, onError: (error: unknown) => void) {
    this.#ws = ws;
    this.#peer = peer;
    this.#place = place;
    this.#onError = onError;
  }

  /** Calls `greet` with the connection once its greeting has come. */
  run(greet: (connection: Connection) => void): void {
    const late = setTimeout(() => this.#ws.terminate(), greetingMs);
    const ping = setInterval(() => {
      if (!this.#isAlive) return this.#ws.terminate();
      this.#isAlive = false;
      this.#ws.ping();
    }, pingEveryMs);
    this.#ws.on('pong', () => (this.#isAlive = true));
    // A frame above the limit and the like: the socket closes by itself afterwards.
    this.#ws.on('error', () => undefined);
    this.#ws.on('message', (data, isBinary) => this.#take(data, isBinary, greet, late));
    this.#ws.on('close', () => {
      clearTimeout(late);
      clearInterval(ping);
      this.#incoming.complete();
    });
  }

  #take(data: RawData, isBinary: boolean, greet: (connection: Connection) => void, late: NodeJS.Timeout): void {
    this.#isAlive = true;
    if (this.#isFlawed) return;
    // The server hands over one buffer for each message.
    const frame =
      isBinary || !Buffer.isBuffer(data) ? { event: '', payload: null, flaw: binary } : readFrame(data.toString(), this.#longest);
    this.#isFlawed = frame.flaw !== undefined;
    try {
      if (this.#isGreeted) return this.#incoming.next(frame);
      clearTimeout(late);
      this.#isGreeted = true;
      greet(this.#toConnection(frame));
    } catch (error) {
      this.#onError(error);
    }
  }

  #toConnection({ event, payload, flaw }: Incoming): Connection {
    const notFirst = event === 'hello' ? undefined : new Fault('protocol/unexpected', 'the first frame must be the greeting, hello');
    return {
      peer: this.#peer,
      hello: payload,
      flaw: flaw ?? notFirst,
      incoming$: this.#incoming.asObservable(),
      admit: () => this.#place.admit(),
      limitMessages: (characters) => (this.#longest = characters),
      send: (message) => this.#ws.send(encode(message)),
      sendShared: (message) => this.#ws.send(encodeShared(message)),
      bufferedBytes: () => this.#ws.bufferedAmount,
      end: (bye: Bye) => {
        this.#ws.send(encode({ event: 'bye', payload: bye }));
        this.#ws.close(1000);
        setTimeout(() => this.#ws.terminate(), farewellMs).unref();
      },
      terminate: () => this.#ws.terminate(),
    };
  }
}

/** The hub's side of a link by a plain WebSocket: JSON text frames under the path `/api/v1/ws`. */
export const openWebSocketHubTransport = (options: HubTransportOptions): HubTransport => {
  const { server, isAllowed, readCookie, onError, addressOf = remoteAddressOf, onCrowded, limits = webSocketLimits } = options;
  const enter = createAddressCounter(limits);
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 512 * 1024 });
  const connections = new Subject<Connection>();
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (request.url?.split('?')[0] !== webSocketPath) return;
    if (!isAllowed(request)) return refuseUpgrade(socket, '403 Forbidden');
    if (sockets.clients.size >= mostConnections) return refuseUpgrade(socket, '503 Service Unavailable');
    const peer = toPeer(request, addressOf(request), readCookie);
    const place = enter(peer.address);
    if (place === null) {
      onCrowded?.(peer.address);
      return refuseUpgrade(socket, '429 Too Many Requests');
    }
    socket.once('close', place.leave);
    sockets.handleUpgrade(request, socket, head, (ws) => new Socket(ws, peer, place, onError).run((one) => connections.next(one)));
  };
  server.on('upgrade', upgrade);
  return {
    connections$: new Observable((subscriber) => connections.subscribe(subscriber)),
    close: async () => {
      server.off('upgrade', upgrade);
      const leaving = [...sockets.clients].map((ws) => new Promise((resolve) => ws.once('close', resolve)));
      await waitForFarewells(leaving);
      for (const ws of sockets.clients) ws.terminate();
      sockets.close();
    },
  };
};
