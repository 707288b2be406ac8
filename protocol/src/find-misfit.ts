import type { TSchema } from 'typebox';

/** The first place where a value does not fit: a JSON pointer, empty for the value itself, and what is wrong there. */
export type Misfit = { readonly path: string; readonly message: string };

/** Work that was done to find it, for tests: the values and members that were looked at. */
export type MisfitWork = { visits: number };

/** The keywords that our schemas use. */
type Node = {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Node[];
  readonly allOf?: readonly Node[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly patternProperties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Node;
  readonly items?: Node | readonly Node[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
};

const shownCharacters = 40;
const quoted = (text: string): string =>
  JSON.stringify(text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text).replaceAll(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
const below = (path: string, key: string | number): string =>
  `${path}/${String(key).slice(0, shownCharacters).replaceAll('~', '~0').replaceAll('/', '~1')}`;
const article = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);
const toWords = (type: string): string => (type === 'null' ? 'null' : type === 'integer' ? 'a whole number' : article(type));
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isOfType = (type: string, value: unknown): boolean => {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return Number.isFinite(value);
    default:
      return typeof value === type;
  }
};

/** What a node asks of the kind of a value, in words; null where it asks nothing that is worth a word. */
const toKind = ({ type, const: constant, enum: choices }: Node): string | null => {
  if (constant !== undefined) return JSON.stringify(constant);
  if (choices !== undefined) return `one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`;
  return type === undefined ? null : toWords(type);
};

/**
 * Says where a value that does not fit a schema fails to do so first. It stops there: however large the value is, and however
 * much else of it is wrong, the rest is not looked at. Null when it finds nothing wrong.
 */
export const findMisfit = (schema: TSchema, value: unknown, work: MisfitWork = { visits: 0 }): Misfit | null => {
  const found = visit(schema, value, '', work);
  return found === null ? null : { path: found.path, message: found.message };
};

/** `isKind` claims that the value is of another kind than the node asks for. */
type Found = Misfit & { readonly isKind?: true };

const visit = (node: Node, value: unknown, path: string, work: MisfitWork): Found | null => {
  work.visits += 1;
  if (node.anyOf !== undefined) return visitChoices(node.anyOf, value, path, work);
  for (const part of node.allOf ?? []) {
    const misfit = visit(part, value, path, work);
    if (misfit !== null) return misfit;
  }
  const isKind =
    (node.type === undefined || isOfType(node.type, value)) &&
    (node.const === undefined || node.const === value) &&
    (node.enum === undefined || node.enum.includes(value));
  if (!isKind) return { path, message: `must be ${toKind(node)}`, isKind: true };
  if (typeof value === 'string') return visitText(node, value, path);
  if (typeof value === 'number') return visitNumber(node, value, path);
  if (Array.isArray(value)) return visitItems(node, value, path, work);
  return isObject(value) ? visitMembers(node, value, path, work) : null;
};

/** Of several choices none fits: the one that got farthest into the value knows best what is wrong. */
const visitChoices = (choices: readonly Node[], value: unknown, path: string, work: MisfitWork): Found | null => {
  let best: Found | null = null;
  const kinds: string[] = [];
  for (const choice of choices) {
    const misfit = visit(choice, value, path, work);
    if (misfit === null) return null;
    const kind = toKind(choice);
    if (misfit.path === path && kind !== null && misfit.isKind === true) kinds.push(kind);
    if (best === null || misfit.path.length > best.path.length) best = misfit;
  }
  return best !== null && best.path === path && kinds.length === choices.length ? { path, message: `must be ${kinds.join(' or ')}` } : best;
};

const visitText = ({ minLength = 0, maxLength, pattern }: Node, value: string, path: string): Misfit | null => {
  if (maxLength !== undefined && value.length > maxLength && lengthOf(value, maxLength) > maxLength) {
    return { path, message: `must not have more than ${maxLength} characters` };
  }
  if (value.length < minLength) return { path, message: `must have at least ${minLength} characters` };
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) return { path, message: `must match the pattern ${pattern}` };
  return null;
};

/** The characters of a text, as people count them; what is far too long is not counted. */
const lengthOf = (value: string, limit: number): number => (value.length > limit * 16 ? value.length : Array.from(value).length);

const visitNumber = (node: Node, value: number, path: string): Misfit | null => {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = node;
  if (minimum !== undefined && value < minimum) return { path, message: `must be at least ${minimum}` };
  if (maximum !== undefined && value > maximum) return { path, message: `must be at most ${maximum}` };
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return { path, message: `must be greater than ${exclusiveMinimum}` };
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) return { path, message: `must be less than ${exclusiveMaximum}` };
  return null;
};

const isTuple = (items: Node['items']): items is readonly Node[] => Array.isArray(items);

const visitItems = ({ items, minItems = 0, maxItems }: Node, value: readonly unknown[], path: string, work: MisfitWork): Misfit | null => {
  if (value.length < minItems) return { path, message: `must have at least ${minItems} items` };
  if (maxItems !== undefined && value.length > maxItems) return { path, message: `must not have more than ${maxItems} items` };
  if (isTuple(items) && value.length > items.length) return { path, message: `must have ${items.length} items` };
  for (const [index, item] of value.entries()) {
    const node = isTuple(items) ? items[index] : items;
    const misfit = node === undefined ? null : visit(node, item, below(path, index), work);
    if (misfit !== null) return misfit;
  }
  return null;
};

const visitMembers = (node: Node, value: Readonly<Record<string, unknown>>, path: string, work: MisfitWork): Misfit | null => {
  const { properties = {}, patternProperties = {}, required = [], additionalProperties } = node;
  const missing = required.find((key) => !Object.hasOwn(value, key));
  if (missing !== undefined) return { path, message: `must have the member ${quoted(missing)}` };
  const patterns = Object.entries(patternProperties).map(([pattern, each]) => [new RegExp(pattern, 'u'), each] as const);
  for (const key of Object.keys(value)) {
    work.visits += 1;
    const known = Object.hasOwn(properties, key) ? properties[key] : patterns.find(([pattern]) => pattern.test(key))?.[1];
    if (known === undefined && additionalProperties === false) return { path, message: `has the unknown member ${quoted(key)}` };
    const each = known ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
    const misfit = each === undefined ? null : visit(each, value[key], below(path, key), work);
    if (misfit !== null) return misfit;
  }
  return null;
};
