import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Bye, Hello, Snapshot, Welcome } from '@phloem/protocol';
import { Server } from 'socket.io';
import { root } from './repository.ts';

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** What the hub of a test says to anyone who comes: a farewell, or a welcome and one picture of everything. */
export type Script = { readonly bye: Bye } | { readonly snapshot: Omit<Snapshot, 'sub' | 'at' | 'up' | 'version'> };

/** A hub that says what a real one would hardly say. It serves the built panel, and answers nothing else over HTTP. */
export const openScriptedHub = async (script: Script): Promise<AsyncDisposable & { readonly url: string }> => {
  const dist = join(root, 'web-ui/dist');
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://hub').pathname;
    if (path.startsWith('/api/')) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"code":"document/unknown","message":"nothing is here"}');
      return;
    }
    const type = types[extname(path)];
    response
      .writeHead(200, { 'content-type': type ?? 'text/html' })
      .end(readFileSync(join(dist, type === undefined ? 'index.html' : path)));
  });
  const sockets = new Server(server, { transports: ['websocket'], serveClient: false });
  const started = performance.now();
  sockets.on('connection', (socket) => {
    if ('bye' in script) {
      socket.emit('bye', script.bye);
      return;
    }
    const hello = socket.handshake.auth as Hello;
    const up = 60_000 + performance.now() - started;
    const welcome: Welcome = {
      protocol: { major: 1, minor: 0 },
      hub: { nodeId: 'hub', run: 'scripted' },
      session: 'session-1',
      log: { epoch: 'epochOfTests', first: 1, head: 100, lineage: [] },
      subscriptions: (hello.subscriptions ?? []).map(({ sub }) => ({ sub, from: 100 })),
      committed: { subscriptions: {}, scope: null },
      durable: 100,
      lease: null,
      limits: { messageBytes: 1_000_000, windowEntries: 1000, windowBytes: 1_000_000 },
      heartbeat: { everyMs: 60_000, deadMs: 600_000, leaseMs: 600_000 },
      at: Date.now(),
      up,
    };
    socket.emit('welcome', welcome);
    const sub = hello.subscriptions?.find(({ mode }) => mode === 'latest')?.sub ?? 'panel';
    const snapshot: Snapshot = { ...script.snapshot, sub, at: Date.now(), up, version: 100 };
    socket.emit('snapshot', snapshot);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      await sockets.close();
    },
  };
};
