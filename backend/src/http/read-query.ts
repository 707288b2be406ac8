import { createParse, Fault } from '@phloem/protocol';
import type { TSchema } from 'typebox';

/** What is read of the schema of a query. */
type QuerySchema = { readonly properties?: Readonly<Record<string, { readonly type?: string; readonly default?: unknown }>> };

const decimal = /^-?(0|[1-9]\d{0,15})(\.\d{1,15})?$/;

/** A query holds texts: a number is one only in its plain decimal spelling. `0x10`, `1e3` and ` 7` are none. */
const toValue = (type: string | undefined, text: string): unknown => {
  if (type === 'integer' || type === 'number') return decimal.test(text) ? Number(text) : text;
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return text;
};

/**
 * Makes what reads the query of a route: numbers and booleans by their one spelling, each member once, and none that the
 * route does not know.
 *
 * @throws Fault protocol/invalid, with the place.
 */
export const createReadQuery = (schema: TSchema): ((query: unknown) => unknown) => {
  const { properties = {} } = schema as QuerySchema;
  const parse = createParse({ type: 'object', ...schema, additionalProperties: false }, 'query');
  return (query) => {
    const read: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const [key, text] of Object.entries(query ?? {})) {
      if (typeof text !== 'string') throw new Fault('protocol/invalid', `query at /${key.slice(0, 40)}: must be given once`);
      read[key] = Object.hasOwn(properties, key) ? toValue(properties[key]?.type, text) : text;
    }
    for (const [key, { default: usual }] of Object.entries(properties)) {
      if (usual !== undefined && !Object.hasOwn(read, key)) read[key] = usual;
    }
    return parse(read);
  };
};
