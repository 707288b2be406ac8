import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BenchOptions } from './control-loop.ts';
import { figureText, type Finding } from './report.ts';
import { percentile, toFigure } from './statistics.ts';

/** What a server is asked: to feed its viewers for a while, or to make round trips of the control loop meanwhile. */
export type FanOutAsk = { readonly feedMs?: number; readonly trips?: number };
/**
 * What it took: milliseconds of processor a second, which share of what was due could be fed, bytes of memory, how many are
 * connected, round trips in µs.
 */
export type FanOutAnswer = {
  readonly cpuMs: number;
  readonly fed: number;
  readonly memory: number;
  readonly sessions: number;
  readonly samples: readonly number[];
};
export type ViewersAsk =
  | { readonly kind: 'forget' | 'tell' | 'listening' }
  | { readonly kind: 'gone'; readonly at: number }
  | { readonly kind: 'back'; readonly withinMs: number };
/** How many have been shown something, how late each message was, and how long each was away, in milliseconds. */
export type ViewersAnswer = {
  readonly ready: number;
  readonly late: readonly number[];
  readonly bytes: number;
  readonly messages: number;
  readonly backAfter: readonly number[];
  readonly dials: number;
};

type Peer = AsyncDisposable & { readonly child: ChildProcess; ask<T>(what: object): Promise<T>; readonly first: unknown };
type Kind = 'phloem' | 'view' | 'same' | 'every' | 'loop';

