import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pages } from './pages.ts';

for (const [path, write] of pages) writeFileSync(join(import.meta.dirname, '../..', path), write());
