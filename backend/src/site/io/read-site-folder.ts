import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceFile } from '@phloem/protocol/rules';

/** Reads the documents of a folder (`*.yaml`, `*.yml`, `*.json`; not those below it), in the order of their names. */
export const readSiteFolder = (folder: string): readonly SourceFile[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:yaml|yml|json)$/.test(entry.name))
    .map((entry) => join(folder, entry.name))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
