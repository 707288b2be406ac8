import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BenchOptions } from './control-loop.ts';
import type { Finding } from './report.ts';
import { percentile } from './statistics.ts';

/** What a server is asked: to feed its viewers for a while, or to make round trips of the control loop meanwhile. */
export type FanOutAsk = { readonly feedMs?: number; readonly trips?: number };
/** What it took: milliseconds of processor a second, bytes of memory, how many are connected, round trips in µs. */
export type FanOutAnswer = {
  readonly cpuMs: number;
  readonly memory: number;
  readonly sessions: number;
  readonly samples: readonly number[];
};
export type ViewersAsk =
  | { readonly kind: 'forget' | 'tell' }
  | { readonly kind: 'gone'; readonly at: number }
  | { readonly kind: 'back'; readonly withinMs: number };
/** How many have been shown something, how late each message was, and how long each was away, in milliseconds. */
export type ViewersAnswer = {
  readonly ready: number;
  readonly late: readonly number[];
  readonly bytes: number;
  readonly messages: number;
  readonly backAfter: readonly number[];
};

type Peer = AsyncDisposable & { readonly child: ChildProcess; ask<T>(what: object): Promise<T>; readonly first: unknown };
type Kind = 'phloem' | 'same' | 'every' | 'loop';

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

const feedMs = 5000;

/** One server with so many viewers, fed for a while. */
const fanOut = async (kind: Kind, count: number) => {
  await using server = await openServer(kind);
  await using viewers = await openViewers(server.port, count, kind, 'a');
  await server.feed(1500);
  await tell(viewers, 'forget');
  const { cpuMs, sessions } = await server.feed(feedMs);
  const { late, bytes, messages } = await tell(viewers);
  return { cpuMs, sessions, lateP99: p(late, 0.99), kbps: bytes / 1024 / (feedMs / 1000), rate: messages / (feedMs / 1000) };
};

/** What viewers cost the hub, beside a bare Socket.IO server that sends the same bytes, and one that sends every change. */
export const benchFanOut = async ({ viewers }: BenchOptions): Promise<Finding> => {
  const rows: Finding['rows'][number][] = [];
  const verdicts: Finding['verdicts'][number][] = [];
  for (const count of viewers) {
    const idle = await fanOut('phloem', 0);
    const phloem = await fanOut('phloem', count);
    const same = await fanOut('same', count);
    const every = await fanOut('every', count);
    for (const [name, one] of Object.entries({
      'Phloem, nobody looks': idle,
      Phloem: phloem,
      'bare Socket.IO, same bytes': same,
      'bare Socket.IO, every change': every,
    }))
      rows.push({ name: `${count}: ${name}`, figures: [one.cpuMs, one.lateP99, one.rate, one.kbps, one.sessions] });
    const times = (peer: number, most: number, what: string) => ({
      goal: `${count} viewers: processor of the hub ≤ ${most} × ${what}`,
      measured: `${(phloem.cpuMs / peer).toFixed(2)} × (${(phloem.cpuMs - idle.cpuMs).toFixed(0)} ms/s for its viewers, ${((phloem.cpuMs - idle.cpuMs) / peer).toFixed(2)} ×)`,
      isReached: phloem.cpuMs / peer <= most,
    });
    verdicts.push(times(same.cpuMs, 1.1, 'a broadcast of the same bytes'), times(every.cpuMs, 0.5, 'a broadcast of every change'));
  }
  return {
    name: 'fan-out',
    title: 'Viewers of 200 points a second',
    unit: 'processor in ms a second; lateness in ms',
    columns: ['processor', 'late p99', 'messages/s', 'KiB/s', 'connected'],
    rows,
    verdicts,
    notes: ['Phloem stores, checks and filters what it shows, answers heartbeats, and tells alarms and phases besides; the peers emit.'],
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
  const busy = await server.loop(trips);
  await tell(others, 'forget');
  const before = await server.feed(feedMs);
  const lateBefore = p((await tell(others)).late, 0.99);
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

/** Everybody is connected, the server is killed and listens again 300 ms later: how long until each is shown something. */
const avalanche = async (kind: 'phloem' | 'same') => {
  await using first = await openServer(kind);
  const halves = await Promise.all([openViewers(first.port, crowd / 2, kind, 'a'), openViewers(first.port, crowd / 2, kind, 'b')]);
  await using stack = new AsyncDisposableStack();
  for (const half of halves) stack.use(half);
  const feeding = first.feed(1000);
  await feeding;
  const at = Date.now();
  for (const half of halves) await half.ask({ kind: 'gone', at });
  await first[Symbol.asyncDispose]();
  await new Promise((resolve) => setTimeout(resolve, 300));
  await using second = await openServer(kind, first.port);
  const listening = Date.now() - at;
  const [answers] = await Promise.all([
    Promise.all(halves.map((half) => half.ask<ViewersAnswer>({ kind: 'back', withinMs: 60_000 }))),
    second.feed(20_000),
  ]);
  const took = answers.flatMap(({ backAfter }) => backAfter.map((ms) => Math.max(0, ms - listening)));
  return { took, ready: answers.reduce((sum, { ready }) => sum + ready, 0) };
};

/** 5,000 viewers after a kill of the hub; beside plain Socket.IO clients with default settings. */
export const benchAvalanche = async (_options: BenchOptions): Promise<Finding> => {
  const phloem = await avalanche('phloem');
  const plain = await avalanche('same');
  const ratio = p(phloem.took, 0.95) / p(plain.took, 0.95);
  return {
    name: 'avalanche',
    title: `${crowd} viewers come back after the server was killed`,
    unit: 'ms from listening again to the first thing shown',
    columns: ['p50', 'p95', 'last', 'back'],
    rows: Object.entries({ Phloem: phloem, 'bare Socket.IO, default settings': plain }).map(([name, { took, ready }]) => ({
      name,
      figures: [p(took, 0.5), p(took, 0.95), p(took, 1), ready],
    })),
    verdicts: [
      { goal: 'p95 ≤ a quarter of plain Socket.IO', measured: `${ratio.toFixed(2)} ×`, isReached: ratio <= 0.25 },
      { goal: 'none missing', measured: `${crowd - phloem.ready} missing`, isReached: phloem.ready === crowd },
    ],
    notes: [
      'Dialling as each client does by itself: Phloem at once and then with full jitter from 50 ms to 2 s; Socket.IO after 1 s doubling to 5 s, ± half.',
    ],
  };
};
