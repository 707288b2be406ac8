import { Type, type Static, type TSchema } from 'typebox';
import { Check } from 'typebox/value';
import { didYouMean, DocumentFault, hintForName, type Problem } from './problem.ts';
import { describeValue, type Complaint, type Path, type SourceDocument } from './source.ts';

/** The version of the form of documents, as each says it. */
export const apiVersion = 'phloem/v1';

/** What each document says of itself. `id` is how other documents name it. */
export const Metadata = Type.Object(
  {
    id: Type.String({
      pattern: '^[a-z][a-z0-9_-]*([/.][a-z0-9_-]+)*$',
      maxLength: 120,
      expected: 'a name in lower case, such as flower_room/climate',
      description: 'How other documents name this one.',
    }),
    title: Type.Optional(Type.String({ maxLength: 120, description: 'What people see.' })),
    owner: Type.Optional(Type.String({ maxLength: 80, description: 'Who is asked about it.' })),
    tags: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { maxItems: 20 })),
  },
  { additionalProperties: false },
);
export type Metadata = Static<typeof Metadata>;

/** The schema of a whole document of one kind: the envelope, and what its `spec` must be. */
export const documentSchema = <const K extends string, S extends TSchema>(kind: K, spec: S) =>
  Type.Object(
    { apiVersion: Type.Literal(apiVersion), kind: Type.Literal(kind), metadata: Metadata, spec },
    { additionalProperties: false, title: kind },
  );

/** What the document says its kind is; empty when it does not say. */
export const kindOf = (source: SourceDocument): string => {
  const kind = (source.value as { kind?: unknown } | null)?.kind;
  return typeof kind === 'string' ? kind : '';
};

/**
 * Lets a document's value in if it fits the schema. A schema says what it expects in people's words by an `expected`
 * beside its own keywords (`Type.String({ pattern: …, expected: 'a duration, such as 90s' })`).
 *
 * @throws DocumentFault `document/invalid` with every problem.
 */
export const checkDocument = <S extends TSchema>(schema: S, source: SourceDocument): Static<S> => {
  const problems = findProblems(schema, source);
  if (problems.length > 0) throw new DocumentFault('document/invalid', problems);
  return source.value as Static<S>;
};

/** Everything in the document that does not fit the schema; nothing when it fits. */
export const findProblems = (schema: TSchema, source: SourceDocument): readonly Problem[] => {
  if (Check(schema, source.value)) return [];
  const problems: Problem[] = [];
  const complain: Complain = (path, complaint) => void problems.push(source.problem(path, complaint));
  explain(schema, source.value, [], complain);
  // What the explanation does not know how to say is said all the same.
  if (problems.length === 0) complain([], { expected: 'a document of its kind', found: 'something else' });
  return problems;
};

type Complain = (path: Path, complaint: Complaint) => void;

