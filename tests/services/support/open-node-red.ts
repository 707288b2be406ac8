import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess, type MeshProcess } from '../../support/process.ts';
import { root } from '../../support/repository.ts';

/** A node of a flow, as Node-RED stores it. */
export type Flow = readonly (Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string })[];

type Emitted = {
  readonly kind: 'message';
  readonly node: string;
  readonly port: number;
  readonly message: Readonly<Record<string, unknown>>;
};
type Failed = { readonly kind: 'error'; readonly node: string; readonly text: string };
type Shown = { readonly kind: 'status'; readonly node: string; readonly text: string; readonly fill: string };

/** A headless Node-RED with the nodes of this workspace. */
export type NodeRedProcess = AsyncDisposable & {
  readonly process: MeshProcess;
  /** The sets of nodes that it has loaded, each with the error of loading it. */
  readonly types: readonly (readonly [set: string, error: string])[];
  /** What a node has emitted so far. */
  messages(node: string): readonly Emitted[];
  errors(node: string): readonly string[];
  /** What is shown below a node since the newest deploy, stop or start. */
  status(node: string): string;
  /** Passes a message to a node. */
  inject(node: string, message: object): void;
  deploy(flow: Flow): Promise<void>;
  /** Stops all flows, or starts them again. */
  setFlows(state: 'stop' | 'start'): Promise<void>;
};

const source = join(root, 'tests/services/node-red');
const cache = join(root, 'node_modules/.cache/phloem/node-red');

/** Installs the locked Node-RED outside of the workspace, once for each lockfile. The product never has it. */
const install = async (): Promise<string> => {
  const lock = readFileSync(join(source, 'package-lock.json'), 'utf8');
  const isInstalled = existsSync(join(cache, 'package-lock.json')) && readFileSync(join(cache, 'package-lock.json'), 'utf8') === lock;
  if (isInstalled) return cache;
  mkdirSync(join(cache, '..'), { recursive: true });
  const staged = mkdtempSync(`${cache}-`);
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(source, file), join(staged, file));
  const args = ['ci', '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund'];
  const child = spawn('npm', args, { cwd: staged, stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`Node-RED could not be installed. Check that the npm registry can be reached.\n${output}`);
  rmSync(cache, { recursive: true, force: true });
  renameSync(staged, cache);
  return cache;
};

/** Puts the nodes into a folder of users of Node-RED, as `npm install` there does. */
const placeNodes = (userDir: string): void => {
  const modules = join(userDir, 'node_modules/@phloem');
  mkdirSync(modules, { recursive: true });
  symlinkSync(join(root, 'bridges/node-red'), join(modules, 'node-red'), 'dir');
  const { version } = JSON.parse(readFileSync(join(root, 'bridges/node-red/package.json'), 'utf8')) as { readonly version: string };
  writeFileSync(join(userDir, 'package.json'), JSON.stringify({ private: true, dependencies: { '@phloem/node-red': version } }));
};

/** Starts Node-RED on a free port, in a folder of its own. */
export const openNodeRed = async (): Promise<NodeRedProcess> => {
  const modules = await install();
  const userDir = mkdtempSync(join(tmpdir(), 'phloem-node-red-'));
  placeNodes(userDir);
  const started = await startProcess('Node-RED', [join(source, 'run.mjs'), modules, userDir]);
  const { port, types } = started.ready as { readonly port: number; readonly types: NodeRedProcess['types'] };
  const heard: (Emitted | Failed)[] = [];
  const statuses = new Map<string, string>();
  const hear = (message: Emitted | Failed | Shown): void => {
    if (message.kind === 'status') statuses.set(message.node, message.text);
    else heard.push(message);
  };
  void started.next((message) => hear(message as Emitted | Failed | Shown)).catch(() => undefined);
  const post = async (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<void> => {
    // What a node showed before it was deployed says nothing of it now.
    statuses.clear();
    const content = { 'content-type': 'application/json', ...headers };
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers: content, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`Node-RED answered ${answer.status}: ${await answer.text()}`);
  };
  return {
    process: started,
    types,
    messages: (node) => heard.filter((one): one is Emitted => one.kind === 'message' && one.node === node),
    errors: (node) => heard.flatMap((one) => (one.kind === 'error' && one.node === node ? [one.text] : [])),
    status: (node) => statuses.get(node) ?? '',
    inject: (node, message) => started.tell({ node, message }),
    deploy: (flow) => post('/flows', flow, { 'node-red-deployment-type': 'full' }),
    setFlows: (state) => post('/flows/state', { state }),
    [Symbol.asyncDispose]: async () => {
      await started.end('SIGKILL');
      rmSync(userDir, { recursive: true, force: true });
    },
  };
};
