import { parseArgs } from 'node:util';
import { readProfiles } from '../../io/read-profiles.ts';
import { fuzzSites } from '../fuzz-site.ts';
import { readFuzzSites, readProfileFiles } from './read-fuzz-sites.ts';

const { values } = parseArgs({
  allowPositionals: true,
  options: { cases: { type: 'string', default: '2000' }, seed: { type: 'string', default: '1' } },
});
const [cases, seed] = [Number(values.cases), Number(values.seed)];
if (!Number.isSafeInteger(cases) || cases < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write('usage: fuzz site [--cases N] [--seed S]\n');
  process.exit(2);
}
const report = await fuzzSites({ sites: readFuzzSites(), profiles: readProfiles(), profileFiles: readProfileFiles(), cases, seed });
process.stdout.write(
  `${cases} documents, seed ${seed}: ${report.accepted} accepted, ${report.refused} refused, ${report.crashes.length} CRASHES\n`,
);
for (const { n, of, error } of report.crashes.slice(0, 10)) process.stdout.write(`  case ${n}, ${of}: ${error.slice(0, 600)}\n`);
process.exit(report.crashes.length === 0 ? 0 : 1);
