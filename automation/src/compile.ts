import { Fault } from '@phloem/protocol';
import { compileBundle, toSiteModel, type BundleContent, type SiteParts } from '@phloem/rules';
import type { Compile } from './plan.ts';

const isOfKind = (content: unknown, kind: string): boolean =>
  typeof content === 'object' && content !== null && 'kind' in content && content.kind === kind;

/**
 * Makes the plan of a bundle for a site, both as the hub holds them: content that has its hash is what was checked
 * when it was pushed, so only its kind is looked at here.
 */
export const compile: Compile = (bundle, site) => {
  if (!isOfKind(bundle, 'Bundle')) throw new Fault('document/invalid', 'the document of the bundle entry is not a bundle');
  if (!isOfKind(site, 'SiteContent')) throw new Fault('document/invalid', 'the document of the site entry is not a site');
  return compileBundle(bundle as BundleContent, toSiteModel(site as SiteParts));
};