const openPeer = async (file: string, args: readonly (string | number)[]): Promise<Peer> => {
  const child = fork(fileURLToPath(new URL(`peers/${file}`, import.meta.url)), args.map(String), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [...process.execArgv, '--max-old-space-size=4096'],
  });
  const [first] = (await once(child, 'message')) as [unknown];
  return {
    child,
    first,
    ask: async <T>(what: object): Promise<T> => {
      child.send(what);
      const [answer] = (await once(child, 'message')) as [T];
      return answer;
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
};

const openServer = async (kind: Kind, port = 0) => {
  const peer = await openPeer('fan-out-server.ts', [kind, port]);
  return Object.assign(peer, {
    port: (peer.first as { port: number }).port,
    feed: (feedMs: number) => peer.ask<FanOutAnswer>({ feedMs }),
    loop: (trips: number) => peer.ask<FanOutAnswer>({ trips }),
  });
};

const openViewers = (port: number, count: number, kind: Kind, name: string): Promise<Peer> =>
  openPeer('far-viewers.ts', [port, count, kind === 'loop' ? 'phloem' : kind, name]);

const tell = (viewers: Peer, kind: 'forget' | 'tell' = 'tell'): Promise<ViewersAnswer> => viewers.ask<ViewersAnswer>({ kind });
const p = (samples: readonly number[], share: number): number =>
  percentile(
    samples.toSorted((a, b) => a - b),
    share,
  );

/** Long enough for one heartbeat of everybody. */
const feedMs = 5000;
const windows = 5;
/** Long runs say how far they are; the tables come at the end. */
const say = (text: string): void => void process.stderr.write(`  ${text}\n`);

/** One server with so many viewers, fed for a while, several times over. */
const fanOut = async (kind: Kind, count: number) => {
  await using server = await openServer(kind);
  await using viewers = await openViewers(server.port, count, kind, 'a');
  await server.feed(feedMs);
  const taken: { cpuMs: number; fed: number; late: number; rate: number; kbps: number; sessions: number }[] = [];
  for (let window = 0; window < windows; window += 1) {
    await tell(viewers, 'forget');
    const { cpuMs, fed, sessions } = await server.feed(feedMs);
    const { late, bytes, messages } = await tell(viewers);
    const each = Math.max(1, count) * (feedMs / 1000);
    taken.push({ cpuMs, fed, sessions, late: p(late, 0.99), rate: messages / each, kbps: bytes / 1024 / each });
  }
  const of = (what: keyof (typeof taken)[number]): readonly number[] => taken.map((window) => window[what]);
  const cpu = toFigure(of('cpuMs'));
  say(`${count} viewers, ${kind}: ${figureText(cpu)} ms/s, ${figureText(toFigure(of('kbps')))} KiB/s to each`);
  return {
    cpu,
    fed: Math.min(...of('fed')),
    late: toFigure(of('late')),
    rate: toFigure(of('rate')),
    kbps: toFigure(of('kbps')),
    sessions: Math.min(...of('sessions')),
  };
};

/** What viewers cost the hub, beside a bare Socket.IO server that sends the same bytes, and one that sends every change. */
export const benchFanOut = async ({ viewers }: BenchOptions): Promise<Finding> => {
  const rows: Finding['rows'][number][] = [];
  const verdicts: Finding['verdicts'][number][] = [];
  for (const count of viewers) {
    const idle = await fanOut('phloem', 0);
    const phloem = await fanOut('phloem', count);
    const same = await fanOut('same', count);
    const view = await fanOut('view', count);
    const every = await fanOut('every', count);
    for (const [name, one] of Object.entries({
      'Phloem, nobody looks': idle,
      Phloem: phloem,
      'bare Socket.IO, the same messages': same,
      'bare Socket.IO, the view alone': view,
      'bare Socket.IO, every change': every,
    }))
      rows.push({ name: `${count}: ${name}`, figures: [one.cpu, one.late, one.rate, one.kbps, one.sessions, one.fed] });
    const times = ({ cpu }: typeof same, most: number, what: string) => ({
      goal: `${count} viewers: processor of the hub ≤ ${most} × ${what}`,
      measured: `${(phloem.cpu.median / cpu.median).toFixed(2)} × (for its viewers alone ${((phloem.cpu.median - idle.cpu.median) / cpu.median).toFixed(2)} ×)`,
      isReached: phloem.cpu.median <= most * cpu.median,
    });
    verdicts.push(times(same, 1.1, 'a broadcast of the same bytes'), times(every, 0.5, 'a broadcast of every change'));
  }
  return {
    name: 'fan-out',
    title: 'Viewers of 200 points a second',
    unit: `processor in ms a second; lateness in ms; the median of ${windows} windows of ${feedMs / 1000} s`,
    columns: ['processor', 'late p99', 'messages/s to each', 'KiB/s to each', 'connected', 'fed'],
    rows,
    verdicts,
    notes: [
      'The same messages: the view four times a second, and for each viewer its heartbeats and cursors, which it answers.',
      'Phloem stores, checks and filters what it shows besides; the peers emit and read no answer. Below 1 fed, a server could not keep up.',
    ],
  };
};

/** The control loop while 3,000 look on, and how the others fare when 500 of them stop reading. */
export const benchSlowViewers = async ({ trips }: BenchOptions): Promise<Finding> => {
  await using server = await openServer('loop');
  await server.loop(200);
  const idle = await server.loop(trips);
  await using others = await openViewers(server.port, 2500, 'loop', 'a');
  await using slow = await openViewers(server.port, 500, 'loop', 'b');
  await server.loop(50);
  say('3,000 look on');
  const busy = await server.loop(trips);
  await tell(others, 'forget');
  const before = await server.feed(feedMs);
  const lateBefore = p((await tell(others)).late, 0.99);
  say('500 of them stop reading');
  slow.child.kill('SIGSTOP');
  await tell(others, 'forget');
  const during = await server.feed(15_000);
  const lateDuring = p((await tell(others)).late, 0.99);
  slow.child.kill('SIGCONT');
  const memory = (during.memory - before.memory) / 1024 / 1024;
  const ratio = p(busy.samples, 0.99) / p(idle.samples, 0.99);
  return {
    name: 'slow-viewers',
    title: '3,000 viewers beside the control loop; then 500 of them stop reading',
    unit: 'loop in µs, lateness in ms, memory in MiB',
    columns: ['loop p50', 'loop p99', 'late p99', 'memory', 'connected'],
    rows: [
      { name: 'nobody looks', figures: [p(idle.samples, 0.5), p(idle.samples, 0.99), null, idle.memory / 1024 / 1024, idle.sessions] },
      {
        name: '3,000 look',
        figures: [p(busy.samples, 0.5), p(busy.samples, 0.99), lateBefore, before.memory / 1024 / 1024, before.sessions],
      },
      { name: '500 of them stopped', figures: [null, null, lateDuring, during.memory / 1024 / 1024, during.sessions] },
    ],
    verdicts: [
      { goal: 'control loop p99 ≤ 2 × that without viewers', measured: `${ratio.toFixed(2)} ×`, isReached: ratio <= 2 },
      {
        goal: "others' p99 within 20 %",
        measured: `${lateBefore.toFixed(0)} → ${lateDuring.toFixed(0)} ms`,
        isReached: lateDuring <= lateBefore * 1.2,
      },
      { goal: 'memory of the hub + 100 MB at most', measured: `${memory.toFixed(0)} MiB`, isReached: memory <= 100 },
    ],
    notes: ['The stopped ones are ended as slow; the viewers share one machine and its processors with the hub.'],
  };
};

const crowd = 5000;
/** Load generators of their own: one process could not dial so many times at once. */
const parts = ['a', 'b', 'c', 'd'];
const comebackMs = 60_000;

/** Everybody is connected, the server is killed, and listens again after a while: how long until each is shown something. */
const avalanche = async (kind: 'phloem' | 'view', awayMs: number) => {
  await using first = await openServer(kind);
  await using stack = new AsyncDisposableStack();
  const groups: Peer[] = [];
  for (const part of parts) groups.push(stack.use(await openViewers(first.port, crowd / parts.length, kind, part)));
  await first.feed(2000);
  const before = await Promise.all(groups.map((group) => tell(group)));
  say(`${kind}: ${before.reduce((sum, { ready }) => sum + ready, 0)} are connected`);
  const at = Date.now();
  for (const group of groups) await group.ask({ kind: 'gone', at });
  await first[Symbol.asyncDispose]();
  await new Promise((resolve) => setTimeout(resolve, awayMs));
  await using second = await openServer(kind, first.port);
  const listening = Date.now() - at;
  for (const group of groups) await group.ask({ kind: 'listening' });
  // Its own question waits until the feed is over; the groups answer when all of theirs are back.
  const feeding = second.feed(comebackMs);
  const answers = await Promise.all(groups.map((group) => group.ask<ViewersAnswer>({ kind: 'back', withinMs: comebackMs })));
  void feeding;
  const took = answers.flatMap(({ backAfter }) => backAfter.map((ms) => Math.max(0, ms - listening)));
  const ready = answers.reduce((sum, { ready: back }) => sum + back, 0);
  say(`${kind}: away for ${listening} ms, ${ready} are back, p95 ${p(took, 0.95).toFixed(0)} ms, the last ${p(took, 1).toFixed(0)} ms`);
  const dials = answers.reduce((sum, { dials: made }) => sum + made, 0);
  return { took, ready, listening, dials };
};

/** 5,000 viewers after a kill of the hub; beside plain Socket.IO clients with default settings. */
export const benchAvalanche = async (_options: BenchOptions): Promise<Finding> => {
  const rows: Finding['rows'][number][] = [];
  const verdicts: Finding['verdicts'][number][] = [];
  // One that is started again at once, and one whose machine starts again.
  for (const awayMs of [300, 10_000]) {
    const phloem = await avalanche('phloem', awayMs);
    const plain = await avalanche('view', awayMs);
    const ratio = p(phloem.took, 0.95) / p(plain.took, 0.95);
    for (const [name, one] of Object.entries({ Phloem: phloem, 'bare Socket.IO, default settings': plain }))
      rows.push({
        name: `${name}, away for ${(one.listening / 1000).toFixed(1)} s`,
        figures: [p(one.took, 0.5), p(one.took, 0.95), p(one.took, 1), one.ready, one.dials],
      });
    const away = `away for ${(phloem.listening / 1000).toFixed(1)} s`;
    verdicts.push(
      { goal: `${away}: p95 ≤ a quarter of plain Socket.IO`, measured: `${ratio.toFixed(2)} ×`, isReached: ratio <= 0.25 },
      { goal: `${away}: none missing`, measured: `${crowd - phloem.ready} missing`, isReached: phloem.ready === crowd },
    );
  }
  return {
    name: 'avalanche',
    title: `${crowd} viewers come back after the server was killed`,
    unit: 'ms from listening again to the first thing shown',
    columns: ['p50', 'p95', 'last', 'back', 'dials'],
    rows,
    verdicts,
    notes: [
      'Dialling as each client does by itself: Phloem at once and then with full jitter from 50 ms to 2 s; Socket.IO after 1 s doubling to 5 s, ± half.',
      `The viewers share the processors with the server, ${parts.length} processes of them; what they dial while nobody listens is not really dialled.`,
    ],
  };
};
