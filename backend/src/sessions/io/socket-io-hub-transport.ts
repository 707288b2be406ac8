import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Server, type Socket } from 'socket.io';
import { Observable, Subject } from 'rxjs';
import type { Bye, Fault, HubMessage, HubToNodeEvents, NodeToHubEvents } from '@phloem/protocol';
import { createAddressCounter, type AddressLimits, type Place } from '../address-limits.ts';
import type { Connection, HubTransport, Incoming, Peer } from '../hub-transport.ts';
import { judgePacket, longestGreeting } from '../judge-packet.ts';
import { farewellMs, waitForFarewells } from './farewell.ts';
import { toPeer, type HubTransportOptions } from './hub-transport-options.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { remoteAddressOf } from './remote-address-of.ts';

/** So many connections are open at once, those included that have not greeted yet: one that has not is closed after 5 s. */
const maxConnections = 12_000;
/** No address takes the places of all others; the machine of the hub has enough for everybody who comes back at once. */
const socketIoLimits: AddressLimits = { own: { connections: 10_000, waiting: 8000 }, other: { connections: 500, waiting: 100 } };

/** What engine.io keeps of a message until the connection takes it. */
type PacketOptions = { preEncoded?: boolean; volatile?: boolean; compress?: boolean; wsPreEncodedFrame?: readonly Uint8Array[] };
type Packet = { readonly data?: string; readonly options?: PacketOptions };

const packetBytes = ({ data, options }: Packet): number =>
  options?.wsPreEncodedFrame?.reduce((sum, { length }) => sum + length, 0) ?? data?.length ?? 0;

/** How a message goes on every wire: encoded, and in the frame of the WebSocket around it. */
type SharedPacket = { readonly encoded: readonly unknown[]; readonly options: object };
/**
 * What Socket.IO does for a broadcast to a room, for whomever it is meant. Its own `to(ids).emit` would do the same one
 * turn later, when nobody can see any more what a connection took. Checked when it is used: another version may differ.
 */
const encodeName = '_encode';
type Broadcaster = { readonly [encodeName]: (packet: object, options: object) => readonly unknown[] };
type Engine = { writeToEngine(encoded: readonly unknown[], options: object): void };
const isBroadcaster = (adapter: unknown): adapter is Broadcaster =>
  typeof adapter === 'object' && adapter !== null && encodeName in adapter && typeof adapter[encodeName] === 'function';

const eventPacket = 2;
const sharedPackets = new WeakMap<HubMessage['payload'], SharedPacket>();

const toSharedPacket = (adapter: Broadcaster, message: HubMessage): SharedPacket => {
  const known = sharedPackets.get(message.payload);
  if (known !== undefined) return known;
  const options: PacketOptions = { preEncoded: true, volatile: false, compress: false };
  const encoded = adapter[encodeName]({ type: eventPacket, nsp: '/', data: [message.event, message.payload] }, options);
  // The frame's header and its content are one write each: in one piece they cost half as much for every viewer.
  if (options.wsPreEncodedFrame !== undefined) options.wsPreEncodedFrame = [Buffer.concat(options.wsPreEncodedFrame)];
  const made = { encoded, options };
  sharedPackets.set(message.payload, made);
  return made;
};

type PhloemSocket = Socket<NodeToHubEvents, HubToNodeEvents>;

/** The ws socket under an engine.io transport: what knows the truth about a connection, and ends it. */
type RawSocket = { readonly bufferedAmount: number; terminate(): void };
const isRawSocket = (value: unknown): value is RawSocket =>
  typeof value === 'object' && value !== null && 'terminate' in value && typeof value.terminate === 'function' && 'bufferedAmount' in value;

const rawSocketOf = (socket: PhloemSocket): RawSocket | null => {
  const { transport } = socket.conn as { transport?: { socket?: unknown } };
  return isRawSocket(transport?.socket) ? transport.socket : null;
};

/** A packet of engine.io on its way to Socket.IO, which parses what is in it. */
type IncomingPacket = { type: string; data?: unknown };

/** What a connection may send, and what was wrong with what it has sent; from then on nothing of it is read. */
type Inlet = { isGreeted: boolean; longest: number; flaw: Fault | null; tell: ((flaw: Fault) => void) | null };
const inlets = new WeakMap<object, Inlet>();

/**
 * Looks at each packet before anything of it is parsed. In place of a greeting that is none an empty one goes on, so that
 * the sender gets the reason; whatever comes after a flaw goes nowhere.
 */
const watchPackets = (conn: { on(event: 'packet', listener: (packet: IncomingPacket) => void): unknown }): void => {
  const inlet: Inlet = { isGreeted: false, longest: longestGreeting, flaw: null, tell: null };
  inlets.set(conn, inlet);
  conn.on('packet', (packet) => {
    if (packet.type !== 'message') return;
    const flaw = inlet.flaw ?? judgePacket(inlet, packet.data);
    const isGreeting = !inlet.isGreeted;
    inlet.isGreeted = true;
    if (flaw === null) return;
    if (isGreeting) packet.data = '0';
    else packet.type = 'noop';
    if (inlet.flaw !== null) return;
    inlet.flaw = flaw;
    inlet.tell?.(flaw);
  });
};

