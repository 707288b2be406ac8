import { dirname, join } from 'node:path';
import { loadSite, readProfiles } from '@phloem/backend';
import { compileAlarms, compileBundle, findBridgeProblems, kindOf, readBundle, readDocuments, toTestSite } from '@phloem/rules';
import { describe, expect, it } from 'vitest';
import { readFolderFiles } from '../support/folder.ts';
import { projectFiles, readText, root } from '../support/repository.ts';

const files = projectFiles().filter((path) => /^(examples|bridges\/[\w-]+\/examples)\/.*\.(ya?ml|json)$/.test(path));
/** Each is a part of what its whole folder says; the folders of a site and of its bundle belong together. */
const folders = [...new Set(files.filter((path) => !path.endsWith('.json')).map(dirname))].toSorted();
/** A recipe of the handbook has its test beside it, and `tests/rules/examples.test.ts` runs it. */
const isRecipe = (folder: string): boolean => files.includes(`${folder}/test.yaml`);
const examples = [...new Set(folders.filter((folder) => !isRecipe(folder)).map((folder) => folder.replace(/\/(site|bundle)$/, '')))];

/** Reads an example as the product does; throws with every problem. */
const check = (example: string): number => {
  const own = folders.filter((folder) => [example, `${example}/site`, `${example}/bundle`].includes(folder));
  const read = own.flatMap((folder) => readFolderFiles(join(root, folder)));
  const sources = readDocuments(read);
  const [problem] = sources.filter((source) => kindOf(source) === 'Bridge').flatMap(findBridgeProblems);
  if (problem !== undefined) throw new Error(`${problem.path}: ${problem.expected}`);
  const isSite = (folder: string): boolean =>
    readDocuments(readFolderFiles(join(root, folder))).some((source) => kindOf(source) === 'Site');
  for (const folder of own.filter(isSite)) loadSite(readFolderFiles(join(root, folder)), readProfiles());
  for (const folder of own.filter((one) => !isSite(one))) {
    const bundle = readBundle(readFolderFiles(join(root, folder)));
    compileBundle(bundle, toTestSite(sources, 'Europe/Berlin'));
    compileAlarms(bundle, toTestSite(sources, 'Europe/Berlin'));
  }
  return sources.length;
};

describe('the files of the examples', () => {
  it('are found', () => {
    expect(files.length).toBeGreaterThanOrEqual(40);
    expect(examples.length).toBeGreaterThanOrEqual(4);
  });

  it.each(examples)('%s is accepted by its checker', (example) => {
    expect(check(example)).toBeGreaterThan(0);
  });

  it.each(files.filter((path) => path.endsWith('.json')))('%s is JSON', (path) => {
    expect(() => JSON.parse(readText(path)) as unknown).not.toThrow();
  });
});