/** The keywords of JSON Schema that the document schemas use. */
type Node = TSchema & {
  readonly expected?: string;
  readonly expectedKey?: string;
  /** Patterns of what people write instead, each with what to do about it. */
  readonly hints?: readonly (readonly [string, string])[];
  /** What to write in the place of keys that people try because other software has them. */
  readonly keyHints?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Node[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly patternProperties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly items?: Node | readonly Node[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly minimum?: number;
  readonly maximum?: number;
};

const explain = (schema: TSchema, value: unknown, path: Path, complain: Complain): void => {
  const node = schema as Node;
  if (Check(node, value)) return;
  if (node.anyOf !== undefined) return explainUnion(node, node.anyOf, value, path, complain);
  if (isMap(value) && (node.properties !== undefined || node.patternProperties !== undefined)) {
    return explainMap(node, value, path, complain);
  }
  if (Array.isArray(value) && node.items !== undefined) return explainList(node, value, path, complain);
  complain(path, { expected: describeSchema(node), found: describeValue(value), hint: hintForValue(node, node.enum ?? [], value) });
};

/** The nearest of the known names, else what the schema advises those who write such a value. */
const hintForValue = ({ hints }: Node, known: readonly unknown[], value: unknown): string => {
  if (typeof value !== 'string') return '';
  const near = didYouMean(
    value,
    known.filter((name) => typeof name === 'string'),
  );
  if (near !== undefined) return `did you mean ${near}?`;
  return hints?.find(([pattern]) => new RegExp(pattern, 'u').test(value))?.[1] ?? '';
};

const explainMap = (node: Node, value: Readonly<Record<string, unknown>>, path: Path, complain: Complain): void => {
  const properties = node.properties ?? {};
  const patterns = Object.entries(node.patternProperties ?? {}).map(([pattern, schema]) => ({ pattern: new RegExp(pattern, 'u'), schema }));
  for (const key of node.required ?? []) {
    if (Object.hasOwn(value, key)) continue;
    const part = properties[key];
    complain(path, { expected: `${key}${part === undefined ? '' : ` (${describeSchema(part)})`}`, found: 'nothing' });
  }
  for (const [key, part] of Object.entries(value)) {
    const schema = Object.hasOwn(properties, key) ? properties[key] : patterns.find(({ pattern }) => pattern.test(key))?.schema;
    if (schema !== undefined) explain(schema, part, [...path, key], complain);
    else if (patterns.length > 0) complain([...path, key], { expected: describeKey(node), found: JSON.stringify(key), atKey: true });
    else {
      const free = Object.keys(properties).filter((name) => !Object.hasOwn(value, name));
      complain([...path, key], { expected: 'a known key', found: key, hint: node.keyHints?.[key] ?? hintForName(key, free), atKey: true });
    }
  }
  const size = Object.keys(value).length;
  if (size < (node.minProperties ?? 0)) complain(path, { expected: `at least ${node.minProperties}`, found: `${size}` });
  if (size > (node.maxProperties ?? size)) complain(path, { expected: `at most ${node.maxProperties}`, found: `${size}` });
};

const explainList = (node: Node, value: readonly unknown[], path: Path, complain: Complain): void => {
  const { items } = node;
  const min = node.minItems ?? 0;
  const max = isTuple(items) ? items.length : (node.maxItems ?? value.length);
  if (value.length < min || value.length > max) {
    complain(path, {
      expected: min === max ? `${min} items` : value.length < min ? `at least ${min} items` : `at most ${max} items`,
      found: `${value.length}`,
    });
  }
  for (const [i, item] of value.entries()) {
    const schema = isTuple(items) ? items[i] : items;
    if (schema !== undefined) explain(schema, item, [...path, i], complain);
  }
};

/** Explains the branch that was probably meant; where there is none, says what there is to choose from. */
const explainUnion = (node: Node, branches: readonly Node[], value: unknown, path: Path, complain: Complain): void => {
  if (node.expected === undefined || isMap(value)) {
    let best: Node | undefined;
    let bestScore = 0;
    for (const branch of branches) {
      const score = scoreBranch(branch, value);
      if (score > bestScore) [best, bestScore] = [branch, score];
    }
    if (best !== undefined) return explain(best, value, path, complain);
    const unknown = findUnknownName(branches, value);
    if (unknown !== undefined) {
      const { key, names, name } = unknown;
      const expected = oneOf(names.map(String));
      return complain([...path, key], { expected, found: describeValue(name), hint: hintForValue(node, names, name) });
    }
  }
  complain(path, { expected: describeSchema(node), found: describeValue(value) });
};

/** The key by which the branches differ, where a value has it but names none of them. */
const findUnknownName = (branches: readonly Node[], value: unknown) => {
  if (!isMap(value)) return undefined;
  for (const [key, name] of Object.entries(value)) {
    const names = branches.map((branch) => branch.properties?.[key]?.const);
    if (names.every((known) => known !== undefined)) return { key, names, name };
  }
  return undefined;
};

/** How much a value looks like what a branch wants: a matching discriminator above all, then the keys in common. */
const scoreBranch = (branch: Node, value: unknown): number => {
  if (isMap(value) && branch.properties !== undefined) {
    let score = 0;
    for (const [key, part] of Object.entries(branch.properties)) {
      if (!Object.hasOwn(value, key)) continue;
      score += part.const === undefined ? 1 : part.const === value[key] ? 100 : -100;
    }
    return Object.keys(value).length === 0 ? 1 : score;
  }
  if (isMap(value)) return branch.patternProperties === undefined ? 0 : 0.5;
  if (Array.isArray(value)) return branch.items === undefined ? 0 : 1;
  return 0;
};

/** What a schema wants, in people's words. */
const describeSchema = (node: Node): string => {
  if (node.expected !== undefined) return node.expected;
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined) return oneOf(node.enum.map((name) => (typeof name === 'string' ? name : JSON.stringify(name))));
  if (node.anyOf !== undefined) return oneOf([...new Set(node.anyOf.map(describeSchema))]);
  switch (node.type) {
    case 'object':
      return node.properties === undefined ? 'a map' : `a map with ${Object.keys(node.properties).slice(0, 6).join(', ')}`;
    case 'array':
      return 'a list';
    case 'string':
      return 'a text';
    case 'boolean':
      return 'true or false';
    case 'integer':
    case 'number': {
      const what = node.type === 'integer' ? 'a whole number' : 'a number';
      if (node.minimum !== undefined && node.maximum !== undefined) return `${what} from ${node.minimum} to ${node.maximum}`;
      if (node.minimum !== undefined) return `${what} of at least ${node.minimum}`;
      return node.maximum === undefined ? what : `${what} of at most ${node.maximum}`;
    }
    default:
      return 'something else';
  }
};

const describeKey = (node: Node): string => node.expectedKey ?? 'a name in lower case, with digits and _, as key';

const oneOf = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTuple = (items: Node | readonly Node[] | undefined): items is readonly Node[] => Array.isArray(items);
