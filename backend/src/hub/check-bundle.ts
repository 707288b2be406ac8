import { canonicalJson, createParse, hashDocument } from '@phloem/protocol';
import { compileBundle, toSiteModel, type BundleContent } from '@phloem/protocol/rules';
import { Type } from 'typebox';
import type { CheckedBundle } from '../documents/bundle-shelf.ts';
import type { Site } from '../site/site.ts';

const parseContent = createParse(
  Type.Object(
    {
      apiVersion: Type.Literal('phloem/v1'),
      kind: Type.Literal('Bundle'),
      documents: Type.Array(Type.Unknown(), { minItems: 1, maxItems: 500 }),
    },
    { additionalProperties: false },
  ),
  'bundle',
  'document/invalid',
);

/**
 * Compiles a bundle against the active site.
 *
 * @throws Fault document/invalid, rules/invalid with every problem.
 */
export const checkBundle = (content: unknown, site: Site): CheckedBundle => {
  const bundle: BundleContent = parseContent(content);
  const plan = compileBundle(bundle, toSiteModel(site));
  const text = canonicalJson(bundle);
  return { hash: hashDocument(text), text, scope: plan.scope };
};
