// `npm run fuzz -- bus|site|surface …`: checks what was typed, then starts the fuzz test, which reads its own options.
import { parseArgs } from 'node:util';

const help = `usage: npm run fuzz -- <bus|site|surface> [options]

  bus       reads from a simulated bus where three answers in ten are wrong, over TCP and RTU
    --reads <n>   how many reads (20000)
    --plain       also reads with modbus-serial alone, for comparison
  site      changes the shipped sites and profiles at random, and loads them
    --cases <n>   how many documents (2000)
  surface   attacks a real hub over sockets, HTTP and documents
    --cases <n>   how many attacks (2000)

  --seed <n>      the same seed gives the same run (1)
  --help          prints this

Ends with 0 when nothing was found, 1 when something was, 2 when the command line is wrong.
`;

const text = { type: 'string' };
const fuzzes = {
  bus: {
    path: '../backend/src/field/testing/run-fuzz.ts',
    counts: ['reads'],
    options: { reads: text, seed: text, plain: { type: 'boolean' } },
  },
  site: { path: '../backend/src/site/testing/io/run-fuzz.ts', counts: ['cases'], options: { cases: text, seed: text } },
  surface: { path: '../tests/fuzz/run-surface.ts', counts: ['cases'], options: { cases: text, seed: text } },
};

const refuse = (why) => {
  process.stderr.write(`${why} (--help lists what there is)\n`);
  process.exit(2);
};

const [name, ...rest] = process.argv.slice(2);
if (name === undefined || name === 'help' || process.argv.includes('--help') || process.argv.includes('-h')) {
  process.stdout.write(help);
  process.exit(0);
}
if (!Object.hasOwn(fuzzes, name)) refuse(`there is no fuzz test "${name}"`);
const { path, counts, options } = fuzzes[name];
try {
  const { values } = parseArgs({ args: rest, options });
  for (const count of counts)
    if (values[count] !== undefined && !/^[1-9]\d{0,14}$/.test(values[count]))
      refuse(`--${count} is "${values[count]}", and must be a whole number from 1`);
  if (values.seed !== undefined && !/^\d{1,15}$/.test(values.seed)) refuse(`--seed is "${values.seed}", and must be a whole number from 0`);
} catch (error) {
  refuse(error.message.replace(/\s+/g, ' '));
}
await import(path);
