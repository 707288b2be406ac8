import { join } from 'node:path';
import {
  compileBundle,
  compileInterlocks,
  kindOf,
  readBundle,
  readDocuments,
  toTestSite,
  type InterlockPlan,
  type Plan,
  type SiteModel,
} from '@phloem/rules';
import { readFolderFiles } from '../../support/folder.ts';
import { root } from '../../support/repository.ts';

/** Documents made ready to run. */
export type World = { readonly site: SiteModel; readonly plan: Plan; readonly interlocks: InterlockPlan; readonly bundleFiles: Files };
type Files = readonly { readonly path: string; readonly text: string }[];

/** The documents of an example, in which a test may change something. */
export const readExample = (
  name: string,
  { timeZone = 'Europe/Berlin', change = (text) => text }: { timeZone?: string; change?: (text: string, path: string) => string } = {},
): World => {
  const bundleFiles = readFolderFiles(join(root, 'examples', name, 'bundle')).map(({ path, text }) => ({ path, text: change(text, path) }));
  return toWorld(bundleFiles, readFolderFiles(join(root, 'examples', name, 'site')), timeZone);
};

/** Compiles a bundle and the interlocks of a site. */
export const toWorld = (bundleFiles: Files, siteFiles: Files, timeZone: string): World => {
  const siteSources = readDocuments(siteFiles);
  const site = toTestSite([...siteSources, ...readDocuments(bundleFiles)], timeZone);
  const guarding = siteSources.filter((source) => ['Signals', 'Interlocks'].includes(kindOf(source)));
  return { site, plan: compileBundle(readBundle(bundleFiles), site), interlocks: compileInterlocks(guarding, site), bundleFiles };
};
