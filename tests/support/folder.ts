import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The documents of a folder, by name. */
export const readFolderFiles = (folder: string): { path: string; text: string }[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .toSorted()
    .map((name) => ({ path: name, text: readFileSync(join(folder, name), 'utf8') }));
