#!/usr/bin/env node
import { join } from 'node:path';
import { root } from './io/places.ts';

const oldest = 26;
if (Number(process.versions.node.split('.')[0]) < oldest) {
  process.stderr.write(
    `Phloem needs Node ${oldest} and this is ${process.version}. Start it with "npm start", which brings its own Node.\n`,
  );
  process.exit(2);
}

// Anyone who reads what we print may have seen enough, as `head` does. What controls a site, or carries its log, goes on without readers.
const [, , command = '', subcommand] = process.argv;
const goesOn = ['start', 'hub', 'automation', 'simulator'].includes(command) || (command === 'bridge' && subcommand === 'run');
for (const output of [process.stdout, process.stderr]) {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (!goesOn && output === process.stdout) process.exit(0);
  });
}
// The data folder holds tokens: nobody else on this machine reads what is made in it.
process.umask(0o077);

// What was compiled once is read from Node's own cache, by the processes that this one starts too. It does not lie where
// another user could leave code to be run. The rest is loaded after that, or it would not be in it.
process.env['NODE_COMPILE_CACHE'] ??= join(root, 'node_modules/.cache/node');
const { enableCompileCache } = await import('node:module'); // an older Node lacks it, and was refused above
enableCompileCache();
const [{ isFault }, { runCommandLine }, { printNote }] = await Promise.all([
  import('@phloem/protocol'),
  import('./io/command-line.ts'),
  import('./io/print.ts'),
]);

try {
  await runCommandLine(process.argv.slice(2));
} catch (error) {
  if (!isFault(error)) throw error;
  printNote(`phloem: ${error.message}`);
  process.exit(2);
}
