import { join } from 'node:path';
import { compileBundle, compileInterlocks, kindOf, readBundle, readDocuments, toTestSite } from '@phloem/protocol/rules';
import { readFolderFiles } from '../../support/folder.js';
import { root } from '../../support/repository.js';
/** The documents of an example, in which a test may change something. */
export const readExample = (name, { timeZone = 'Europe/Berlin', change = (text) => text } = {}) => {
  const bundleFiles = readFolderFiles(join(root, 'examples', name, 'bundle')).map(({ path, text }) => ({ path, text: change(text, path) }));
  return toWorld(bundleFiles, readFolderFiles(join(root, 'examples', name, 'site')), timeZone);
};
/** Compiles a bundle and the interlocks of a site. */
export const toWorld = (bundleFiles, siteFiles, timeZone) => {
  const siteSources = readDocuments(siteFiles);
  const site = toTestSite([...siteSources, ...readDocuments(bundleFiles)], timeZone);
  const guarding = siteSources.filter((source) => ['Signals', 'Interlocks'].includes(kindOf(source)));
  return { site, plan: compileBundle(readBundle(bundleFiles), site), interlocks: compileInterlocks(guarding, site), bundleFiles };
};
//# sourceMappingURL=documents.js.map
