import { parseAst } from 'rolldown/parseAst';
import { scriptsOf } from './scripts-of.ts';

/** A member of a union that is chosen by `type: '…'`. */
export type TypeDiscriminant = { readonly line: number; readonly value: string };

type Node = { readonly type?: string; readonly [member: string]: unknown };

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

/** The text that a type allows alone; null where it allows more than texts. */
const literalsOf = (node: unknown): readonly string[] | null => {
  if (!isNode(node)) return null;
  if (node.type === 'TSLiteralType') {
    const { value } = node['literal'] as { readonly value?: unknown };
    return typeof value === 'string' ? [value] : null;
  }
  if (node.type !== 'TSUnionType') return null;
  const all = (node['types'] as readonly unknown[]).map(literalsOf);
  return all.every((one) => one !== null) ? all.flat() : null;
};

/**
 * Finds where a source declares `type: 'one'`, alone or in a member of a union. One text alone serves to choose a member; several texts
 * outside of a union are a choice of values, such as the type of a register.
 */
export const readTypeDiscriminants = (path: string, source: string): readonly TypeDiscriminant[] => {
  const found: TypeDiscriminant[] = [];
  const visit = (value: unknown, code: string, isInUnion: boolean): void => {
    if (Array.isArray(value)) return value.forEach((one) => visit(one, code, isInUnion));
    if (!isNode(value)) return;
    if (value.type === 'TSPropertySignature') {
      const name = (value['key'] as { readonly name?: string }).name;
      const texts = literalsOf((value['typeAnnotation'] as Node | undefined)?.['typeAnnotation']);
      if (name === 'type' && texts !== null && (texts.length === 1 || isInUnion)) {
        found.push({ line: code.slice(0, Number(value['start'])).split('\n').length, value: texts.join(' | ') });
      }
    }
    const isMember = value.type === 'TSUnionType' || (isInUnion && value.type !== 'TSPropertySignature');
    for (const child of Object.values(value)) visit(child, code, isMember);
  };
  for (const code of scriptsOf(path, source)) visit(parseAst(code, { lang: 'ts' }), code, false);
  return found;
};
