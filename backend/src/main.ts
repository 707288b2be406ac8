import { isFault } from '@phloem/protocol';
import { runCommandLine } from './cli/io/command-line.ts';

// The hub as a process of its own: the same as `phloem hub`.
try {
  await runCommandLine(['hub', ...process.argv.slice(2)]);
} catch (error) {
  if (!isFault(error)) throw error;
  process.stderr.write(`phloem: ${error.message}\n`);
  process.exit(2);
}
