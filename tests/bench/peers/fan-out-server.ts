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
/** What Phloem does of its own accord: a view four times a second, a heartbeat every five seconds. */
const viewMs = 250;
const beatMs = 5000;

type Frame = { readonly location: string; readonly cluster: string; readonly readings: Record<string, Reading> };
type Contender = {
  readonly port: number;
  feed(frame: Frame): void;
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
        if (entry.phase === 'requested') took = (performance.now() - began) * 1000;
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
    sessions: () => [...hub.running.sessions.counts().values()].reduce((sum, count) => sum + count, 0) - (withService ? 1 : 0),
    trip,
  };
};

/**
 * A bare Socket.IO server. `view` broadcasts the view that Phloem sends, at its pace; `same` sends and receives the messages of
 * a link besides (heartbeats, cursors and what answers them); `every` broadcasts each frame as it comes.
 */
const openPlain = async (kind: 'view' | 'same' | 'every', port: number): Promise<Contender> => {
  const http = createServer();
  const io = new Server(http, { transports: ['websocket'], serveClient: false });
  io.on('connection', (socket) => void socket.onAny(() => undefined));
  http.listen({ port, host: '127.0.0.1', backlog: 4096 });
  await once(http, 'listening');
  const changed = new Map<string, unknown>();
  let version = 0;
  let told = 0;
  const sendView = (): void => {
    if (told === version) return;
    const lists = { devices: [], alarms: [], values: [], buses: [], automation: [], overrides: [], offsets: [], interlocks: [] };
    const stamp = { sub: 'panel', version, at: Date.now(), up: performance.now() };
    io.emit('changes', { ...stamp, points: [...changed.values()], ...lists, from: told });
    changed.clear();
    told = version;
  };
  let beat = 0;
  const sendBeats = (): void => {
    beat += 1;
    const t = performance.now();
    const echo = { n: beat, t, heldMs: 12.5 };
    const facts = { head: version, durable: version, committed: { subscriptions: { news: version }, scope: null }, at: Date.now(), up: t };
    for (const socket of io.of('/').sockets.values()) {
      socket.emit('entries', { sub: 'news', epoch: 'abcdefghijkl', prev: version - 1, last: version, entries: [] });
      socket.emit('heartbeat', { n: beat, t, echo, ...facts, covered: { news: version } });
    }
  };
  if (kind !== 'every') setInterval(sendView, viewMs);
  if (kind === 'same') setInterval(sendBeats, beatMs);
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
  };
};

endWithStarter();
const [kind = 'phloem', port = '0'] = process.argv.slice(2);
const contender = await (kind === 'view' || kind === 'same' || kind === 'every'
  ? openPlain(kind, Number(port))
  : openPhloem(kind === 'loop', Number(port)));
process.send?.({ port: contender.port });

/** Feeds by the clock: a turn that came late feeds what was due meanwhile. */
const startFeed = () => {
  const began = performance.now();
  let frames = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * clusters);
    // A server that cannot keep up is not buried.
    for (let turn = 0; turn < 10 && frames < due; turn += 1) {
      contender.feed(toFrame());
      frames += 1;
    }
  }, 1000 / clusters);
  return {
    stop: (): { frames: number; due: number } => {
      clearInterval(timer);
      return { frames, due: ((performance.now() - began) / 1000) * clusters };
    },
  };
};

const feedFor = async (ms: number): Promise<FanOutAnswer> => {
  const before = process.cpuUsage();
  const feed = startFeed();
  await new Promise((resolve) => setTimeout(resolve, ms));
  const { frames, due } = feed.stop();
  const { user, system } = process.cpuUsage(before);
  return {
    cpuMs: (user + system) / 1000 / (due / clusters),
    fed: frames / due,
    memory: process.memoryUsage().rss,
    sessions: contender.sessions(),
    samples: [],
  };
};

const loopFor = async (trips: number): Promise<FanOutAnswer> => {
  const feed = startFeed();
  const samples: number[] = [];
  for (let trip = 0; trip < trips; trip += 1) samples.push((await contender.trip?.()) ?? Number.NaN);
  feed.stop();
  return { cpuMs: 0, fed: 1, memory: process.memoryUsage().rss, sessions: contender.sessions(), samples };
};

for (;;) {
  const [ask] = (await once(process, 'message')) as [FanOutAsk];
  process.send?.(await (ask.trips === undefined ? feedFor(ask.feedMs ?? 0) : loopFor(ask.trips)));
}
