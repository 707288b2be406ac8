import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import type { SourceFile } from '@phloem/rules';
import { readFolder } from '../../io/read-folder.ts';
import type { FuzzSite } from '../fuzz-site.ts';

const examples = fileURLToPath(new URL('../../../../../examples/', import.meta.url));
const profiles = fileURLToPath(new URL('../../../../profiles/', import.meta.url));

/** The sites that are shipped. */
export const readFuzzSites = (): readonly FuzzSite[] =>
  ['actuators', 'flower-room', 'freezers', 'handbook'].map((name) => ({ name, files: readFolder(join(examples, name, 'site')) }));

/** The texts of the profiles that are shipped. */
export const readProfileFiles = (): readonly SourceFile[] =>
  readdirSync(profiles)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => ({ path: name, text: readFileSync(join(profiles, name), 'utf8') }));
