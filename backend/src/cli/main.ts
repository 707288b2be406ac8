#!/usr/bin/env node
import { isFault } from '@phloem/protocol';
import { runCommandLine } from './io/command-line.ts';

const oldest = 26;
if (Number(process.versions.node.split('.')[0]) < oldest) {
  process.stderr.write(
    `Phloem needs Node ${oldest} and this is ${process.version}. Start it with "npm start", which brings its own Node.\n`,
  );
  process.exit(2);
}

try {
  await runCommandLine(process.argv.slice(2));
} catch (error) {
  if (!isFault(error)) throw error;
  process.stderr.write(`phloem: ${error.message}\n`);
  process.exit(2);
}
