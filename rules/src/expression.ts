import { Environment, ParseError, type ParseResult } from '@marcbachmann/cel-js';
import { formatDimension, type Dimension } from './units/dimension.ts';
import { checkTerm, subjectOf } from './expressions/check-term.ts';
import { createEvaluate, evaluatePart } from './expressions/evaluate-term.ts';
import { ExpressionFault } from './expressions/expression-fault.ts';
import { questions } from './expressions/functions.ts';
import type { EvaluationContext, Scalar, Scope } from './expressions/scope.ts';
import {
  expandClusters,
  partsOf,
  type ArithmeticOperator,
  type CompareOperator,
  type LogicOperator,
  type MacroName,
  type Range,
  type Term,
} from './expressions/term.ts';
import type { Maybe } from './nodes/node.ts';

/** An expression that has been read, checked and made ready. */
export type Expression = {
  readonly text: string;
  readonly term: Term;
  readonly dimension: Dimension;
  /** It is always a whole number, as counters are. */
  readonly isWhole: boolean;
  /** The slots that it reads: it is evaluated again when one of them changes. */
  readonly slots: readonly number[];
  /** Whether its answer can change with time alone (`age`). */
  readonly isTimed: boolean;
  readonly evaluate: (evaluation: EvaluationContext) => Maybe<Scalar>;
  /** The value of each part that is not a mere number, innermost first: what a trace shows. */
  readonly trace: (evaluation: EvaluationContext) => readonly TracedPart[];
};

/** A part of an expression with its value. */
export type TracedPart = Range & { readonly text: string; readonly value: Maybe<Scalar> };

/** The most that one expression may be. */
export const expressionLimits = { nodes: 200, depth: 20, length: 2048 } as const;

// The grammar is CEL's and cel-js reads it. Its checker and evaluator are not used: ours know units, work on slots
// instead of names, and answer "unknown" without throwing.
const parser = new Environment({
  unlistedVariablesAreDyn: true,
  limits: {
    maxAstNodes: expressionLimits.nodes,
    maxDepth: expressionLimits.depth,
    maxListElements: 64,
    maxMapEntries: 1,
    maxCallArguments: 32,
  },
});

/**
 * Reads an expression and checks it against the names that it may use.
 *
 * @throws ExpressionFault with the place in the text.
 */
export const compileExpression = (text: string, scope: Scope): Expression => {
  const parsed = parseTerm(text);
  const term = scope.findCluster === undefined ? parsed : expandClusters(parsed, scope.findCluster);
  const type = checkTerm(term, scope);
  if (type.isList) throw new ExpressionFault(term, 'one value', 'a list', 'use exists, all, min or max');
  const evaluate = createEvaluate(term, scope);
  const slots = new Set<number>();
  collectSlots(term, scope, slots);
  return {
    text,
    term,
    dimension: type.dimension,
    isWhole: type.isWhole,
    slots: [...slots].toSorted((a, b) => a - b),
    isTimed: hasCall(term, 'age'),
    // It is no list, as its type says.
    evaluate: (evaluation) => evaluate(evaluation, noLocals) as Maybe<Scalar>,
    trace: (evaluation) => traceParts(text, term, scope, evaluation),
  };
};

/**
 * Reads an expression that must give a certain dimension: `boolean` for conditions.
 *
 * @throws ExpressionFault with the place in the text.
 */
export const compileCondition = (text: string, scope: Scope): Expression => {
  const expression = compileExpression(text, scope);
  if (expression.dimension.kind === 'boolean') return expression;
  throw new ExpressionFault(
    expression.term,
    'a condition',
    formatDimension(expression.dimension),
    'compare it with something: <, <=, >, >=, ==',
  );
};

/**
 * Reads the text of an expression, whatever its names mean.
 *
 * @throws ExpressionFault where it is not CEL, or uses what rules leave out.
 */
export const parseTerm = (text: string): Term => {
  const whole: Range = { from: 0, to: text.length };
  if (text.length > expressionLimits.length)
    throw new ExpressionFault(whole, `at most ${expressionLimits.length} characters`, `${text.length}`);
  if (text.trim() === '') throw new ExpressionFault(whole, 'an expression', 'nothing');
  return toTerm(parse(text).ast);
};

const parse = (text: string): ParseResult => {
  try {
    return parser.parse(text);
  } catch (error) {
    if (error instanceof ParseError) {
      const range = { from: error.range?.start ?? 0, to: error.range?.end ?? text.length };
      throw new ExpressionFault(range, 'an expression in CEL', error.summary, '', { cause: error });
    }
    // Escapes in texts that the tokenizer hands to JavaScript, such as "\uD8".
    if (error instanceof SyntaxError || error instanceof RangeError) {
      throw new ExpressionFault({ from: 0, to: text.length }, 'an expression in CEL', error.message, '', { cause: error });
    }
    throw error;
  }
};

type Ast = ParseResult['ast'];

const compareOperators: ReadonlySet<string> = new Set(['<', '<=', '>', '>=', '==', '!=']);
const arithmeticOperators: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%']);
const macroNames: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

