import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Heartbeat } from '@phloem/protocol';
import { toNextYear, toNextYearEntry, widen } from '@phloem/reconnect/testing';
import { WebSocket, WebSocketServer } from 'ws';

/** A hub of next year: a real one, and between it and anyone who asks a proxy that adds what a later minor version may. */
export type NextYearProxy = AsyncDisposable & {
  readonly port: number;
  readonly url: string;
  /** How many connections were greeted. A node that cannot read what it gets dials again and again. */
  readonly welcomes: number;
  /** The newest cursor that a service has committed, as the hub's heartbeats say; 0 before any. */
  readonly committed: number;
  /** The names of the events that were sent to nodes. */
  readonly events: ReadonlySet<string>;
  /** The farewells that the hub said: what it did not understand of what nodes send. */
  readonly byes: readonly string[];
};

/** Socket.IO's packet of an event on the namespace `/`, in an Engine.IO message. */
const eventPacket = '42';

/** What goes to the node in place of a packet of the hub. */
const toPackets = (packet: string, seen: (event: string, payload: unknown) => void): readonly string[] => {
  if (!packet.startsWith(eventPacket)) return [packet];
  const [event, payload] = JSON.parse(packet.slice(eventPacket.length)) as [string, unknown];
  return toNextYear({ event, payload }).map((message) => {
    seen(message.event, message.payload);
    return `${eventPacket}${JSON.stringify([message.event, message.payload])}`;
  });
};

/** Carries one connection both ways; it ends when either side does. */
const carry = (near: WebSocket, far: WebSocket, seen: (event: string, payload: unknown) => void): void => {
  const early: string[] = [];
  near.on('message', (data: Buffer) => {
    const text = data.toString('utf8');
    if (far.readyState === WebSocket.OPEN) far.send(text);
    else early.push(text);
  });
  far.on('open', () => {
    for (const text of early.splice(0)) far.send(text);
  });
  far.on('message', (data: Buffer) => {
    for (const packet of toPackets(data.toString('utf8'), seen)) near.send(packet);
  });
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    one.on('close', () => other.terminate());
    one.on('error', () => other.terminate());
  }
};

/** What a hub of next year answers. Documents are named by their hash, and stay as they are. */
const toAnswer = (path: string, text: string): string => {
  if (path.startsWith('/api/v1/documents/')) return text;
  const answer = JSON.parse(text) as { readonly entries?: readonly unknown[] };
  if (!path.startsWith('/api/v1/log')) return JSON.stringify(widen(answer));
  return JSON.stringify({ ...answer, novelty: true, entries: answer.entries?.map(toNextYearEntry) });
};

const forward = (target: number, incoming: IncomingMessage, outgoing: ServerResponse): void => {
  const { url = '/', method, headers } = incoming;
  const asked = request({ host: '127.0.0.1', port: target, path: url, method, headers }, (answer) => {
    const isJson = url.startsWith('/api/') && String(answer.headers['content-type']).startsWith('application/json');
    if (!isJson) {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
      return;
    }
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('end', () => {
      const text = toAnswer(url, Buffer.concat(chunks).toString('utf8'));
      const { 'content-length': _, ...rest } = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 502, { ...rest, 'content-length': Buffer.byteLength(text) }).end(text);
    });
  });
  asked.on('error', () => outgoing.destroy());
  incoming.pipe(asked);
};

/** Listens on a free port of loopback, in front of the hub at `target`. The caller disposes of it. */
export const openNextYearProxy = async (target: number): Promise<NextYearProxy> => {
  const events = new Set<string>();
  const byes: string[] = [];
  let welcomes = 0;
  let committed = 0;
  const seen = (event: string, payload: unknown): void => {
    events.add(event);
    if (event === 'welcome') welcomes += 1;
    if (event === 'bye') byes.push(JSON.stringify(payload));
    if (event === 'heartbeat') committed = (payload as Heartbeat).committed?.scope ?? committed;
  };
  const server = createServer((incoming, outgoing) => forward(target, incoming, outgoing));
  const sockets = new WebSocketServer({ noServer: true });
  const fars = new Set<WebSocket>();
  server.on('upgrade', (incoming, socket, head) => {
    sockets.handleUpgrade(incoming, socket, head, (near) => {
      const { host, origin, cookie } = incoming.headers;
      const headers = { host, ...(origin === undefined ? {} : { origin }), ...(cookie === undefined ? {} : { cookie }) };
      const far = new WebSocket(`ws://127.0.0.1:${target}${incoming.url ?? '/'}`, { headers, perMessageDeflate: false });
      fars.add(far);
      far.on('close', () => fars.delete(far));
      carry(near, far, seen);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    get welcomes() {
      return welcomes;
    },
    get committed() {
      return committed;
    },
    events,
    byes,
    [Symbol.asyncDispose]: async () => {
      for (const socket of [...sockets.clients, ...fars]) socket.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
