import { parse } from 'svelte/compiler';

/** A text in a source file that people may read: a string, a template with `…` for its values, or text of a component. */
export type SourceString = { readonly line: number; readonly text: string };

type Node = { readonly type?: string; readonly [member: string]: unknown };

/** What holds no text for people: names of modules, types, styles, and what the parser keeps beside the tree. */
const skippedTypes: ReadonlySet<string> = new Set(['ImportDeclaration', 'ExportAllDeclaration', 'TSLiteralType', 'StyleSheet']);
const skippedMembers: ReadonlySet<string> = new Set(['loc', 'parent', 'comments', 'leadingComments', 'trailingComments']);
const skippedAttribute = /^(?:class|style|d|href|src|id|name|type|data-|on)/;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

const textOf = (node: Node): string | null => {
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? node['value'] : null;
  if (node.type === 'Text') return String(node['data']);
  if (node.type !== 'TemplateLiteral') return null;
  const quasis = node['quasis'] as readonly { readonly value: { readonly cooked: string } }[];
  return quasis.map(({ value }) => value.cooked).join('…');
};

const isSkipped = (node: Node): boolean =>
  skippedTypes.has(node.type ?? '') || (node.type === 'Attribute' && skippedAttribute.test(String(node['name'])));

const opening = '<script lang="ts">';

/** Every text of a TypeScript or Svelte source that has more than one word, with its line. Single words are codes and names. */
export const readStrings = (path: string, source: string): readonly SourceString[] => {
  // The parser knows neither `#!` nor `await using`.
  const known = source.replace(/^#!.*/, '').replaceAll('await using ', 'const ');
  const code = path.endsWith('.ts') ? `${opening}${known}</script>` : known;
  const found: SourceString[] = [];
  const seen = new Set<Node>();
  const visit = (value: unknown): void => {
    if (!isNode(value) || seen.has(value)) return;
    seen.add(value);
    if (isSkipped(value)) return;
    const text = textOf(value);
    if (text !== null && /\S\s+\S/.test(text)) found.push({ line: code.slice(0, Number(value['start'])).split('\n').length, text });
    for (const [member, child] of Object.entries(value)) if (!skippedMembers.has(member)) visit(child);
  };
  visit(parse(code, { modern: true }));
  return found;
};
