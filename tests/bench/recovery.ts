import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Entry } from '@phloem/protocol';
import { createSocketIoTransport } from '@phloem/reconnect';
import { filter, firstValueFrom, type Observable } from 'rxjs';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { built, startProcess } from '../support/process.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { watchMesh } from '../support/watch.ts';
import type { Finding } from './report.ts';
import { toFigure } from './statistics.ts';

const runs = 5;

const next = (entries$: Observable<Entry>, isIt: (entry: Entry) => boolean): Promise<Entry> => firstValueFrom(entries$.pipe(filter(isIt)));

/** From the moment at which a killed hub listens again until a reader has its first new entry. */
const hubKilled = async (mesh: Mesh): Promise<number> => {
  await using watch = await watchMesh(mesh, { node: 'watcher-hub' });
  const { lsn } = await next(watch.entries$, () => true);
  await mesh.hub().end('SIGKILL');
  const first = next(watch.entries$, (entry) => entry.lsn > lsn).then(() => performance.now());
  await mesh.startHub();
  const listening = performance.now();
  return Math.max(0, (await first) - listening);
};

/** From the moment at which a black hole is healed until a reader that was behind it has caught up with the head. */
const blackHole = async (mesh: Mesh): Promise<number> => {
  await using proxy = await openTcpProxy(mesh.port);
  await using watch = await watchMesh(mesh, {
    node: 'watcher-hole',
    transport: createSocketIoTransport({ url: `http://127.0.0.1:${proxy.port}` }),
  });
  await next(watch.entries$, () => true);
  proxy.shape('both', { flow: 'swallow' });
  await until(
    'the link to notice',
    () => firstValueFrom(watch.link.status$),
    ({ phase }) => phase !== 'ready',
  );
  const { head } = await mesh.get<{ head: number }>('/healthz');
  const caughtUp = next(watch.entries$, ({ lsn }) => lsn >= head).then(() => performance.now());
  proxy.heal();
  const healed = performance.now();
  return (await caughtUp) - healed;
};

/** From the kill of the leader until a command of the standby has been written. */
const leaderKilled = async (mesh: Mesh): Promise<number> => {
  const folder = mkdtempSync(join(tmpdir(), 'phloem-standby-'));
  writeFileSync(join(folder, 'token'), await mesh.token('automation', 'automation-2'), { mode: 0o600 });
  const args = ['--hub', mesh.url, '--node', 'automation-2', '--token-file', join(folder, 'token'), '--data', folder];
  const standby = await startProcess('standby', ['--disallow-code-generation-from-strings', built.automation, ...args]);
  try {
    await using watch = await watchMesh(mesh, { node: 'watcher-leader' });
    // The standby has the lease in line, and has caught up, after a few pulses.
    for (let n = 0; n < 4; n += 1) await next(watch.entries$, ({ kind }) => kind === 'pulse');
    const applied = next(
      watch.entries$,
      (entry) => entry.kind === 'device' && entry.by.id === 'automation-2' && (entry.phase === 'written' || entry.phase === 'confirmed'),
    ).then(() => performance.now());
    const killed = performance.now();
    await mesh.automation().end('SIGKILL');
    return (await applied) - killed;
  } finally {
    await standby.end('SIGKILL');
    await mesh.startAutomation();
    await until(
      'the first service in command again',
      () => mesh.device('flower_room/lights'),
      ({ phase, by }) => phase === 'confirmed' && by?.id === 'automation-1',
    );
  }
};

/** The peer: a plain Socket.IO client with default settings, whose server is killed and listens again after 300 ms. */
const plainSocketIo = async (): Promise<number> => {
  const serve = async (port: number) => {
    const http = createServer();
    const server = new Server(http);
    const ticking = setInterval(() => server.emit('tick', Date.now()), 10);
    http.listen(port, '127.0.0.1');
    await once(http, 'listening');
    const end = async (): Promise<void> => {
      clearInterval(ticking);
      http.closeAllConnections();
      await server.close();
    };
    return { port: (http.address() as AddressInfo).port, end };
  };
  const first = await serve(0);
  const client = io(`http://127.0.0.1:${first.port}`, { transports: ['websocket'], forceNew: true });
  await new Promise((resolve) => client.once('tick', resolve));
  await first.end();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const second = await serve(first.port);
  const listening = performance.now();
  await new Promise((resolve) => client.once('tick', resolve));
  const took = performance.now() - listening;
  client.close();
  await second.end();
  return took;
};

/** How long it takes until things go on, after what broke has been fixed; beside a plain Socket.IO client. */
export const benchRecovery = async (): Promise<Finding> => {
  await using mesh = await openMesh();
  await until(
    'the service in command',
    () => mesh.device('flower_room/lights'),
    ({ phase, requested }) => phase === 'confirmed' && requested !== null,
  );
  const measure = async (once: () => Promise<number>): Promise<number[]> => {
    const took: number[] = [];
    for (let run = 0; run < runs; run += 1) took.push(await once());
    return took;
  };
  const rows = [
    { name: 'hub killed: listens → first entry at a reader', goal: 150, took: await measure(() => hubKilled(mesh)) },
    { name: 'black hole healed → reader caught up', goal: 1200, took: await measure(() => blackHole(mesh)) },
    { name: 'leader killed → first command of the standby applied', goal: 300, took: await measure(() => leaderKilled(mesh)) },
  ];
  const plain = toFigure(await measure(plainSocketIo));
  return {
    name: 'recovery',
    title: 'Recovery',
    unit: 'ms; median over runs, and their middle half',
    columns: ['took'],
    rows: [
      ...rows.map(({ name, took }) => ({ name, figures: [toFigure(took)] })),
      { name: 'plain Socket.IO client, default settings: server listens → first event', figures: [plain] },
    ],
    verdicts: rows.map(({ name, goal, took }) => {
      const worst = Math.max(...took);
      return { goal: `${name}: below ${goal} ms`, measured: `${Math.round(worst)} ms at worst`, isReached: worst < goal };
    }),
    notes: [`${runs} runs each, on real processes with the demonstration's simulator`],
  };
};
