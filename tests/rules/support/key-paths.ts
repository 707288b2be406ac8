import { findProblems } from '@phloem/rules';

/** A schema of a kind of document. */
export type Schema = Parameters<typeof findProblems>[0];

/** The keywords of JSON Schema by which the keys of a document are found. */
export type SchemaNode = Schema & {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode | readonly SchemaNode[];
};

/** A step into a document: a key of a map, or a place in a list. */
export type Step = string | number;

/** A key as a schema knows it: `spec.devices.*.write.register.bit`; `*` is any key of a record, `[]` any place of a list. */
export type Key = {
  readonly path: string;
  readonly node: SchemaNode;
  readonly isOptional: boolean;
};

/** A key in one document. */
export type Found = Key & { readonly at: readonly Step[]; readonly value: unknown };

const nowhere = { file: '', line: 0, column: 0, path: '', expected: '', found: '', hint: '', excerpt: '' };

/** Whether a value is what a schema says. */
export const fits = (schema: Schema, value: unknown): boolean =>
  findProblems(schema, { file: '', value, problem: () => nowhere }).length === 0;

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The kind of a document; a profile has none of its own. */
export const kindOf = (value: unknown): string => (isMap(value) ? ('profile' in value ? 'Profile' : String(value['kind'])) : '');

const isOneOf = (node: SchemaNode): node is SchemaNode & { readonly anyOf: readonly SchemaNode[] } => node.anyOf !== undefined;

/** What a branch of a union is, where the branches of one key differ in kind: `|text`, `|map`. */
const formOf = (node: SchemaNode): string => {
  if (node.properties !== undefined || node.patternProperties !== undefined) return 'map';
  if (node.items !== undefined) return 'list';
  const sample = node.const ?? node.enum?.[0];
  return sample === undefined ? (node.type ?? 'any').replace('integer', 'number') : typeof sample;
};

/** The forms that a key may have; one without a name where there is no choice. */
const toForms = (node: SchemaNode): readonly { readonly suffix: string; readonly node: SchemaNode }[] => {
  if (!isOneOf(node)) return [{ suffix: '', node }];
  const branches = node.anyOf.flatMap((branch) => toForms(branch).map((form) => form.node));
  const isChoice = new Set(branches.map(formOf)).size > 1;
  return branches.map((branch) => ({ suffix: isChoice ? `|${formOf(branch)}` : '', node: branch }));
};

type Part = { readonly step: string; readonly node: SchemaNode; readonly isOptional: boolean };

const toParts = (node: SchemaNode): readonly Part[] => {
  const { properties = {}, patternProperties = {}, required = [], items } = node;
  const listed = items === undefined ? [] : isList(items) ? items : [items];
  return [
    ...Object.entries(properties).map(([key, part]) => ({ step: `.${key}`, node: part, isOptional: !required.includes(key) })),
    ...Object.values(patternProperties).map((part) => ({ step: '.*', node: part, isOptional: false })),
    ...listed.map((part) => ({ step: '[]', node: part, isOptional: false })),
  ];
};

/** Every key that a schema knows, in the order of the schema, each form of it once. */
export const listKeys = (schema: Schema): readonly Key[] => {
  const keys = new Map<string, Key>();
  const walk = (node: SchemaNode, path: string): void => {
    for (const { step, node: part, isOptional } of toParts(node)) {
      for (const form of toForms(part)) {
        const own = `${path}${step}${form.suffix}`.replace(/^\./, '');
        if (!keys.has(own)) keys.set(own, { path: own, node: form.node, isOptional });
        walk(form.node, own);
      }
    }
  };
  for (const form of toForms(schema)) walk(form.node, form.suffix);
  return [...keys.values()];
};

/** Every key that a document has, by its schema. */
export const findKeys = (schema: Schema, document: unknown): readonly Found[] => {
  const found: Found[] = [];
  const walk = (node: SchemaNode, value: unknown, path: string, at: readonly Step[]): void => {
    for (const { step, node: part, isOptional } of toParts(node)) {
      for (const [key, own] of childrenOf(value, step, node)) {
        for (const form of toForms(part)) {
          if (!fits(form.node, own)) continue;
          const name = `${path}${step}${form.suffix}`.replace(/^\./, '');
          found.push({ path: name, node: form.node, isOptional, at: [...at, key], value: own });
          walk(form.node, own, name, [...at, key]);
          break;
        }
      }
    }
  };
  for (const form of toForms(schema)) if (fits(form.node, document)) walk(form.node, document, form.suffix, []);
  return found;
};

const childrenOf = (value: unknown, step: string, node: SchemaNode): readonly (readonly [Step, unknown])[] => {
  if (step === '[]') return isList(value) ? [...value.entries()] : [];
  if (!isMap(value)) return [];
  if (step !== '.*') return Object.hasOwn(value, step.slice(1)) ? [[step.slice(1), value[step.slice(1)]]] : [];
  return Object.entries(value).filter(([key]) => !Object.hasOwn(node.properties ?? {}, key));
};

/** The document with another value at a place; without it where the value is undefined. */
export const replaceAt = (document: unknown, at: readonly Step[], value: unknown): unknown => {
  const [step, ...rest] = at;
  if (step === undefined) return value;
  if (isList(document)) {
    const changed = replaceAt(document[Number(step)], rest, value);
    return document.flatMap((item, i) => (i !== step ? [item] : changed === undefined ? [] : [changed]));
  }
  const map = isMap(document) ? document : {};
  const changed = replaceAt(map[step], rest, value);
  const entries = Object.entries(map).filter(([key]) => key !== step || changed !== undefined);
  return Object.fromEntries(
    Object.hasOwn(map, step)
      ? entries.map(([key, own]) => [key, key === step ? changed : own])
      : changed === undefined
        ? entries
        : [...entries, [step, changed]],
  );
};
