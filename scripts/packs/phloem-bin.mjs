#!/usr/bin/env node
// Runs on any Node, to say which one is needed.
const needed = 26;
if (Number(process.versions.node.split('.')[0]) < needed) {
  process.stderr.write(
    `Phloem needs Node ${needed} or later, and this is ${process.version}. Install Node ${needed}, then run the command again.\n`,
  );
  process.exit(2);
}
await import('@phloem/cli/main');
