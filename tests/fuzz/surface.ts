import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBundle } from '@phloem/rules';
import { readFolderFiles } from '../support/folder.ts';
import { built, startProcess, type MeshProcess } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { createSeededRandom } from '../support/seeded-random.ts';
import { createDraw, type Draw } from './hostile-value.ts';
import { sendDocument } from './send-document.ts';
import { sendRequest } from './send-request.ts';
import { sendSocket } from './send-socket.ts';
import type { Target, Deed } from './target.ts';

export type SurfaceReport = {
  readonly cases: number;
  /** How often each kind of answer came. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** Cases after which the hub was gone. */
  readonly exits: readonly string[];
  /** Answers of 500, and errors in the hub that should never happen. */
  readonly bugs: readonly string[];
  /** The longest that the hub's thread worked without looking up, and after which cases. */
  readonly worst: { readonly cpuMs: number; readonly wallMs: number; readonly after: string };
};

/** What the watch in the hub answers. */
const isTold = (message: unknown): message is { readonly stalls: Stalls } =>
  typeof message === 'object' && message !== null && 'stalls' in message;

type Stalls = { readonly cpuMs: number; readonly wallMs: number };

const startTarget = async (
  data: string,
  users: number,
): Promise<{ readonly hub: MeshProcess; readonly target: Target; askStalls(): Promise<Stalls> }> => {
  // Nothing answers on its bus: what is measured is what the cases cost.
  const hub = await startProcess(
    'hub',
    ['--import', new URL('./stall-watch.ts', import.meta.url).href, ...built.hub, '--port', '0', '--simulator-port', '1', '--data', data],
    {
      env: { PHLOEM_LOG: 'error' },
    },
  );
  const { port } = hub.ready as { port: number };
  const url = `http://127.0.0.1:${port}`;
  const admin = readFileSync(join(data, 'secrets/admin.token'), 'utf8').trim();
  const create = async (body: object): Promise<string> => {
    for (;;) {
      const response = await fetch(`${url}/api/v1/tokens`, {
        method: 'POST',
        headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const answer = (await response.json()) as { readonly token?: string };
      if (answer.token !== undefined) return answer.token;
    }
  };
  const ofNode = (role: string): Promise<string> => create({ role, node: `fuzz-${role}` });
  const tokens = { viewer: await ofNode('viewer'), engineer: await ofNode('engineer'), automation: await ofNode('automation') };
  const names: string[] = [];
  for (let n = 0; n < users; n += 1) names.push(await create({ role: 'admin', name: `fuzz-${n}` }));
  const bundle = readBundle(readFolderFiles(join(root, 'examples/flower-room/bundle')));
  const askStalls = async (): Promise<Stalls> => {
    const told = hub.next((message) => (isTold(message) ? message.stalls : undefined));
    hub.tell({ stalls: true });
    return told;
  };
  return { hub, target: { url, admin, tokens, users: names, bundle }, askStalls };
};

const kinds: readonly ((draw: Draw, target: Target) => Promise<Deed>)[] = [
  sendSocket,
  sendSocket,
  sendRequest,
  sendRequest,
  sendRequest,
  sendDocument,
];

/** So many are under way at once: some of them wait for the hub to give them up. */
const atOnce = 16;

const toText = ({ cpuMs, wallMs }: Stalls): string => `${cpuMs.toFixed(1)} ms of processor (${wallMs.toFixed(1)} ms by the wall)`;

const runCase = async (seed: number, n: number, target: Target): Promise<Deed & { readonly n: number }> => {
  const draw = createDraw(createSeededRandom(seed * 1_000_003 + n));
  try {
    return { n, ...(await draw.pick(kinds)(draw, target)) };
  } catch (error) {
    return { n, what: 'a connection', outcome: `cut off: ${error instanceof Error ? error.message : String(error)}` };
  }
};

/** Sends so many cases to a real hub, and looks after every few of them whether it lives, and how long it was held up. */
export const fuzzSurface = async ({
  cases,
  seed,
  users = 40,
  tell = () => undefined,
}: {
  readonly cases: number;
  readonly seed: number;
  /** How many users send commands: one alone would have to wait most of the time. */
  readonly users?: number;
  readonly tell?: (line: string) => void;
}): Promise<SurfaceReport> => {
  const data = mkdtempSync(join(tmpdir(), 'phloem-fuzz-'));
  const outcomes = new Map<string, number>();
  const [exits, bugs]: [string[], string[]] = [[], []];
  let worst = { cpuMs: 0, wallMs: 0, after: '' };
  let running = await startTarget(data, users);
  try {
    // What compiles and warms up at the first request of each kind is no stall that an attacker causes twice.
    const { target } = running;
    for (let n = 0; n < 64; n += atOnce) await Promise.all(Array.from({ length: atOnce }, (_, i) => runCase(0, n + i, target)));
    await running.askStalls();
    for (let first = 0; first < cases; first += atOnce) {
      const batch = Array.from({ length: Math.min(atOnce, cases - first) }, (_, n) => first + n);
      const { target, hub } = running;
      const results = await Promise.all(batch.map((n) => runCase(seed, n, target)));
      for (const { n, what, outcome } of results) {
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        if (outcome.endsWith(' 500')) bugs.push(`case ${n}: ${what} -> ${outcome}`);
      }
      const after = results.map(({ n, what }) => `case ${n}: ${what}`).join('\n    ');
      if (!hub.isAlive()) {
        exits.push(`${after}\n${hub.output().slice(-2000)}`);
        running = await startTarget(data, users);
        continue;
      }
      const stalls = await running.askStalls();
      if (stalls.cpuMs > worst.cpuMs) {
        worst = { ...stalls, after };
        tell(`worst so far ${toText(stalls)}, in\n    ${after}`);
      }
      if (Math.floor(first / 2000) < Math.floor((first + atOnce) / 2000)) tell(`${first + batch.length} cases, worst ${toText(worst)}`);
    }
    const metrics = await (await fetch(`${running.target.url}/metrics`)).text();
    const counted = /^phloem_bugs_total (\d+)/m.exec(metrics)?.[1] ?? '0';
    if (counted !== '0') bugs.push(`phloem_bugs_total is ${counted}`);
    return { cases, outcomes, exits, bugs, worst };
  } finally {
    await running.hub.end('SIGKILL');
    rmSync(data, { recursive: true, force: true });
  }
};
