import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { EntryDraft, Reading } from '@phloem/protocol';
import { Server } from 'socket.io';
import type { FanOutAnswer, FanOutAsk } from '../viewers.ts';
import { openBenchHub } from './bench-hub.ts';
import { endWithStarter } from './near.ts';
import { startAutomation } from './start-automation.ts';

// 200 points a second, in 40 frames: a site of some size.
const clusters = 40;
const measurements = 5;
const tickMs = 250;

type Frame = { readonly location: string; readonly cluster: string; readonly readings: Record<string, Reading> };
type Contender = {
  readonly port: number;
  feed(frame: Frame): void;
  tick(): void;
  sessions(): number;
  trip?: () => Promise<number>;
};

let n = 0;
const toFrame = (): Frame => {
  n += 1;
  const readings = Object.fromEntries(
    Array.from({ length: measurements }, (_, m) => [`value_${m}`, { v: 20 + ((n * 7 + m) % 100) / 10, q: 'good' as const }]),
  );
  return { location: 'room', cluster: `cluster_${n % clusters}`, readings };
};

/** The hub of the production parts. */
const openPhloem = async (withService: boolean, port: number): Promise<Contender> => {
  const hub = await openBenchHub({ aheadMs: 0 }, port);
  const { log } = hub.store;
  const append = (draft: EntryDraft): void => void log.append([draft]);
  if (withService) startAutomation(hub.port);
  let isCold = false;
  const trip = (): Promise<number> =>
    new Promise((resolve) => {
      const began = performance.now();
      hub.onEntry = (entry) => {
        if (entry.kind !== 'device') return;
        if (entry.phase === 'wished') took = (performance.now() - began) * 1000;
        else if (entry.phase === 'confirmed') setImmediate(resolve, took);
      };
      let took = Number.NaN;
      isCold = !isCold;
      append({ kind: 'sensor', location: 'room', cluster: 'front', readings: { temperature: { v: isCold ? 10 : 30, q: 'good' } } });
    });
  if (withService) {
    // Ready when a first command has come through.
    let isReady = false;
    while (!isReady)
      isReady = await Promise.race([trip().then(() => true), new Promise<boolean>((resolve) => setTimeout(resolve, 100, false))]);
  }
  return {
    port: hub.port,
    feed: (frame) => append({ kind: 'sensor', ...frame }),
    tick: () => undefined,
    sessions: () => [...hub.running.sessions.counts().values()].reduce((sum, count) => sum + count, 0) - (withService ? 1 : 0),
    trip,
  };
};

/** A bare Socket.IO server: `same` sends what Phloem sends, at its pace; `every` sends each frame as it comes. */
const openPlain = async (kind: 'same' | 'every', port: number): Promise<Contender> => {
  const http = createServer();
  // What comes without being asked for: both transports, state recovery off, and so on.
  const io = new Server(http, { transports: ['websocket'], serveClient: false });
  http.listen(port, '127.0.0.1');
  await once(http, 'listening');
  const changed = new Map<string, unknown>();
  let version = 0;
  return {
    port: (http.address() as AddressInfo).port,
    sessions: () => io.of('/').sockets.size,
    feed: (frame) => {
      version += 1;
      const stamp = { lsn: version, at: Date.now(), up: performance.now() };
      if (kind === 'every') io.emit('reading', { ...stamp, kind: 'sensor', ...frame });
      for (const [measurement, reading] of Object.entries(frame.readings)) {
        const id = `${frame.location}/${frame.cluster}/${measurement}`;
        changed.set(id, { id, ...reading, lsn: version, reported: stamp.up, changed: stamp.up, last: reading.v });
      }
    },
    tick: () => {
      if (kind === 'every') return;
      const lists = { devices: [], alarms: [], values: [], buses: [], automation: [], overrides: [], offsets: [], interlocks: [] };
      io.emit('changes', {
        sub: 'panel',
        version,
        at: Date.now(),
        up: performance.now(),
        points: [...changed.values()],
        ...lists,
        from: version,
      });
      changed.clear();
    },
  };
};

endWithStarter();
const [kind = 'phloem', port = '0'] = process.argv.slice(2);
const contender = await (kind === 'same' || kind === 'every' ? openPlain(kind, Number(port)) : openPhloem(kind === 'loop', Number(port)));
process.send?.({ port: contender.port });

const feedFor = async (ms: number): Promise<FanOutAnswer> => {
  const before = process.cpuUsage();
  let frames = 0;
  const feeding = setInterval(() => {
    contender.feed(toFrame());
    frames += 1;
    if (frames % (clusters * (tickMs / 1000)) === 0) contender.tick();
  }, 1000 / clusters);
  await new Promise((resolve) => setTimeout(resolve, ms));
  clearInterval(feeding);
  const { user, system } = process.cpuUsage(before);
  // On a busy machine the feed falls behind: a second is what is fed in one.
  const seconds = frames / clusters;
  return { cpuMs: (user + system) / 1000 / seconds, memory: process.memoryUsage().rss, sessions: contender.sessions(), samples: [] };
};

const loopFor = async (trips: number): Promise<FanOutAnswer> => {
  const feeding = setInterval(() => contender.feed(toFrame()), 1000 / clusters);
  const samples: number[] = [];
  for (let trip = 0; trip < trips; trip += 1) samples.push((await contender.trip?.()) ?? Number.NaN);
  clearInterval(feeding);
  return { cpuMs: 0, memory: process.memoryUsage().rss, sessions: contender.sessions(), samples };
};

for (;;) {
  const [ask] = (await once(process, 'message')) as [FanOutAsk];
  process.send?.(await (ask.trips === undefined ? feedFor(ask.feedMs ?? 0) : loopFor(ask.trips)));
}
