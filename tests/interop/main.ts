import { mbpoll } from './mbpoll.ts';
import { pymodbus } from './pymodbus.ts';
import { serialLine } from './serial-line.ts';

const suites = [serialLine, mbpoll, pymodbus];

const longestMs = 120_000;
const withinTime = async (work: Promise<string>): Promise<string> => {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.reject(new Error(`did not end within ${longestMs / 1000} s`)), longestMs);
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
};

let failed = 0;
let missing = 0;
for (const { name, peer, find, run } of suites) {
  if (find() === null) {
    missing += 1;
    process.stdout.write(`–  ${name}: not run, ${peer} is not installed\n`);
    continue;
  }
  try {
    process.stdout.write(`✓  ${name}: ${await withinTime(run())}\n`);
  } catch (error) {
    failed += 1;
    process.stdout.write(`✗  ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
process.stdout.write(`${suites.length - failed - missing} passed, ${failed} failed, ${missing} not installed\n`);
process.exit(failed === 0 ? 0 : 1);
