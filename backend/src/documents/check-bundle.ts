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
  checkSizes(bundle);
  const plan = compileBundle(bundle, toSiteModel(site));
  if (plan.scope === '') {
    const hint = 'add a rule, a loop or an alarm';
    throw new Fault('document/invalid', `bundle: it commands no device and raises no alarm, so that it would have no effect; ${hint}`);
  }
  return { hash: hashDocument(text), text, scope: plan.scope, setpoints: plan.setpoints };
};

/** The hub reads and compiles one document at a time: none may take long. Tests are not compiled. */
const largestDocument = 64 * 1024;

const checkSizes = ({ documents }: BundleContent): void => {
  for (const [index, document] of documents.entries()) {
    const { kind, metadata } = (document ?? {}) as { readonly kind?: unknown; readonly metadata?: { readonly id?: unknown } };
    const { length } = JSON.stringify(document);
    if (length <= largestDocument || kind === 'RuleTest') continue;
    const name = typeof metadata?.id === 'string' ? metadata.id.slice(0, 120) : `document ${index + 1}`;
    const size = `${Math.ceil(length / 1024)} KiB of JSON`;
    throw new Fault('document/invalid', `bundle: ${name} has ${size}, and may have ${largestDocument / 1024}: divide it into several`);
  }
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
