import { parseArgs } from 'node:util';
import { fuzzBus, type FuzzReport } from './fuzz-bus.ts';
import { fuzzPlain } from './io/fuzz-plain.ts';

const usage = 'usage: fuzz bus [--reads N] [--seed S] [--plain]';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    reads: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    plain: { type: 'boolean', default: false },
  },
});
const reads = Number(values.reads);
const seed = Number(values.seed);
if (positionals.join(' ') !== 'bus' || !Number.isSafeInteger(reads) || reads < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}

const tell = (who: string, report: FuzzReport & { readonly crashes?: number }): void => {
  const { framing, answered, exceptions, failed, wrong, overdue, crashes = 0, virtualMs } = report;
  const hours = (virtualMs / 3_600_000).toFixed(1);
  process.stdout.write(
    `${who} over ${framing}, ${reads} reads, seed ${seed}: ${answered} answered, ${exceptions} exceptions, ${failed} failed; ` +
      `${wrong.length} WRONG VALUES, ${overdue} not settled in time, ${crashes} crashes (${hours} h of virtual time)\n`,
  );
  for (const line of wrong.slice(0, 3)) process.stdout.write(`  ${line}\n`);
};

let isClean = true;
for (const framing of ['tcp', 'rtu'] as const) {
  const report = await fuzzBus(framing, reads, seed);
  tell('Phloem', report);
  isClean &&= report.wrong.length === 0 && report.overdue === 0;
  if (values.plain) tell('modbus-serial', await fuzzPlain(framing, reads, seed));
}
process.exit(isClean ? 0 : 1);
