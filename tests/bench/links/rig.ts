import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, type OwnServer } from '../../services/support/own-server.ts';
import { openTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { readCpuUs } from './cpu.ts';
import type { NearAnswer, NearAsk } from './near.ts';
import { openServer } from './servers.ts';
import type { Place } from './way.ts';
import { loadWay, wayOf, type WayName } from './ways.ts';

/** A state at the actuator, as its ledger has it. */
export type Written = { readonly n: number; readonly at: number };
export type Part = 'automation' | 'server' | 'backend' | 'link';

/** One way, running. */
export type Rig = AsyncDisposable & {
  /** Hands a frame to the backend; again to the next one, when it ends before it has taken it. Never rejects. */
  hand(n: number): void;
  measure(trips: number): Promise<Extract<NearAnswer, { readonly written: unknown }>>;
  written(): readonly Written[];
  /** Of both processes and the server, in microseconds. */
  cpuUs(): number | null;
  /** Breaks a part, and resolves with what repairs it again. A part that the way lacks is another that it has; null where nothing breaks. */
  strike(part: Part): Promise<(() => Promise<void>) | null>;
};

type Program = { current(): ChildProcess | null; start(): Promise<void>; kill(): Promise<void> };

const createProgram = (file: string, args: readonly string[], onMessage: (message: unknown) => void): Program => {
  let child: ChildProcess | null = null;
  return {
    current: () => child,
    start: async () => {
      const started = fork(file, [...args], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        execArgv: [],
        // Compiled modules are kept, so that a start is not mostly compiling; each way gets that.
        env: { ...process.env, PHLOEM_LOG: 'silent', NODE_COMPILE_CACHE: join(tmpdir(), 'phloem-links-cache') },
      });
      started.on('message', onMessage);
      const ended = once(started, 'exit').then(() => Promise.reject(new Error(`${file} ${args[0] ?? ''} ended before it was ready`)));
      ended.catch(() => undefined);
      await Promise.race([once(started, 'message'), ended]);
      child = started;
    },
    kill: async () => {
      const ending = child;
      child = null;
      if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
      const ended = once(ending, 'exit');
      ending.kill('SIGKILL');
      await ended;
    },
  };
};

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** Where the two processes of a way meet, each by the road that can be cut if `isCuttable`. */
const openPlaces = async (name: WayName, server: OwnServer | null, folder: string, isCuttable: boolean, stack: AsyncDisposableStack) => {
  const { dials, pollMs = 0 } = wayOf(name);
  const port = server?.port ?? (await freePort());
  const proxy = isCuttable && (server !== null || dials !== undefined) ? stack.use(await openTcpProxy(port)) : null;
  const url = new URL(server?.url ?? `${dials?.scheme ?? 'http'}://127.0.0.1:${port}`);
  if (proxy !== null) url.port = String(proxy.port);
  const place: Place = { url: url.href, port, folder, pollMs };
  return { place, proxy, port };
};

const outageMs = 200;
/** A way that loses a frame while nothing is wrong would be waited for without end. */
const silentMs = 300_000;

/** Starts a way: its server where it has one, its automation and its backend. */
export const openRig = async (
  name: WayName,
  { isCuttable, shared = null }: { readonly isCuttable: boolean; readonly shared?: OwnServer | null },
): Promise<Rig> => {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'phloem-links-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const entry = wayOf(name);
  const server = shared ?? (entry.server === undefined ? null : stack.use(await openServer[entry.server]()));
  const { place, proxy, port } = await openPlaces(name, server, folder, isCuttable, stack);

  const calls = createCalls(name);
  const near = createProgram(here('near.ts'), [name, JSON.stringify(place)], calls.onAnswer);
  const { program, automation } = await loadWay(name);
  const farArgs = program?.(place) ?? (automation === undefined ? null : [here('far.ts'), name, JSON.stringify(place)]);
  const far = farArgs === null ? null : createProgram(farArgs[0] ?? '', farArgs.slice(1), () => undefined);
  const startNear = async (): Promise<void> => {
    await near.start();
    calls.attach(near.current());
  };
  stack.defer(() => near.kill());
  stack.defer(async () => far?.kill());
  await Promise.all([startNear(), far?.start()]);

  const breaks = createBreaks({ near, far, server, proxy, port, startNear });
  const owned = stack.move();
  return {
    hand: calls.hand,
    measure: calls.measure,
    written: () => readLedger(join(folder, 'ledger')),
    cpuUs: () => readCpuUs([near.current()?.pid ?? 0, far?.current()?.pid ?? 0, server?.pid() ?? 0].filter((pid) => pid > 0)),
    strike: (part) => breaks[part](),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};

const readLedger = (path: string): readonly Written[] => {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => line.split(' ').map(Number)).map(([n = -1, , at = 0]) => ({ n, at }));
};

export const pauseForOutage = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, outageMs));

type Measured = Extract<NearAnswer, { readonly written: unknown }>;

/** What is asked of the backend, over its ends: a frame that it has not taken goes to the next one. */
const createCalls = (name: WayName) => {
  let child: ChildProcess | null = null;
  let pending: number | null = null;
  let next = 0;
  let measured: (answer: Measured) => void = () => undefined;
  const ask = (message: NearAsk): void => {
    if (child?.connected === true) child.send(message, () => undefined);
  };
  return {
    attach: (started: ChildProcess | null): void => {
      child = started;
      if (pending !== null) ask({ frame: pending });
    },
    onAnswer: (message: unknown): void => {
      if (typeof message !== 'object' || message === null) return;
      const answer = message as NearAnswer;
      if ('written' in answer) measured(answer);
      else if (answer.taken === pending) pending = null;
    },
    hand: (n: number): void => {
      pending = n;
      ask({ frame: n });
    },
    measure: (trips: number): Promise<Measured> => {
      const from = next;
      next += trips;
      return new Promise((resolve, reject) => {
        const silent = setTimeout(() => reject(new Error(`${name} has not carried ${trips} frames within ${silentMs / 1000} s`)), silentMs);
        measured = (answer) => {
          clearTimeout(silent);
          resolve(answer);
        };
        ask({ trips, from });
      });
    },
  };
};

type Parts = {
  readonly near: Program;
  readonly far: Program | null;
  readonly server: OwnServer | null;
  readonly proxy: TcpProxy | null;
  readonly port: number;
  readonly startNear: () => Promise<void>;
};

const createBreaks = ({
  near,
  far,
  server,
  proxy,
  port,
  startNear,
}: Parts): Readonly<Record<Part, () => Promise<(() => Promise<void>) | null>>> => {
  const backend = async (): Promise<() => Promise<void>> => {
    await near.kill();
    return startNear;
  };
  return {
    backend,
    automation: async () => {
      if (far === null) return backend();
      await far.kill();
      return () => far.start();
    },
    server: async () => {
      if (server === null) return backend();
      await server.kill();
      return () => server.start();
    },
    link: () => {
      if (proxy === null) return Promise.resolve(null);
      // Nothing listens at port 1: a new connection is refused meanwhile.
      proxy.retarget(1);
      proxy.reset();
      return Promise.resolve(() => {
        proxy.retarget(port);
        return Promise.resolve();
      });
    },
  };
};
