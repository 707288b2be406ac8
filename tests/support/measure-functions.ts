import { parseAst } from 'rolldown/parseAst';

/** A function of a file, with the number of lines that it takes. */
export type MeasuredFunction = { readonly name: string; readonly line: number; readonly lines: number };

type Node = { readonly type: string; readonly start: number; readonly end: number };
const isNode = (value: unknown): value is Node & Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

const nameOf = (value: unknown): string | undefined => (isNode(value) && typeof value['name'] === 'string' ? value['name'] : undefined);

/** Claims that a call is `describe(…)`, `describe.each(…)(…)` and the like. */
const isGroupCall = (node: unknown): boolean => {
  if (!isNode(node)) return false;
  if (node.type === 'Identifier') return node['name'] === 'describe';
  return isGroupCall(node['callee'] ?? node['object']);
};

/**
 * Measures the functions of a source text. A group of tests (`describe`) is a list and no function: it is not measured, and its
 * lines do not count for the function around it.
 */
export const measureFunctions = (text: string, lang: 'ts' | 'js' = 'ts'): readonly MeasuredFunction[] => {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const lineOf = (offset: number): number => starts.findLastIndex((start) => start <= offset) + 1;
  const linesOf = ({ start, end }: Node): number => lineOf(end) - lineOf(start) + 1;
  const found: MeasuredFunction[] = [];

  /** Returns how many lines of groups are inside. */
  const visit = (value: unknown, name: string, inGroupCall: boolean): number => {
    if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + visit(one, name, inGroupCall), 0);
    if (!isNode(value)) return 0;
    const own = nameOf(value['id']) ?? nameOf(value['key']) ?? name;
    const isCall = value.type === 'CallExpression' && isGroupCall(value);
    const inside = Object.entries(value).reduce((sum, [key, child]) => sum + visit(child, own, isCall && key === 'arguments'), 0);
    if (!/^(?:ArrowFunction|Function)(?:Expression|Declaration)$/.test(value.type)) return inside;
    if (inGroupCall) return linesOf(value);
    found.push({ name: own, line: lineOf(value.start), lines: linesOf(value) - inside });
    return inside;
  };
  visit(parseAst(text, { lang }), '', false);
  return found;
};
