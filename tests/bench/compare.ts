import { readFileSync } from 'node:fs';
import { compareRuns, type BenchRun } from './compare-runs.ts';

const usage = `Compares two runs of the benchmarks.

  npm run --silent bench -- --json > before.json
  npm run bench:compare -- before.json after.json
`;

const toText = (value: number): string => (Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2));

const readRun = (path: string): BenchRun => JSON.parse(readFileSync(path, 'utf8')) as BenchRun;

const [first, second] = process.argv.slice(2);
if (first === undefined || second === undefined) {
  process.stderr.write(usage);
  process.exit(2);
}
const before = readRun(first);
const after = readRun(second);
const toLine = ({ machine }: BenchRun): string => `${machine.cpu}, ${machine.cores} cores, load before the run ${machine.loadBefore}`;
process.stdout.write(`before: ${toLine(before)}\nafter:  ${toLine(after)}\n`);
if (before.machine.cpu !== after.machine.cpu) process.stdout.write('Two machines: compare the ratios within a run, not the figures.\n');
for (const { bench, row, column, unit, from, to, ratio } of compareRuns(before, after)) {
  const name = `${bench}: ${row}, ${column} (${unit})`;
  process.stdout.write(`${name.padEnd(76)} ${toText(from).padStart(10)} → ${toText(to).padStart(10)}   × ${ratio.toFixed(2)}\n`);
}
