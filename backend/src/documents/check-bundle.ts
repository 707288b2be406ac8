import { canonicalJson, createParse, Fault, hashDocument } from '@phloem/protocol';
import { compileBundle, toSiteModel, type BundleContent } from '@phloem/rules';
import { Type } from 'typebox';
import type { CheckedBundle } from './bundle-registry.ts';
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
  const text = toText(bundle);
  const plan = compileBundle(bundle, toSiteModel(site));
  return { hash: hashDocument(text), text, scope: plan.scope, setpoints: plan.setpoints };
};

/** JSON can say what has no canonical text: too many levels, half a character. Its sender gets an error. */
const toText = (bundle: BundleContent): string => {
  try {
    return canonicalJson(bundle);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new Fault('document/invalid', `bundle: ${cause.message}`, { cause });
  }
};
