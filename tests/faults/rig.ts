import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataFiles } from '@phloem/backend/client';
import { readBundle } from '@phloem/rules';
import { readFolderFiles } from '../support/folder.ts';
import { breakable, built, startProcess, type MeshProcess } from '../support/process.ts';
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { openWatcher, type Watcher } from './watcher.ts';

/** A process of the installation that is started again after each of its ends. */
export type Part = {
  readonly name: string;
  /** The process that runs now. */
  now(): MeshProcess;
  start(): Promise<MeshProcess>;
  /** Thaws it, or starts it when it has ended. */
  revive(): Promise<void>;
};

/** The engine of a service. One in a thread of its own notes nothing of what it steps. */
export type Engine = { readonly name: string; readonly record: string | null; readonly folder: string };

/**
 * How hub and automation run: each in a process of its own, with a second service in line, or both in one, there in one
 * thread or in two.
 */
export type RigKind = 'processes' | 'single-process' | 'worker';

/** An installation of real processes in which everything can be broken: one hub, its services, a simulator, and a proxy on each way. */
export type Rig = AsyncDisposable & {
  readonly data: string;
  readonly url: string;
  readonly hub: Part;
  /** The services that are processes of their own. */
  readonly services: readonly Part[];
  /** What may go wrong on the way: from the services to the hub, from the hub to the simulator, from a viewer to the hub. */
  readonly ways: { readonly services: TcpProxy; readonly simulator: TcpProxy; readonly viewer: TcpProxy };
  /** Follows the log over a link of its own that nobody breaks but by ending the hub. */
  readonly witness: Watcher;
  /** Follows the log over the way that is broken. */
  readonly viewer: Watcher;
  /** The services' engines: where each notes what it stepped, and the data folder that has its checkpoints. */
  readonly engines: readonly Engine[];
  simulator<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T>;
  /** A figure of the hub's metrics. */
  metric(name: string): Promise<number>;
};

const folder = (name: string): string => fileURLToPath(new URL(`room/${name}`, import.meta.url));

/** Asks over HTTP, again when the connection was closed under the question: everything asked here may be asked twice. */
const ask = async <T>(url: string, init: RequestInit, tries = 5): Promise<T> => {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    if (tries === 1) throw error;
    return ask<T>(url, init, tries - 1);
  }
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return (text === '' ? null : JSON.parse(text)) as T;
};

const createPart = (name: string, toArgs: () => readonly string[], env: Readonly<Record<string, string>>): Part => {
  let process: MeshProcess | null = null;
  let isUp = false;
  const start = async (): Promise<MeshProcess> => {
    const started = await startProcess(name, toArgs(), { env });
    process = started;
    isUp = true;
    void started.ended.then(() => {
      if (process === started) isUp = false;
    });
    return started;
  };
  return {
    name,
    now: () => {
      if (process === null) throw new Error(`${name} has never been started`);
      return process;
    },
    start,
    revive: async () => {
      if (isUp) process?.signal('SIGCONT');
      else await start();
    },
  };
};

/** The simulator, and the site whose buses lead to it by the proxy. */
const openSimulator = async (stack: AsyncDisposableStack, data: string, seed: number) => {
  const ports = ['--port', '0', '--control-port', '0'];
  const more = ['--seed', String(seed), '--ledger', join(data, 'ledger.jsonl')];
  const simulator = await startProcess('simulator', [built.simulator, ...ports, ...more]);
  stack.defer(() => simulator.end('SIGKILL').then(() => undefined));
  const { listening } = simulator.ready as { listening: { port: number; controlPort: number } };
  const way = stack.use(await openTcpProxy(listening.port));
  const site = join(data, 'site');
  cpSync(folder('site'), site, { recursive: true });
  const sitePath = join(site, '10-site.yaml');
  writeFileSync(sitePath, readFileSync(sitePath, 'utf8').replace('port: 5020', `port: ${way.port}`));
  const control = `http://127.0.0.1:${listening.controlPort}`;
  return { way, site, control };
};

