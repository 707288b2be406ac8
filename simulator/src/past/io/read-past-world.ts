import { compileBundle, type InterlockPlan, type Plan, readBundle, type SiteModel, toSiteModel } from '@phloem/rules';
import { compileSiteInterlocks, loadSiteFolder, readFolder, type Site } from '@phloem/backend/documents';

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
