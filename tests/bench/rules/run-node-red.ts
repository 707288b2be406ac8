import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saturationVapourPressure } from '@phloem/protocol';
import { createFrames, type Switch } from './bench-rules.ts';
import { createFlow } from './node-red-flow.ts';

/** What of Node-RED is used here; it has no types of its own. */
type NodeRed = {
  init(server: unknown, settings: object): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly events: { once(event: string, listener: () => void): void };
  readonly nodes: { getNode(id: string): { receive(message: object): void } };
};

// A process of its own: `node run-node-red.ts <folder with node-red>`; asked for frames over its channel, it answers.
const [, , folder = ''] = process.argv;
const red = createRequire(join(folder, 'package.json'))('node-red') as NodeRed;

const userDir = mkdtempSync(join(tmpdir(), 'phloem-bench-red-'));
process.once('exit', () => rmSync(userDir, { recursive: true, force: true }));
writeFileSync(join(userDir, 'flows.json'), JSON.stringify(createFlow()));

let switches: Switch[] = [];
let seen = 0;
red.init(createServer(), {
  userDir,
  flowFile: 'flows.json',
  httpAdminRoot: false,
  httpNodeRoot: false,
  disableEditor: true,
  credentialSecret: false,
  logging: { console: { level: 'fatal', metrics: false, audit: false } },
  functionGlobalContext: {
    svp: saturationVapourPressure,
    seen: () => (seen += 1),
    report: (frame: number, rule: number, value: boolean) => switches.push([frame, rule, value]),
  },
});
const started = new Promise<void>((resolve) => red.events.once('flows:started', resolve));
await red.start();
await started;
const inlet = red.nodes.getNode('inlet');

/** Lets turns of the loop pass until the rules have seen so many readings. */
const untilSeen = async (readings: number): Promise<void> => {
  if (seen >= readings) return undefined;
  await new Promise((resolve) => setImmediate(resolve));
  return untilSeen(readings);
};

const run = async (count: number): Promise<{ cpuUs: number; switches: readonly Switch[] }> => {
  const frames = createFrames(count);
  [switches, seen] = [[], 0];
  const began = process.threadCpuUsage();
  for (const [frame, payload] of frames.entries()) {
    inlet.receive({ frame, payload });
    // Its messages wait for the next turn of the loop: a queue of a thousand is more than any room fills.
    if (frame % 1000 === 999) await untilSeen((frame + 1) * 4);
  }
  await untilSeen(count * 4);
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const { user, system } = process.threadCpuUsage(began);
  return { cpuUs: user + system, switches };
};

process.once('disconnect', () => process.exit(0));
process.send?.('ready');
for (;;) {
  const [{ count }] = (await once(process, 'message')) as [{ count: number }];
  process.send?.(await run(count));
}
