import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatDocument } from '../rules/format-document.ts';
import { readFolder } from '@phloem/backend/documents';
import { printLines } from './print.ts';

/**
 * Formats the YAML files of a folder, or says which ones it would. The exit code is 1 when it only looked and some are
 * not formatted.
 *
 * @throws Fault when a file is no YAML.
 */
export const formatFolder = (folder: string, isCheck: boolean): void => {
  const files = readFolder(folder).filter(({ path }) => !path.endsWith('.json'));
  const others = files
    .map(({ path }) => ({ path, text: readFileSync(resolve(path), 'utf8') }))
    .map(({ path, text }) => ({ path, text, formatted: formatDocument(text, path) }))
    .filter(({ text, formatted }) => text !== formatted);
  for (const { path, formatted } of others) {
    if (!isCheck) writeFileSync(resolve(path), formatted);
    printLines([`${isCheck ? 'not formatted' : 'formatted'}: ${path}`]);
  }
  if (others.length === 0) printLines([`${files.length} files, all formatted`]);
  else if (isCheck) process.exitCode = 1;
};
