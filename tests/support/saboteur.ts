import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer, type RawData } from 'ws';

/** What happens to the messages from the hub to a browser; shares from 0 to 1. */
export type Sabotage = {
  readonly drop: number;
  readonly duplicate: number;
  /** Held back until one or two more have passed. */
  readonly reorder: number;
  /** Each waits up to so long, in its order. */
  readonly delayMs: number;
  /** Nothing passes, either way, and nobody is notified. */
  readonly isBlackHole: boolean;
};

/** A way between browser and hub that understands messages, and can lose, double, reorder and delay them. */
export type Saboteur = AsyncDisposable & {
  readonly port: number;
  /** How many messages have been tampered with so far. */
  readonly tampered: number;
  sabotage(what: Partial<Sabotage>): void;
  heal(): void;
  /** Ends each connection without a word. */
  cut(): void;
};

const nothing: Sabotage = { drop: 0, duplicate: 0, reorder: 0, delayMs: 0, isBlackHole: false };
/** How Engine.IO and Socket.IO mark an event; greetings and pings are left alone. */
const eventMark = '42';

/** Hands requests on to the hub, but none into a black hole. */
const createForwarder = (target: number, isBlackHole: () => boolean) =>
  createServer((asked, answer) => {
    const { url, method, headers } = asked;
    const onward = request({ host: '127.0.0.1', port: target, path: url, method, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    if (isBlackHole()) return;
    asked.pipe(onward);
  });

/** Listens on a free port of loopback, and hands everything on to the hub on `target`. The caller disposes of it. */
export const openSaboteur = async (target: number, random: () => number): Promise<Saboteur> => {
  let plan = nothing;
  let tampered = 0;
  const pairs = new Set<{ readonly near: WebSocket; readonly far: WebSocket }>();
  const server = createForwarder(target, () => plan.isBlackHole);
  const sockets = new WebSocketServer({ noServer: true });

  const lead = (near: WebSocket, asked: IncomingMessage): void => {
    const { cookie, origin, host } = asked.headers;
    const headers = Object.fromEntries(Object.entries({ cookie, origin, host }).filter(([, value]) => value !== undefined));
    const far = new WebSocket(`ws://127.0.0.1:${target}${asked.url ?? ''}`, { headers: headers as Record<string, string> });
    const pair = { near, far };
    pairs.add(pair);
    const early: RawData[] = [];
    near.on('message', (data) => {
      if (plan.isBlackHole) return;
      if (far.readyState === WebSocket.OPEN) far.send(toText(data));
      else early.push(data);
    });
    far.on('open', () => {
      for (const data of early) far.send(toText(data));
    });
    far.on(
      'message',
      tamperWith({ plan: () => plan, random, note: () => void (tampered += 1) }, (text) => {
        if (near.readyState === WebSocket.OPEN) near.send(text);
      }),
    );
    const end = (): void => {
      pairs.delete(pair);
      near.terminate();
      far.terminate();
    };
    for (const socket of [near, far]) socket.on('close', end).on('error', end);
  };

  const cut = (): void => {
    for (const { near, far } of pairs) {
      near.terminate();
      far.terminate();
    }
  };
  server.on('upgrade', (asked, socket, head) => sockets.handleUpgrade(asked, socket, head, (near) => lead(near, asked)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get tampered() {
      return tampered;
    },
    sabotage: (what) => {
      plan = { ...plan, ...what };
    },
    heal: () => {
      plan = nothing;
    },
    cut,
    [Symbol.asyncDispose]: async () => {
      cut();
      sockets.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

type Judge = { readonly plan: () => Sabotage; readonly random: () => number; readonly note: () => void };

/** One connection's messages, each judged by the plan as it stands when it comes. */
const tamperWith = ({ plan, random, note }: Judge, send: (text: string) => void): ((data: RawData) => void) => {
  const held: { readonly text: string; readonly after: number }[] = [];
  let queue = Promise.resolve();
  const pass = (text: string, waitMs: number): void => {
    if (waitMs === 0) send(text);
    else queue = queue.then(() => new Promise((resolve) => setTimeout(resolve, waitMs))).then(() => send(text));
  };
  const happens = (share: number): boolean => {
    const isSo = random() < share;
    if (isSo) note();
    return isSo;
  };
  return (data) => {
    const text = toText(data);
    const { isBlackHole, drop, reorder, delayMs, duplicate } = plan();
    if (isBlackHole) return;
    if (!text.startsWith(eventMark)) return pass(text, 0);
    if (happens(drop)) return;
    if (happens(reorder)) return void held.push({ text, after: 1 + Math.floor(random() * 2) });
    pass(text, Math.floor(random() * delayMs));
    if (happens(duplicate)) pass(text, 0);
    for (const late of held.splice(0)) {
      if (late.after <= 1) pass(late.text, 0);
      else held.push({ text: late.text, after: late.after - 1 });
    }
  };
};

const toText = (data: RawData): string => {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return Buffer.isBuffer(data) ? data.toString() : Buffer.from(data).toString();
};
