import { join } from 'node:path';
import { runToEnd } from '../support/process.ts';
import { root } from '../support/repository.ts';

/** Runs `pnpm simulate` in a process of its own. */
export const runSimulation = (...options: readonly string[]): Promise<{ code: number | null; output: string }> =>
  runToEnd(['--conditions=phloem-src', '--max-semi-space-size=64', join(root, 'tests/simulation/main.ts'), ...options]);
