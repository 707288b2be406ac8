import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { benchCatchUp } from './catch-up.ts';
import { benchControlLoop, type BenchOptions } from './control-loop.ts';
import { benchControlQuality } from './control-quality.ts';
import { benchDeadUnit } from './dead-unit.ts';
import { benchHistory } from './history.ts';
import { benchLinks } from './links.ts';
import { toLinksPage } from './links/links-page.ts';
import { readMachine } from './machine.ts';
import { benchLoopTrace } from './loop-trace.ts';
import { benchMemory } from './memory.ts';
import { benchPanel } from './panel.ts';
import { benchRecovery } from './recovery.ts';
import { findingText, machineText, type Finding } from './report.ts';
import { benchRequests } from './requests.ts';
import { benchRules } from './rules.ts';
import { benchStorage } from './storage.ts';
import { benchAvalanche, benchFanOut, benchSlowViewers } from './viewers.ts';

const benches: Readonly<Record<string, { readonly says: string; run(options: BenchOptions): Promise<Finding> }>> = {
  'catch-up': { says: 'entries a second that a service takes in and commits after it was away', run: benchCatchUp },
  recovery: { says: 'until things go on after a kill, a black hole, the end of the leader; beside plain Socket.IO', run: benchRecovery },
  'control-loop': { says: 'sensor frame appended → device-state frame accepted, beside bare ws and bare Socket.IO', run: benchControlLoop },
  'loop-trace': { says: 'where the time of a round trip goes, moment by moment', run: benchLoopTrace },
  'control-quality': { says: 'a day in the simulated room in and out of its bands, with rules and without', run: benchControlQuality },
  'dead-unit': { says: 'a dead unit among ten: what it costs the others, beside plain modbus-serial in a loop', run: benchDeadUnit },
  requests: { says: 'requests for a round of polls, against a read for each value', run: benchRequests },
  'fan-out': { says: 'what 1,000 and 3,000 viewers cost the hub, beside bare Socket.IO broadcasts', run: benchFanOut },
  'slow-viewers': { says: 'the control loop beside 3,000 viewers, of whom 500 stop reading', run: benchSlowViewers },
  avalanche: { says: '5,000 viewers come back after a kill, beside plain Socket.IO clients', run: benchAvalanche },
  history: { says: 'rows a second into the history beside control, a year of a point; beside plain SQLite', run: benchHistory },
  panel: { says: 'a room of 200 points at 10 Hz in a real browser: size, first value, script a frame, heap', run: benchPanel },
  links: { says: 'the control loop through databases, brokers, sockets and Phloem, and all of them through one storm', run: benchLinks },
  memory: { says: 'what a hub with 500 points at 1 Hz holds when its ring is full', run: benchMemory },
  storage: { says: 'bytes that readings take on the disk and that are written for them; entries read a second', run: benchStorage },
  rules: { says: '50 rules on 200 points, beside RxJS and Node-RED, outputs equal', run: benchRules },
};

const usage = `Measures, each beside its peer in the same run. Figures of two machines do not compare; ratios do, roughly.

  pnpm bench [name…]

${Object.entries(benches)
  .map(([name, { says }]) => `  ${name.padEnd(16)} ${says}`)
  .join('\n')}

  --rounds <n>     how often each takes its turn (15)
  --trips <n>      round trips in a turn (1000)
  --viewers <n,…>  how many look on (1000,3000)
  --kills <n>      strikes of the storm of links (20; 0 for none)
  --seed <n>       of that storm (1)
  --ways <name,…>  which ways of links (all)
  --write <file>   writes the page about the ways of links, with their table
  --json           one JSON object instead of tables
  --help           says this
`;

const run = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '15' },
      trips: { type: 'string', default: '1000' },
      viewers: { type: 'string', default: '1000,3000' },
      kills: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      ways: { type: 'string', default: '' },
      write: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const names = positionals.length === 0 ? Object.keys(benches) : positionals;
  const unknown = names.filter((name) => !(name in benches));
  if (unknown.length > 0) throw new Error(`there is no benchmark ${unknown.join(', ')}; there is ${Object.keys(benches).join(', ')}`);

  if (values.write !== undefined && !names.includes('links')) {
    throw new Error('--write needs the benchmark links: run "npm run bench -- links --write docs/links.md"');
  }

  const machine = readMachine();
  const findings: Finding[] = [];
  if (!values.json) console.log(`${machineText(machine)}\n`);
  for (const name of names) {
    const finding = await benches[name]?.run({
      rounds: Number(values.rounds),
      trips: Number(values.trips),
      viewers: values.viewers.split(',').map(Number),
      kills: Number(values.kills),
      seed: Number(values.seed),
      ways: values.ways.split(',').filter((name) => name !== ''),
    });
    if (finding === undefined) continue;
    findings.push(finding);
    if (!values.json) console.log(`${findingText(finding)}\n`);
  }
  if (values.json) console.log(JSON.stringify({ machine, findings }, null, 2));
  const links = findings.find(({ name }) => name === 'links');
  if (values.write !== undefined && links !== undefined) writeFileSync(values.write, toLinksPage(links, machine));
};

await run();
