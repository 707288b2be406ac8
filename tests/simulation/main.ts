import { parseArgs } from 'node:util';
import { applyPatch, isPatch, patches } from './patches.ts';
import type { Outcome } from './simulate.ts';

const usage = `A hub, two services, onlookers, network, disk and clocks in one process, under virtual time, with faults drawn from a
seed. What is promised of the log, the leases and the commands is checked at every step; the first seed that breaks
a promise is printed, and ends the run.

  pnpm simulate [--seeds 200] [--from 1]

  --seeds <n>      how many seeds
  --from <n>       the first one
  --verbose        with all that happens
  --keep-going     goes on after a seed that breaks a promise
  --counts         says at the end what the seeds have reached
  --disk files     on the files of production instead of a disk in memory
  --patch <name>   with a fault put into production: ${Object.keys(patches).join(', ')}
  --help           says this
`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false },
    counts: { type: 'boolean', default: false },
    disk: { type: 'string', default: 'memory' },
    patch: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const reportBroken = ({ seed, violation }: Outcome): void => {
  if (violation === null) return;
  say(`seed ${seed} breaks ${violation.rule} at ${(violation.at / 1000).toFixed(3)} s: ${violation.text}`);
  say(`  once more, with all that happens: pnpm simulate --from ${seed} --seeds 1 --verbose`);
};

const run = async (from: number, seeds: number): Promise<void> => {
  if (values.patch !== undefined && isPatch(values.patch)) applyPatch(values.patch);
  else if (values.patch !== undefined) throw new Error(`there is no patch ${values.patch}`);
  // Only now: what is loaded from here on has the patch.
  const { simulate } = await import('./simulate.ts');
  const began = performance.now();
  const counts = new Map<string, number>();
  const total = { seeds: 0, broken: 0, events: 0, virtualMs: 0 };
  for (let seed = from; seed < from + seeds; seed += 1) {
    const outcome = await simulate(seed, values.verbose ? say : null, values.disk === 'files' ? 'files' : 'memory');
    total.seeds += 1;
    total.events += outcome.events;
    total.virtualMs += outcome.virtualMs;
    for (const [what, count] of outcome.counts) counts.set(what, (counts.get(what) ?? 0) + count);
    if (outcome.violation === null) continue;
    reportBroken(outcome);
    total.broken += 1;
    process.exitCode = 1;
    if (!values['keep-going']) break;
  }
  if (values.counts)
    for (const [what, count] of [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))) say(`${String(count).padStart(9)}  ${what}`);
  const { user, system } = process.cpuUsage();
  const seconds = `${((performance.now() - began) / 1000).toFixed(1)} s (${((user + system) / 1_000_000).toFixed(1)} s of a processor)`;
  say(
    `${total.seeds} seeds from ${from}, ${total.broken} broken: ${total.events} events, ${(total.virtualMs / 3_600_000).toFixed(2)} hours of virtual time, ${seconds}`,
  );
};

const toCount = (text: string): number => {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 0) throw new Error(`${text} is no number of seeds`);
  return count;
};

if (values.help) process.stdout.write(usage);
else await run(toCount(values.from), toCount(values.seeds));
