import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { parseProfile, type Profile } from '../profile.ts';

/** The folder of the profiles that come with the hub. */
export const profilesFolder = fileURLToPath(new URL('../../../profiles/', import.meta.url));

/**
 * Reads every profile of a folder, by name.
 *
 * @throws Fault `document/invalid` when one of them is not a profile.
 */
export const readProfiles = (folder: string = profilesFolder): readonly Profile[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => parseProfile(JSON.parse(readFileSync(join(folder, name), 'utf8'))));
