// Builds what is older than its sources, then runs the command line in this same process, so that nobody stands between
// it and the signals of whoever started it.
import { build } from './build.mjs';

build({ isQuiet: true });
await import('../backend/dist/cli/main.js');
