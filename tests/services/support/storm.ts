import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMesh, type Mesh } from '../../support/mesh.ts';
import { built, startProcess, type MeshProcess } from '../../support/process.ts';
import { createSeededRandom } from '../../support/seeded-random.ts';
import { until } from '../../support/until.ts';

/** A record as a foreign reader finds it. */
export type FoundRecord = { readonly lsn: number; readonly prev: number; readonly record: string; readonly entry: unknown };

export type Storm = {
  /** The `target` of the Bridge document, as YAML. */
  readonly target: string;
  /** Where an empty target begins; `first` if omitted. */
  readonly fill?: 'first' | 'head';
  /** What the secret `storm` holds, where the target names it. */
  readonly secret?: string;
  readonly kills: number;
  readonly seed: number;
  /** How long records may take to come after a kill; 45 s if omitted. */
  readonly patienceMs?: number;
  /** What else can be killed, besides the bridge and the hub; each comes back by itself. */
  readonly more: Readonly<Record<string, () => Promise<void>>>;
  /** All records, in the order of their places. */
  readonly read: () => Promise<readonly FoundRecord[]>;
};

type LogAnswer = { readonly head: number; readonly entries: readonly { readonly lsn: number }[] };

/** What came of a storm: what the target holds, and what the hub's log holds of the same numbers. */
export type StormResult = {
  readonly found: readonly FoundRecord[];
  readonly log: readonly { readonly lsn: number }[];
  readonly killed: Readonly<Record<string, number>>;
};

/** The log from one number to another, in pages: a long storm writes more than one answer holds. */
export const readLog = async (mesh: Mesh, from: number, to: number): Promise<StormResult['log']> => {
  const log: LogAnswer['entries'][number][] = [];
  while ((log.at(-1)?.lsn ?? from - 1) < to) {
    const { entries } = await mesh.get<LogAnswer>(`/api/v1/log?after=${log.at(-1)?.lsn ?? from - 1}&limit=5000`);
    if (entries.length === 0) break;
    log.push(...entries.filter(({ lsn }) => lsn <= to));
    if ((entries.at(-1)?.lsn ?? 0) > to) break;
  }
  return log;
};

const startBridge = (mesh: Mesh, site: string): Promise<MeshProcess> =>
  startProcess('bridge', [built.phloem, 'bridge', 'run', 'storm', '--site', site, '--port', String(mesh.port), '--data', mesh.data]);

/**
 * Kills the bridge, a real hub and the server of the target, in a seeded order, each time while entries flow. Then lets everything
 * run until the target has what the log had when the storm ended.
 */
export const runStorm = async ({
  target,
  fill = 'first',
  secret,
  kills,
  seed,
  patienceMs = 45_000,
  more,
  read,
}: Storm): Promise<StormResult> => {
  const site = mkdtempSync(join(tmpdir(), 'phloem-bridge-'));
  const document = ['apiVersion: phloem/v1', 'kind: Bridge', 'metadata: { id: storm }', 'spec:', `  fill: ${fill}`, `  target: ${target}`];
  writeFileSync(join(site, 'bridge.yaml'), `${document.join('\n')}\n`);
  await using mesh = await openMesh({ withAutomation: false, bundle: null });
  if (secret !== undefined) writeFileSync(join(mesh.data, 'secrets/storm.secret'), `${secret}\n`, { mode: 0o600 });
  let bridge = await startBridge(mesh, site);
  const killed: Record<string, number> = {};
  const ways: Readonly<Record<string, () => Promise<void>>> = {
    bridge: async () => {
      await bridge.end('SIGKILL');
      bridge = await startBridge(mesh, site);
    },
    hub: async () => {
      await mesh.hub().end('SIGKILL');
      await mesh.startHub();
    },
    ...more,
  };
  const newest = async (): Promise<number> => (await read()).at(-1)?.lsn ?? 0;
  const random = createSeededRandom(seed);
  const began = performance.now();
  try {
    let before = await until('the first record', newest, (lsn) => lsn > 0, patienceMs);
    for (let n = 0; n < kills; n += 1) {
      const names = Object.keys(ways);
      // Each of them once, and then by chance.
      const name = names[n < names.length ? n : Math.floor(random() * names.length)] ?? 'bridge';
      await ways[name]?.();
      killed[name] = (killed[name] ?? 0) + 1;
      const last = before;
      before = await until(`records after kill ${n + 1}, of the ${name}`, newest, (lsn) => lsn > last, patienceMs);
    }
    const { head } = await mesh.get<LogAnswer>('/api/v1/log?after=0&limit=1');
    await until('the end of the storm', newest, (lsn) => lsn >= head, patienceMs);
    const found = await read();
    const first = found[0]?.lsn ?? 0;
    const log = await readLog(mesh, first, found.at(-1)?.lsn ?? 0);
    const count = (kind: string): number => found.filter(({ record }) => record === kind).length;
    const minutes = (performance.now() - began) / 60_000;
    // The numbers of a long storm are for the table in docs/faults.md.
    if (kills > 20) process.stdout.write(`${JSON.stringify({ killed, entries: log.length, found: count('entry'), minutes })}\n`);
    return { found, log, killed };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}; the bridge said:\n${bridge.output()}`, { cause: error });
  } finally {
    await bridge.end('SIGTERM');
    rmSync(site, { recursive: true, force: true });
  }
};
