import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** The top of the checkout. */
export const root = join(here, '../../../..');

/** Whether this runs from the built output; otherwise Node strips the types of the sources as it reads them. */
export const isBuilt = here.includes('/backend/dist/');

const main = (path: string): readonly string[] =>
  isBuilt ? [join(root, path.replace('/src/', '/dist/').replace(/\.ts$/, '.js'))] : ['--conditions=phloem-src', join(root, path)];

/** What to give to Node to run each process of the mesh. */
export const processes = {
  // It runs for months beside others: a collector that cleans up early costs it no speed, and saves a third of its memory.
  hub: ['--optimize-for-size', ...main('backend/src/main.ts')],
  plant: main('backend/src/plant/main.ts'),
  past: main('backend/src/plant/past/main.ts'),
  why: ['--disallow-code-generation-from-strings', ...main('automation/src/why/main.ts')],
  automation: ['--disallow-code-generation-from-strings', ...main('automation/src/main.ts')],
} as const;

/** The documents of the demonstration. */
export const demonstration = { site: join(root, 'examples/flower-room/site'), bundle: join(root, 'examples/flower-room/bundle') } as const;

/** The built panel. */
export const panelFolder = join(root, 'web-ui/dist');

/** What a data folder holds. */
export const dataFiles = (data: string) =>
  ({
    store: join(data, 'hub.db'),
    history: join(data, 'history.db'),
    settings: join(data, 'settings.json'),
    adminToken: join(data, 'secrets/admin.token'),
    automationToken: join(data, 'secrets/automation-1.token'),
    automation: join(data, 'automation'),
    ledger: join(data, 'plant-ledger.jsonl'),
  }) as const;
