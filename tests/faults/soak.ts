import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { reportStorm } from './report.ts';
import type { Rig } from './rig.ts';
import { milderKinds } from './fault-kinds.ts';
import { runStorm } from './storm.ts';

const usage = `Lets the mesh run under load with a fault each minute, and writes down memory and descriptors of each process.

  pnpm soak

  --minutes <m>   how long (30)
  --seed <s>      the same seed chooses the same faults (by the clock)
  --help          says this
`;

type Sample = {
  readonly minute: number;
  readonly who: string;
  readonly pid: number;
  readonly rssMib: number;
  readonly descriptors: number;
};

const read = (minute: number, who: string, pid: number): Sample => {
  const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return { minute, who, pid, rssMib: Math.round(Number(rss) / 1024), descriptors: readdirSync(`/proc/${pid}/fd`).length };
};

const sample = (rig: Rig, minute: number): Sample[] => [rig.hub, ...rig.services].map((part) => read(minute, part.name, part.now().pid));

/**
 * Whether the lowest figure of the last quarter is no more than a tenth (and a little) above the highest of the second:
 * memory that nobody uses any more is given back only now and then, so a single low says nothing.
 */
const isFlat = (values: readonly number[], slack: number): boolean => {
  const quarter = Math.floor(values.length / 4);
  return quarter === 0 || Math.min(...values.slice(-quarter)) <= Math.max(...values.slice(quarter, 2 * quarter)) * 1.1 + slack;
};

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, seed: { type: 'string' }, help: { type: 'boolean', default: false } },
});

if (values.help) console.log(usage);
else {
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const minutes = Number(values.minutes);
  const samples: Sample[] = [];
  let rig: Rig | null = null;
  console.log(`seed ${seed}\n\n| minute | process | resident, MiB | descriptors |\n| --- | --- | --- | --- |`);
  const aftermath = await runStorm({
    seed,
    // A process that is killed starts again, and would hide a leak: most of a soak must be lived through.
    kinds: milderKinds,
    goesOn: async (faults) => {
      if (faults > 0) await pause(60_000);
      if (rig !== null) {
        const now = sample(rig, faults);
        samples.push(...now);
        for (const { minute, who, rssMib, descriptors } of now) console.log(`| ${minute} | ${who} | ${rssMib} | ${descriptors} |`);
      }
      return faults < minutes;
    },
    watch: (opened) => {
      rig = opened;
    },
  });
  console.log(`\n${reportStorm(aftermath)}\n`);
  for (const who of new Set(samples.map((found) => found.who))) {
    const mine = samples.filter((found) => found.who === who);
    const memory = isFlat(
      mine.map(({ rssMib }) => rssMib),
      8,
    )
      ? 'flat'
      : 'GROWING';
    const descriptors = isFlat(
      mine.map((found) => found.descriptors),
      2,
    )
      ? 'flat'
      : 'GROWING';
    console.log(`${who}: memory ${memory}, descriptors ${descriptors}`);
  }
  // Everything of ours has ended. Left to itself, Node 26 now and then spins in its own teardown (`CleanupHandles`) over a
  // socket that was reset.
  process.exit(aftermath.breaches.length === 0 ? 0 : 1);
}