const toTerm = (ast: Ast): Term => {
  const range: Range = { from: ast.start, to: ast.end };
  const refuse = (found: string, hint = ''): never => {
    throw new ExpressionFault(range, 'what rules allow', found, hint);
  };
  switch (ast.op) {
    case 'value':
      return toLiteral(ast.args, range) ?? refuse(`the literal ${ast.input.slice(ast.start, ast.end)}`);
    case 'id':
      return { ...range, op: 'reference', name: ast.args };
    case '.': {
      const [owner, field] = ast.args;
      if (owner.op === 'id') return { ...range, op: 'reference', name: `${owner.args}.${field}` };
      return refuse('a field of a value', 'only sp.<name> has fields');
    }
    case '!_':
      return { ...range, op: 'not', of: toTerm(ast.args) };
    case '-_':
      return { ...range, op: 'negate', of: toTerm(ast.args) };
    case '&&':
    case '||': {
      const operator: LogicOperator = ast.op;
      return { ...range, op: 'logic', operator, left: toTerm(ast.args[0]), right: toTerm(ast.args[1]) };
    }
    case '?:':
      return { ...range, op: 'choose', when: toTerm(ast.args[0]), yes: toTerm(ast.args[1]), no: toTerm(ast.args[2]) };
    case 'list':
      return { ...range, op: 'list', items: ast.args.map(toTerm) };
    case 'in':
      return { ...range, op: 'in', item: toTerm(ast.args[0]), list: toTerm(ast.args[1]) };
    case 'call':
      return { ...range, op: 'call', name: ast.args[0], args: ast.args[1].map(toTerm) };
    case 'rcall': {
      const [name, list, [variable, body]] = ast.args;
      const isMacro = macroNames.has(name) && ast.args[2].length === 2 && variable?.op === 'id' && body !== undefined;
      if (!isMacro)
        return refuse(`the method ${name}`, name === 'matches' ? 'patterns are left out: one can block the hub for seconds' : '');
      return { ...range, op: 'macro', name: name as MacroName, list: toTerm(list), variable: variable.args, body: toTerm(body) };
    }
    default: {
      if (ast.op === 'map' || ast.op === '[]' || ast.op === '[?]' || ast.op === '.?') return refuse('maps and indices');
      const [left, right] = [toTerm(ast.args[0]), toTerm(ast.args[1])];
      if (compareOperators.has(ast.op)) return { ...range, op: 'compare', operator: ast.op as CompareOperator, left, right };
      if (arithmeticOperators.has(ast.op)) return { ...range, op: 'arithmetic', operator: ast.op as ArithmeticOperator, left, right };
      return refuse(`the operator ${ast.op}`);
    }
  }
};

const toLiteral = (value: unknown, range: Range): Term | undefined => {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? { ...range, op: 'number', value: number, isInteger: true } : undefined;
  }
  if (typeof value === 'number') return Number.isFinite(value) ? { ...range, op: 'number', value, isInteger: false } : undefined;
  if (typeof value === 'boolean') return { ...range, op: 'boolean', value };
  return typeof value === 'string' ? { ...range, op: 'text', value } : undefined;
};

const noLocals: readonly Maybe<Scalar>[] = [];

const hasCall = (term: Term, name: string): boolean =>
  (term.op === 'call' && term.name === name) || partsOf(term).some((part) => hasCall(part, name));

const collectSlots = (term: Term, scope: Scope, slots: Set<number>): void => {
  if (term.op === 'reference') {
    const found = scope.find(term.name);
    if (found !== undefined) slots.add(found.slot);
  } else if (term.op === 'call' && questions.has(term.name)) {
    const subject = subjectOf(term) ?? '';
    const device = questions.get(term.name) === 'device' ? scope.findDevice(subject) : undefined;
    const slot = device === undefined ? scope.find(subject)?.slot : term.name === 'actual' ? device.actual : device.applied;
    if (slot !== undefined) slots.add(slot);
  } else for (const part of partsOf(term)) collectSlots(part, scope, slots);
};

const traceParts = (text: string, term: Term, scope: Scope, evaluation: EvaluationContext): readonly TracedPart[] => {
  const out: TracedPart[] = [];
  const seen = new Set<string>();
  const visit = (part: Term): void => {
    // What a macro does to each item has no one value.
    for (const inner of part.op === 'macro' ? [part.list] : partsOf(part)) visit(inner);
    // The members of a cluster are not written where they stand.
    if (part.op === 'reference' && text.slice(part.from, part.to) !== part.name) {
      if (!seen.has(part.name)) out.push({ from: part.from, to: part.to, text: part.name, value: evaluatePart(part, scope, evaluation) });
      seen.add(part.name);
      return;
    }
    if (part.op === 'number' || part.op === 'text' || part.op === 'boolean' || part.op === 'list') return;
    const written = text.slice(part.from, part.to);
    if (seen.has(written)) return;
    seen.add(written);
    out.push({ from: part.from, to: part.to, text: written, value: evaluatePart(part, scope, evaluation) });
  };
  visit(term);
  return out;
};
