/** A stretch of an expression's text. */
export type Range = { readonly from: number; readonly to: number };

export type CompareOperator = '<' | '<=' | '>' | '>=' | '==' | '!=';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';
export type LogicOperator = '&&' | '||';
export type MacroName = 'all' | 'exists' | 'exists_one' | 'map' | 'filter';

/** An expression as a tree: what is left of CEL when all that rules do not need is taken away. */
export type Term = Range &
  (
    | { readonly op: 'number'; readonly value: number; readonly isInteger: boolean }
    | { readonly op: 'boolean'; readonly value: boolean }
    | { readonly op: 'text'; readonly value: string }
    /** `name` is `vpd`, or `sp.vpd`. */
    | { readonly op: 'reference'; readonly name: string }
    | { readonly op: 'not' | 'negate'; readonly of: Term }
    | { readonly op: 'logic'; readonly operator: LogicOperator; readonly left: Term; readonly right: Term }
    | { readonly op: 'compare'; readonly operator: CompareOperator; readonly left: Term; readonly right: Term }
    | { readonly op: 'arithmetic'; readonly operator: ArithmeticOperator; readonly left: Term; readonly right: Term }
    | { readonly op: 'choose'; readonly when: Term; readonly yes: Term; readonly no: Term }
    /** `cluster` is the name that stood for these items. */
    | { readonly op: 'list'; readonly items: readonly Term[]; readonly cluster?: string }
    | { readonly op: 'in'; readonly item: Term; readonly list: Term }
    | { readonly op: 'macro'; readonly name: MacroName; readonly list: Term; readonly variable: string; readonly body: Term }
    | { readonly op: 'call'; readonly name: string; readonly args: readonly Term[] }
  );

/** The parts of which a term is made, in the order of the text. */
export const partsOf = (term: Term): readonly Term[] => {
  switch (term.op) {
    case 'not':
    case 'negate':
      return [term.of];
    case 'logic':
    case 'compare':
    case 'arithmetic':
      return [term.left, term.right];
    case 'choose':
      return [term.when, term.yes, term.no];
    case 'list':
      return term.items;
    case 'in':
      return [term.item, term.list];
    case 'macro':
      return [term.list, term.body];
    case 'call':
      return term.args;
    default:
      return [];
  }
};

/** Claims that a term is the same whatever the readings are. */
export const isConstant = (term: Term): boolean =>
  term.op === 'call' && contextual.has(term.name) ? false : term.op !== 'reference' && partsOf(term).every(isConstant);

/** Functions whose answer depends on more than their arguments. */
const contextual: ReadonlySet<string> = new Set(['has_value', 'age', 'quality', 'actual', 'applied']);

/** The same term with the names of clusters replaced by the lists that they stand for; a variable of a macro hides one. */
export const expandClusters = (
  term: Term,
  membersOf: (name: string) => readonly string[] | undefined,
  variables: readonly string[] = [],
): Term => {
  const expand = (part: Term): Term => expandClusters(part, membersOf, variables);
  const { from, to } = term;
  switch (term.op) {
    case 'reference': {
      const members = variables.includes(term.name) ? undefined : membersOf(term.name);
      if (members === undefined) return term;
      return { from, to, op: 'list', cluster: term.name, items: members.map((name) => ({ from, to, op: 'reference', name })) };
    }
    case 'not':
    case 'negate':
      return { ...term, of: expand(term.of) };
    case 'logic':
    case 'compare':
    case 'arithmetic':
      return { ...term, left: expand(term.left), right: expand(term.right) };
    case 'choose':
      return { ...term, when: expand(term.when), yes: expand(term.yes), no: expand(term.no) };
    case 'list':
      return { ...term, items: term.items.map(expand) };
    case 'in':
      return { ...term, item: expand(term.item), list: expand(term.list) };
    case 'macro':
      return { ...term, list: expand(term.list), body: expandClusters(term.body, membersOf, [...variables, term.variable]) };
    case 'call':
      return { ...term, args: term.args.map(expand) };
    default:
      return term;
  }
};