/** What an administrator asks of the hub. */
const createAdmin = (url: string, data: string) => {
  const admin = readFileSync(dataFiles(data).adminToken, 'utf8').trim();
  const headers = { authorization: `Bearer ${admin}`, 'content-type': 'application/json' };
  const post = async <T>(path: string, body: unknown): Promise<T> =>
    ask<T>(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const token = async (role: string, node: string): Promise<string> =>
    (await post<{ token: string }>('/api/v1/tokens', { role, node })).token;
  return { post, token };
};

/** Ends it even where it is frozen. */
const end = async (part: Part): Promise<void> => {
  part.now().signal('SIGCONT');
  await part.now().end('SIGKILL');
};

const warnings = { PHLOEM_LOG: 'warn', PHLOEM_LOG_LEVEL: 'warn' } as const;

/** A service of its own, whose way to the hub is the one that is broken. */
const startService = async (
  stack: AsyncDisposableStack,
  { name, record, folder: own }: Engine,
  { hubPort, tokenFile }: { readonly hubPort: number; readonly tokenFile: string },
): Promise<Part> => {
  const program = ['--disallow-code-generation-from-strings', ...breakable('automation'), '--hub', `http://127.0.0.1:${hubPort}`];
  const args = [...program, '--node', name, '--token-file', tokenFile, '--data', own];
  const service = createPart(name, () => args, { ...warnings, PHLOEM_RECORD: record ?? '' });
  await service.start();
  stack.defer(() => end(service));
  return service;
};

/** Starts everything, and waits until a first command has been confirmed. */
export const openRig = async (seed: number, kind: RigKind = 'processes'): Promise<Rig> => {
  await using stack = new AsyncDisposableStack();
  const data = mkdtempSync(join(tmpdir(), 'phloem-faults-'));
  stack.defer(() => {
    if (process.env['PHLOEM_KEEP'] === undefined) rmSync(data, { recursive: true, force: true });
  });
  const simulator = await openSimulator(stack, data, seed);
  const toEngine = (name: string, own: string): Engine => ({ name, record: join(data, `${name}.jsonl`), folder: own });
  const isSingle = kind !== 'processes';
  const engines = isSingle
    ? [{ ...toEngine('automation-1', dataFiles(data).automation), ...(kind === 'worker' && { record: null }) }]
    : ['automation-1', 'automation-2'].map((name) => toEngine(name, join(data, name)));

  const toHub = stack.use(await openTcpProxy(1));
  const toViewer = stack.use(await openTcpProxy(1));
  let port = 0;
  const program = breakable(isSingle ? 'single-process' : 'hub');
  const recorded = kind === 'single-process' ? { PHLOEM_RECORD: engines[0]?.record ?? '' } : {};
  const where = kind === 'worker' ? ['--worker'] : [];
  const hub = createPart('hub', () => [...program, ...where, '--port', String(port), '--data', data, '--site', simulator.site], {
    ...warnings,
    ...recorded,
  });
  const { ready } = await hub.start();
  stack.defer(() => end(hub));
  ({ port } = ready as { port: number });
  for (const way of [toHub, toViewer]) way.retarget(port);

  const url = `http://127.0.0.1:${port}`;
  const { post, token } = createAdmin(url, data);
  await post('/api/v1/bundles', readBundle(readFolderFiles(folder('bundle'))));
  const services: Part[] = [];
  for (const engine of isSingle ? [] : engines) {
    const tokenFile = join(data, `${engine.name}.token`);
    writeFileSync(tokenFile, await token('automation', engine.name), { mode: 0o600 });
    services.push(await startService(stack, engine, { hubPort: toHub.port, tokenFile }));
  }
  const { epoch } = await ask<{ epoch: string }>(`${url}/healthz`, {});
  const watch = async (node: string, at: number): Promise<Watcher> =>
    stack.use(openWatcher({ url: `http://127.0.0.1:${at}`, nodeId: node, token: await token('viewer', node), epoch }));
  const witness = await watch('witness', port);
  const viewer = await watch('viewer', toViewer.port);
  const all = stack.move();
  return {
    data,
    url,
    hub,
    services,
    ways: { services: toHub, simulator: simulator.way, viewer: toViewer },
    witness,
    viewer,
    engines,
    simulator: async <T>(method: string, path: string, body?: unknown) =>
      ask<T>(`${simulator.control}${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }),
    metric: async (name) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? Number.NaN);
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
};
