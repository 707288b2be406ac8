import { parseArgs } from 'node:util';
import { reportStorm } from './report.ts';
import { runStorm } from './storm.ts';

const usage = `Breaks a mesh of real processes under load in every way there is, and checks all records afterwards.

  pnpm faults

  --minutes <m>   how long (2)
  --seed <s>      the same seed chooses the same faults (by the clock)
  --single-process  hub and automation in one process
  --worker        the same, with automation in a thread of its own
  --quiet         the report alone
  --help          says this
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string' },
    'single-process': { type: 'boolean', default: false },
    worker: { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(usage);
else {
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const endAt = performance.now() + Number(values.minutes) * 60_000;
  if (!values.quiet) console.log(`seed ${seed}`);
  const aftermath = await runStorm({
    seed,
    rig: values.worker ? 'worker' : values['single-process'] ? 'single-process' : 'processes',
    goesOn: () => performance.now() < endAt,
    told: ({ kind, detail, recoveryMs }) => {
      if (!values.quiet) console.log(`${kind} (${detail}): ${Math.round(recoveryMs)} ms`);
    },
  });
  console.log(`\n${reportStorm(aftermath)}`);
  // Everything of ours has ended. Left to itself, Node 26 now and then spins in its own teardown (`CleanupHandles`) over a
  // socket that was reset.
  process.exit(aftermath.breaches.length === 0 ? 0 : 1);
}