const toConnection = (socket: PhloemSocket, peer: Peer, place: Place | undefined, onError: (error: unknown) => void): Connection => {
  const incoming = new Subject<Incoming>();
  const inlet = inlets.get(socket.conn);
  const reportFlaw = (flaw: Fault): void => incoming.next({ event: '', payload: null, flaw });
  if (inlet !== undefined) inlet.tell = reportFlaw;
  // An acknowledgement that was not asked for in the protocol is never called: the payload is the first argument alone.
  socket.onAny((event: string, payload: unknown) => {
    try {
      incoming.next({ event, payload });
    } catch (error) {
      onError(error);
    }
  });
  socket.on('disconnect', () => incoming.complete());
  socket.on('error', onError);
  const send = ({ event, payload }: HubMessage): void => {
    (socket.emit as (event: string, payload: unknown) => void).call(socket, event, payload);
  };
  // Asked for many times a tick for each panel: there is one transport, and it is not exchanged (PI1).
  let known: RawSocket | null = null;
  const rawSocket = (): RawSocket | null => (known ??= rawSocketOf(socket));
  const terminate = (): void => {
    const raw = rawSocket();
    if (raw === null) socket.disconnect(true);
    else raw.terminate();
  };
  return {
    peer,
    hello: socket.handshake.auth,
    flaw: inlet?.flaw ?? undefined,
    admit: () => place?.admit(),
    limitMessages: (characters) => {
      if (inlet !== undefined) inlet.longest = characters;
    },
    incoming$: incoming.asObservable(),
    send,
    sendShared: (message: HubMessage) => {
      const adapter: unknown = socket.nsp.adapter;
      if (!isBroadcaster(adapter)) return send(message);
      const { encoded, options } = toSharedPacket(adapter, message);
      (socket.client as unknown as Engine).writeToEngine(encoded, options);
    },
    bufferedBytes: () => {
      const { writeBuffer } = socket.conn as unknown as { writeBuffer?: readonly Packet[] };
      const buffered = rawSocket()?.bufferedAmount ?? 0;
      if (writeBuffer === undefined || writeBuffer.length === 0) return buffered;
      return writeBuffer.reduce((sum, packet) => sum + packetBytes(packet), buffered);
    },
    end: (bye: Bye) => {
      socket.emit('bye', bye);
      setTimeout(terminate, farewellMs).unref();
    },
    terminate,
  };
};

/** The hub's side of the link: Socket.IO as a pipe, with nothing of its own switched on (PI1). */
export const openSocketIoHubTransport = (options: HubTransportOptions): HubTransport => {
  const { server, isAllowed, readCookie, onError, addressOf = remoteAddressOf, onCrowded, limits = socketIoLimits } = options;
  const enter = createAddressCounter(limits);
  const places = new WeakMap<IncomingMessage, Place>();
  // Engine.io refuses an upgrade by 400 whatever the reason is; a page of another site gets 403, and a crowd 429.
  const judgeUpgrade = (request: IncomingMessage, socket: Duplex): void => {
    if (request.url?.startsWith('/socket.io/') !== true) return;
    if (!isAllowed(request)) return refuseUpgrade(socket, '403 Forbidden');
    const address = addressOf(request);
    const place = enter(address);
    if (place === null) {
      onCrowded?.(address);
      return refuseUpgrade(socket, '429 Too Many Requests');
    }
    places.set(request, place);
    socket.once('close', place.leave);
  };
  const io = new Server<NodeToHubEvents, HubToNodeEvents>(server, {
    transports: ['websocket'],
    allowEIO3: false,
    perMessageDeflate: false,
    httpCompression: false,
    serveClient: false,
    connectTimeout: 5000,
    pingInterval: 10_000,
    pingTimeout: 10_000,
    maxHttpBufferSize: 512 * 1024,
    allowRequest: (request, answer) => answer(null, places.has(request) && io.engine.clientsCount < maxConnections),
  });
  // Before engine.io learns of it: what it would write then goes nowhere.
  server.prependListener('upgrade', judgeUpgrade);
  io.engine.on('connection', watchPackets);
  return {
    turns$: new Observable<void>((subscriber) => {
      let next = setImmediate(function turn() {
        // Before the turn is reported: anyone who listens may then have heard enough.
        next = setImmediate(turn);
        subscriber.next();
      });
      return () => clearImmediate(next);
    }),
    connections$: new Observable((subscriber) => {
      const greet = (socket: PhloemSocket): void => {
        const { request } = socket;
        subscriber.next(toConnection(socket, toPeer(request, addressOf(request), readCookie), places.get(request), onError));
      };
      io.on('connection', greet);
      return () => io.off('connection', greet);
    }),
    close: async () => {
      server.off('upgrade', judgeUpgrade);
      const leaving = [...io.sockets.sockets.values()].map((socket) => new Promise((resolve) => socket.once('disconnect', resolve)));
      await waitForFarewells(leaving);
      // `io.close` would also close the HTTP server, which its owner closes.
      for (const socket of io.sockets.sockets.values()) rawSocketOf(socket)?.terminate();
      io.engine.close();
    },
  };
};
