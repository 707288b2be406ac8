import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** The top of the checkout. */
export const root = join(here, '../../..');

/** What this runs from: the packed program, the compiled sources, or the sources, whose types Node strips as it reads them. */
const form = here.includes('/cli/program/') ? 'program' : here.includes('/cli/dist/') ? 'dist' : 'src';

const main = (path: string): readonly string[] =>
  form === 'src' ? ['--conditions=phloem-src', join(root, path)] : [join(root, path.replace('/src/', `/${form}/`).replace(/\.ts$/, '.js'))];

/** What to give to Node to run each process of Phloem. */
export const processes = {
  // It runs for months beside others: a collector that cleans up early costs it no speed, and saves a third of its memory.
  hub: ['--optimize-for-size', ...main('cli/src/main.ts'), 'hub'],
  bridge: [...main('cli/src/main.ts'), 'bridge', 'run'],
  simulator: main('simulator/src/main.ts'),
  past: main('simulator/src/past/main.ts'),
  why: ['--disallow-code-generation-from-strings', ...main('automation/src/why/main.ts')],
  automation: ['--disallow-code-generation-from-strings', ...main('automation/src/main.ts')],
} as const;

/** The documents of the demonstration. */
export const demonstration = { site: join(root, 'examples/flower-room/site'), bundle: join(root, 'examples/flower-room/bundle') } as const;

/** The built panel. */
export const panelFolder = join(root, 'web-ui/dist');
