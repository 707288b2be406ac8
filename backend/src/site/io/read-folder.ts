import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Fault } from '@phloem/protocol';

/** A file of a folder of documents; `path` is as a person would type it. */
export type FolderFile = { readonly path: string; readonly text: string };

/**
 * The documents of a folder: every `.yaml`, `.yml` and `.json` file below it, by name. What is no file, such as a pipe that
 * nobody writes to, is left out.
 *
 * @throws Fault cli/usage when there is no such folder, or nothing in it.
 */
export const readFolder = (folder: string): readonly FolderFile[] => {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new Fault('cli/usage', `there is no folder ${folder}; give the folder that holds the YAML documents`);
  }
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ya?ml|json)$/.test(name) && statSync(join(folder, name)).isFile())
    .toSorted()
    .map((name) => ({ path: relative(process.cwd(), join(folder, name)), text: readFileSync(join(folder, name), 'utf8') }));
  if (files.length === 0) throw new Fault('cli/usage', `the folder ${folder} holds no .yaml or .json document`);
  return files;
};
