import { parseArgs } from 'node:util';
import { fuzzSurface } from './surface.ts';

const usage = 'usage: fuzz surface [--cases N] [--seed S]';
const { values } = parseArgs({
  allowPositionals: true,
  options: { cases: { type: 'string', default: '2000' }, seed: { type: 'string', default: '1' } },
});
const [cases, seed] = [Number(values.cases), Number(values.seed)];
if (!Number.isSafeInteger(cases) || cases < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}
const say = (line: string): void => void process.stdout.write(`${line}\n`);
/** No input may hold the hub's thread for longer. */
const longestStallMs = 100;

const { outcomes, exits, bugs, worst } = await fuzzSurface({ cases, seed, tell: say });
for (const [outcome, count] of [...outcomes].toSorted(([, a], [, b]) => b - a)) say(`${String(count).padStart(8)}  ${outcome}`);
for (const line of [...exits, ...bugs].slice(0, 10)) say(`  ${line}`);
say(
  `${cases} cases, seed ${seed}: ${exits.length} EXITS, ${bugs.length} BUGS; worst stall ${worst.cpuMs.toFixed(1)} ms of processor ` +
    `(${worst.wallMs.toFixed(1)} ms by the wall) after ${worst.after}`,
);
process.exit(exits.length + bugs.length === 0 && worst.cpuMs <= longestStallMs ? 0 : 1);
