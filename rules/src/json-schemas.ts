import type { TSchema } from 'typebox';
import { DevicesDocument } from './documents/devices.ts';
import { InterlocksDocument } from './documents/interlocks.ts';
import { bundleKinds } from './documents/kinds.ts';
import { SiteDocument } from './documents/site.ts';

/** The kinds of documents, with the schema of each. */
export const documentKinds = {
  ...bundleKinds,
  Site: SiteDocument,
  Devices: DevicesDocument,
  Interlocks: InterlocksDocument,
} as const satisfies Record<string, TSchema>;

/**
 * One JSON Schema (2020-12) for every kind of document, which an editor uses to complete and check as one types: which
 * kind it is, the document says itself. Put it beside the documents and name it in the first line of a file:
 * `# yaml-language-server: $schema=../phloem.schema.json`.
 */
export const createJsonSchema = (): Readonly<Record<string, unknown>> => {
  const definitions = Object.fromEntries(Object.entries(documentKinds).map(([kind, schema]) => [kind, toPlainSchema(schema)]));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Phloem documents',
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    properties: { kind: { enum: Object.keys(documentKinds) } },
    allOf: Object.keys(documentKinds).map((kind) => ({
      if: { properties: { kind: { const: kind } }, required: ['kind'] },
      // eslint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      then: { $ref: `#/$defs/${kind}` },
    })),
    $defs: definitions,
  };
};

/** What our schemas say beyond JSON Schema becomes what editors show. */
const toPlainSchema = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(toPlainSchema);
  if (typeof schema !== 'object' || schema === null) return schema;
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'expected' || key === 'expectedKey' || key === 'hints' || key === 'keyHints') continue;
    // In 2020-12 the items of a tuple are its prefix.
    if (key === 'items' && Array.isArray(value)) out['prefixItems'] = value.map(toPlainSchema);
    else if (key === 'additionalItems') out['items'] = value;
    else out[key] = toPlainSchema(value);
  }
  const expected = (schema as { expected?: unknown }).expected;
  if (typeof expected === 'string' && out['description'] === undefined)
    out['description'] = `${expected[0]?.toUpperCase()}${expected.slice(1)}.`;
  return out;
};
