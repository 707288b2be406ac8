import { compileBundle, type InterlockPlan, type Plan, readBundle, type SiteModel, toSiteModel } from '@phloem/protocol/rules';
import { loadSiteFolder } from '../../../cli/io/load-site-folder.ts';
import { readFolder } from '../../../cli/io/read-folder.ts';
import { compileSiteInterlocks } from '../../../interlocks/compile-site-interlocks.ts';
import type { Site } from '../../../site/site.ts';

/** Documents made ready to live a past by. */
export type PastWorld = {
  readonly site: Site;
  readonly model: SiteModel;
  readonly plan: Plan;
  readonly interlocks: InterlockPlan;
};

/**
 * Reads a site, as a demonstration, and the rules for it.
 *
 * @throws Fault with every problem in the documents.
 */
export const readPastWorld = (folders: { readonly site: string; readonly bundle: string }): PastWorld => {
  const site = { ...loadSiteFolder(folders.site, {}).site, isDemonstration: true };
  const model = toSiteModel(site);
  return { site, model, plan: compileBundle(readBundle(readFolder(folders.bundle)), model), interlocks: compileSiteInterlocks(site) };
};
