import { compileInterlocks, toSiteModel, toSourceDocument, type InterlockPlan } from '@phloem/rules';
import type { Site } from '../site/site.ts';

/**
 * The interlocks of a site.
 *
 * @throws DocumentFault when they cannot be enforced: a site that was checked has no such.
 */
export const compileSiteInterlocks = (site: Site): InterlockPlan =>
  compileInterlocks(
    (site.interlocks ?? []).map((document, index) => toSourceDocument(document, `interlocks ${index + 1}`)),
    toSiteModel(site),
  );
