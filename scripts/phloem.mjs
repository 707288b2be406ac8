// Builds what is older than its sources, then runs the command line in this same process, so that nobody stands between
// it and the signals of the process that started it.
import { buildToStart } from './build.mjs';

await buildToStart();
await import('../cli/program/main.js');
