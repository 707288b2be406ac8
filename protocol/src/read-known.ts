import type { TSchema } from 'typebox';
import { findMisfit } from './find-misfit.ts';
import { toUnknownValue, type SchemaNode } from './open-schema.ts';

/** What is left of a value that holds nothing that this version can read. */
export const notKnown: unique symbol = Symbol('not known');

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);
const fits = (schema: SchemaNode, value: unknown): boolean => findMisfit(schema, value) === null;
/** A text where a schema lists texts is a name of a later version; anything else in its place is a mistake. */
const isLaterName = (value: unknown, known: readonly unknown[]): boolean =>
  typeof value === 'string' && known.every((each) => typeof each === 'string') && !known.includes(value);

/**
 * Pure: what a reader makes of a value that may hold names of a later version, as `readUnknownAs` says. Where that says nothing,
 * the smallest optional member or list item around such a name is left out, or a member that may be null becomes null; `notKnown` where
 * there is none. What does not fit
 * for another reason stays as it is. The value is not changed.
 */
export const readKnown = (schema: TSchema, value: unknown): unknown => read(schema, value);

const read = (schema: SchemaNode, value: unknown): unknown => {
  if (schema.anyOf !== undefined) return readChoice(schema.anyOf, value);
  const known = schema.enum ?? ('const' in schema ? [schema.const] : undefined);
  if (known !== undefined) return isLaterName(value, known) ? (toUnknownValue(schema)?.as ?? notKnown) : value;
  if (Array.isArray(value)) return readItems(schema, value);
  return isObject(value) ? readMembers(schema, value) : value;
};

/** The first choice that fits as it is; else the first that fits by what is made of unknown names; else null, where that is one. */
const readChoice = (choices: readonly SchemaNode[], value: unknown): unknown => {
  if (choices.some((choice) => fits(choice, value))) return value;
  let isLater = false;
  for (const choice of choices) {
    const found = read(choice, value);
    if (found === notKnown) isLater = true;
    else if (found !== value && fits(choice, found)) return found;
  }
  if (!isLater) return value;
  return choices.some(({ type }) => type === 'null') ? null : notKnown;
};

const readItems = ({ items }: SchemaNode, value: readonly unknown[]): unknown => {
  if (items === undefined) return value;
  if (isTuple(items)) {
    const found = value.map((item, index) => read(items[index] ?? {}, item));
    return found.includes(notKnown) ? notKnown : found;
  }
  return value.map((item) => read(items, item)).filter((item) => item !== notKnown);
};

const isTuple = (items: SchemaNode | readonly SchemaNode[]): items is readonly SchemaNode[] => Array.isArray(items);

const readMembers = ({ properties = {}, patternProperties = {}, required = [] }: SchemaNode, value: Members): unknown => {
  const patterns = Object.entries(patternProperties).map(([pattern, schema]) => [new RegExp(pattern, 'u'), schema] as const);
  const found = new Map<string, unknown>();
  const nulls: string[] = [];
  for (const [name, member] of Object.entries(value)) {
    const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const schema = own ?? patterns.find(([pattern]) => pattern.test(name))?.[1];
    const known = schema === undefined ? member : read(schema, member);
    if (known !== notKnown) found.set(name, known);
    else if (required.includes(name)) return notKnown;
    if (schema !== undefined && known !== member) nulls.push(...(toUnknownValue(schema)?.nulls ?? []));
  }
  for (const name of nulls) found.set(name, null);
  // By entries, so that a member named `__proto__` stays a member.
  return Object.fromEntries(found);
};
