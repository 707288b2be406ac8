import { parseArgs } from 'node:util';
import { bridgeReaders } from './bridge-readers.ts';
import { httpExample } from './http-example.ts';
import { ingestExample } from './ingest-example.ts';
import { mbpoll } from './mbpoll.ts';
import { nextYear } from './next-year.ts';
import { pymodbus } from './pymodbus.ts';
import { pythonNode } from './python-node.ts';
import { registerMap } from './register-map-suite.ts';
import { serialLine } from './serial-line.ts';
import type { InteropOptions, InteropSuite } from './suite.ts';
import { webSocketExample } from './web-socket-example.ts';
import { webhookExample } from './webhook-example.ts';

const suites: readonly InteropSuite[] = [
  pythonNode,
  nextYear,
  ingestExample,
  httpExample,
  webhookExample,
  webSocketExample,
  mbpoll,
  serialLine,
  pymodbus,
  registerMap,
  ...bridgeReaders,
];

const usage = `Tries Phloem against programs that it did not write, and names each that is not installed.

  pnpm interop [name…]

${suites.map(({ id, name, peer }) => `  ${id.padEnd(10)} ${name} (${peer})`).join('\n')}

  --seconds <n>    how long a bus is polled (60)
  --entries <n>    how many entries of the log a reader goes over at least (1000)
  --help           says this
`;

type Row = {
  readonly suite: InteropSuite;
  readonly outcome: 'passed' | 'FAILED' | 'not installed';
  readonly seconds: number;
  readonly seen: string;
};

const withinTime = async (work: Promise<string>, limitMs: number): Promise<string> => {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.reject(new Error(`did not end within ${limitMs / 1000} s`)), limitMs);
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
};

const runSuite = async (suite: InteropSuite, options: InteropOptions): Promise<Row> => {
  if (suite.find() === null) return { suite, outcome: 'not installed', seconds: 0, seen: `install ${suite.peer} to run it` };
  const began = performance.now();
  const toRow = (outcome: 'passed' | 'FAILED', seen: string): Row => ({
    suite,
    outcome,
    seconds: (performance.now() - began) / 1000,
    seen,
  });
  try {
    return toRow('passed', await withinTime(suite.run(options), 400_000 + options.seconds * 1000 + options.entries * 50));
  } catch (error) {
    return toRow('FAILED', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
};

const print = (text: string): void => void process.stdout.write(text);

const run = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '60' },
      entries: { type: 'string', default: '1000' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return print(usage);
  const unknown = positionals.filter((name) => suites.every(({ id }) => id !== name));
  if (unknown.length > 0) {
    process.stderr.write(`there is no suite ${unknown.join(', ')}; there is ${suites.map(({ id }) => id).join(', ')}\n`);
    process.exit(2);
  }
  const options = { seconds: Number(values.seconds), entries: Number(values.entries) };

  const chosen = suites.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
  // All at once: they share nothing, and mostly wait.
  const rows = await Promise.all(chosen.map(async (suite) => runSuite(suite, options)));
  for (const { suite, outcome, seconds, seen } of rows) {
    print(`${suite.id.padEnd(10)}${suite.peer.padEnd(18)}${outcome.padEnd(15)}${`${seconds.toFixed(1)} s`.padStart(8)}  ${seen}\n`);
  }
  const count = (outcome: Row['outcome']): number => rows.filter((row) => row.outcome === outcome).length;
  print(`${count('passed')} passed, ${count('FAILED')} failed, ${count('not installed')} not installed\n`);
  // A suite that failed may have left something open.
  process.exit(count('FAILED') === 0 ? 0 : 1);
};

await run();
