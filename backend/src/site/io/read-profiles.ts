import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { Fault } from '@phloem/protocol';
import { readDocuments } from '@phloem/rules';
import type { Profile } from '../profile.ts';
import { parseProfile } from '../parse-profile.ts';

/** The folder of the profiles that come with the hub. */
export const profilesFolder = fileURLToPath(new URL('../../../profiles/', import.meta.url));

/**
 * Reads every profile of a folder, by name.
 *
 * @throws Fault `document/invalid` when one of them is not a profile.
 */
export const readProfiles = (folder: string = profilesFolder): readonly Profile[] =>
  readdirSync(folder)
    .filter((name) => /\.(?:jsonc?|ya?ml)$/.test(name))
    .toSorted()
    .map((name) => readProfile(join(folder, name)));

/**
 * Reads the profile of one file: JSON, JSON with comments, or YAML.
 *
 * @throws Fault `document/syntax` or `document/invalid` when it is none.
 */
export const readProfile = (path: string): Profile => {
  const [source, ...more] = readDocuments([{ path, text: readFileSync(path, 'utf8') }]);
  if (source === undefined || more.length > 0) {
    throw new Fault('document/invalid', `${path}: expected one profile, found ${source === undefined ? 'none' : more.length + 1}`);
  }
  return parseProfile(source);
};
