import type { Author } from '@phloem/protocol';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBundle } from '@phloem/rules';
import { readFolderFiles } from './folder.ts';
import { breakable, built, startProcess, type MeshProcess } from './process.ts';
import { root } from './repository.ts';

export type PointAnswer = {
  id: string;
  value: number | boolean | null;
  quality: string;
  /** The sentence. */
  why: string | null;
  reported: string | null;
  changed: string | null;
};
export type DeviceAnswer = {
  id: string;
  requested: boolean | number | null;
  written: boolean | number | null;
  confirmed: boolean | number | null;
  phase: string | null;
  by: Author | null;
  /** The sentence. */
  why: string | null;
  /** The code of the reason. */
  code: string | null;
};
type Told = { readonly why: { readonly code: string; readonly message: string } | null };
type TellingPoint = Omit<PointAnswer, 'why'> & Told;
type TellingDevice = Omit<DeviceAnswer, 'why' | 'code'> & Told;
export type LedgerRow = { n: number; kind: string; unit?: number; address?: number; value?: number } & Record<string, unknown>;

/** All of Phloem as real processes on free ports, in a folder of its own. */
export type Mesh = AsyncDisposable & {
  readonly data: string;
  readonly url: string;
  readonly port: number;
  readonly signIn: string;
  readonly simulatorPort: number;
  hub(): MeshProcess;
  automation(): MeshProcess;
  /** Starts the hub again on the same port and data, after it was ended, with more arguments. */
  startHub(more?: readonly string[]): Promise<MeshProcess>;
  /** `hub` is the address of what stands between the service and the hub. */
  startAutomation(options?: { readonly hub?: string }): Promise<MeshProcess>;
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
  point(id: string): Promise<PointAnswer>;
  device(id: string): Promise<DeviceAnswer>;
  /** Speaks to the simulator's control port. */
  simulator<T = unknown>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T>;
  /** A token for a node of this name. */
  token(role: string, node: string): Promise<string>;
  /** A fresh one-time path that signs a browser in. */
  signInPath(): Promise<string>;
};

export type MeshOptions = {
  /** The folder of the bundle to push; null pushes none. */
  readonly bundle?: string | null;
  readonly site?: string;
  /** Whether to start an automation service. */
  readonly withAutomation?: boolean;
  readonly seed?: number;
  /** The file to which the automation service writes each entry that it steps. */
  readonly recordTo?: string;
};

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' });

const ask = async <T>(url: string, init: RequestInit): Promise<T> => {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return (text === '' ? null : JSON.parse(text)) as T;
};

/** The processes of an installation by name: the newest of each. */
const createProcesses = () => {
  const running = new Map<string, MeshProcess>();
  const start = async (name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<MeshProcess> => {
    const started = await startProcess(name, args, { env });
    running.set(name, started);
    return started;
  };
  const the = (name: string): MeshProcess => {
    const found = running.get(name);
    if (found === undefined) throw new Error(`no ${name} has been started`);
    return found;
  };
  const end = async (): Promise<void> => {
    await Promise.all([...running.values()].map((process) => process.end('SIGKILL')));
  };
  return { start, the, end };
};

/** What a test asks a hub as its administrator. */
const askHub = (url: string, admin: string): Pick<Mesh, 'get' | 'post' | 'token' | 'point' | 'device' | 'signInPath'> => {
  const get = async <T>(path: string): Promise<T> => ask<T>(`${url}${path}`, { headers: bearer(admin) });
  const post = async <T>(path: string, body: unknown): Promise<T> =>
    ask<T>(`${url}${path}`, { method: 'POST', headers: bearer(admin), body: JSON.stringify(body) });
  const findIn = async <T extends { id: string }>(path: string, id: string): Promise<T> => {
    const found = (await get<T[]>(path)).find((item) => item.id === id);
    if (found === undefined) throw new Error(`${path} has no ${id}`);
    return found;
  };
  return {
    get,
    post,
    token: async (role, node) => (await post<{ token: string }>('/api/v1/tokens', { role, node })).token,
    point: async (id) => {
      const { why, ...point } = await findIn<TellingPoint>('/api/v1/points', id);
      return { ...point, why: why?.message ?? null };
    },
    device: async (id) => {
      const { why, ...device } = await findIn<TellingDevice>('/api/v1/devices', id);
      return { ...device, why: why?.message ?? null, code: why?.code ?? null };
    },
    signInPath: async () => (await post<{ path: string }>('/api/v1/sign-in-links', {})).path,
  };
};

/** Starts simulator, hub and automation with the demonstration's documents, and waits until each is ready. */
export const openMesh = async ({
  bundle = join(root, 'examples/flower-room/bundle'),
  site,
  withAutomation = true,
  seed = 1,
  recordTo,
}: MeshOptions = {}): Promise<Mesh> => {
  const data = mkdtempSync(join(tmpdir(), 'phloem-mesh-'));
  const { start, the, end } = createProcesses();
  const simulator = await start('simulator', [built.simulator, '--port', '0', '--control-port', '0', '--seed', String(seed)]);
  const { listening } = simulator.ready as { listening: { port: number; controlPort: number } };
  let port = 0;
  const startHub = async (more: readonly string[] = []): Promise<MeshProcess> => {
    const siteArgs = site === undefined ? [] : ['--site', site];
    const hub = await start('hub', [
      ...built.hub,
      '--port',
      String(port),
      '--simulator-port',
      String(listening.port),
      '--data',
      data,
      ...siteArgs,
      ...more,
    ]);
    ({ port } = hub.ready as { port: number });
    return hub;
  };
  const { signIn } = (await startHub()).ready as { signIn: string };
  const url = `http://127.0.0.1:${port}`;
  const admin = readFileSync(join(data, 'secrets/admin.token'), 'utf8').trim();
  const answers = askHub(url, admin);
  const { post, token } = answers;

  const tokenFile = join(data, 'automation.token');
  const startAutomation: Mesh['startAutomation'] = async ({ hub = url } = {}) => {
    const program = recordTo === undefined ? [built.automation] : breakable('automation');
    const args = ['--hub', hub, '--node', 'automation-1', '--token-file', tokenFile, '--data', join(data, 'automation')];
    const env = recordTo === undefined ? {} : { PHLOEM_RECORD: recordTo };
    return start('automation', ['--disallow-code-generation-from-strings', ...program, ...args], env);
  };

  if (bundle !== null) await post('/api/v1/bundles', readBundle(readFolderFiles(bundle)));
  writeFileSync(tokenFile, await token('automation', 'automation-1'), { mode: 0o600 });
  if (withAutomation) await startAutomation();

  return {
    data,
    url,
    port,
    signIn,
    simulatorPort: listening.port,
    hub: () => the('hub'),
    automation: () => the('automation'),
    startHub,
    startAutomation,
    ...answers,
    simulator: async <T>(method: string, path: string, body?: unknown) =>
      ask<T>(`http://127.0.0.1:${listening.controlPort}${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }),
    [Symbol.asyncDispose]: async () => {
      await end();
      rmSync(data, { recursive: true, force: true });
    },
  };
};
