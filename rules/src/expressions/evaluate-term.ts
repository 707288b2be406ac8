import { unknown, type Maybe } from '../nodes/node.ts';
import { subjectOf } from './check-term.ts';
import { pureFunctions, sameFunctions, unitFunctions } from './functions.ts';
import type { EvaluationContext, Scalar, Scope } from './scope.ts';
import { isConstant, type Term } from './term.ts';

/** What a term gives: one value, or the items of a list. */
export type Result = Maybe<Scalar> | readonly Maybe<Scalar>[];
/** A term ready to be evaluated. Items of a list that a macro is at are in `locals`. */
export type Evaluate = (evaluation: EvaluationContext, locals: readonly Maybe<Scalar>[]) => Result;

/**
 * Makes the function that gives the term's value. Logic is three-valued: an unknown part makes the whole unknown only
 * where it could change the answer. A number that is none (a division by zero, a formula outside its range) is
 * unknown at once, because every comparison with NaN is false, and "not too hot" is the wrong answer.
 */
export const createEvaluate = (term: Term, scope: Scope, variables: readonly string[] = []): Evaluate => {
  const evaluate = toEvaluate(term, scope, variables);
  if (variables.length > 0 || !isConstant(term)) return evaluate;
  // What no reading changes is worked out once.
  const value = evaluate(nowhere, []);
  return () => value;
};

const prepared = new WeakMap<Term, Evaluate>();

/** What a part of an expression comes to, for explanations: they ask for the same parts again and again. */
export const evaluatePart = (part: Term, scope: Scope, evaluation: EvaluationContext): Maybe<Scalar> => {
  let evaluate = prepared.get(part);
  if (evaluate === undefined) {
    evaluate = createEvaluate(part, scope);
    prepared.set(part, evaluate);
  }
  return toScalar(evaluate(evaluation, []));
};

const nowhere: EvaluationContext = { values: [], reported: [], qualities: [], up: 0 };

const toEvaluate = (term: Term, scope: Scope, variables: readonly string[]): Evaluate => {
  const create = (part: Term): Evaluate => createEvaluate(part, scope, variables);
  switch (term.op) {
    case 'number':
    case 'boolean':
    case 'text': {
      const { value } = term;
      return () => value;
    }
    case 'reference': {
      const local = variables.lastIndexOf(term.name);
      if (local !== -1) return (_, locals) => locals[local] ?? unknown;
      const slot = scope.find(term.name)?.slot ?? -1;
      return (evaluation) => evaluation.values[slot] ?? unknown;
    }
    case 'not': {
      const of = create(term.of);
      return (evaluation, locals) => {
        const value = of(evaluation, locals);
        return typeof value === 'boolean' ? !value : unknown;
      };
    }
    case 'negate': {
      const of = create(term.of);
      return (evaluation, locals) => {
        const value = of(evaluation, locals);
        return typeof value === 'number' ? -value : unknown;
      };
    }
    case 'logic': {
      const [left, right] = [create(term.left), create(term.right)];
      // What decides alone: false for "and", true for "or".
      const decisive = term.operator === '||';
      return (evaluation, locals) => {
        const a = left(evaluation, locals);
        if (a === decisive) return decisive;
        const b = right(evaluation, locals);
        if (b === decisive) return decisive;
        return a === !decisive && b === !decisive ? !decisive : unknown;
      };
    }
    case 'compare':
      return createThreshold(term, scope, variables) ?? createCompare(term.operator, create(term.left), create(term.right));
    case 'arithmetic':
      return createArithmetic(term.operator, create(term.left), create(term.right));
    case 'choose': {
      const [when, yes, no] = [create(term.when), create(term.yes), create(term.no)];
      return (evaluation, locals) => {
        const choice = when(evaluation, locals);
        if (choice === true) return yes(evaluation, locals);
        return choice === false ? no(evaluation, locals) : unknown;
      };
    }
    case 'list': {
      const items = term.items.map(create);
      return (evaluation, locals) => items.map((item) => toScalar(item(evaluation, locals)));
    }
    case 'in': {
      const [item, list] = [create(term.item), create(term.list)];
      return (evaluation, locals) => {
        const wanted = item(evaluation, locals);
        const items = list(evaluation, locals);
        if (wanted === unknown || !Array.isArray(items)) return unknown;
        return items.includes(wanted) ? true : items.includes(unknown) ? unknown : false;
      };
    }
    case 'macro':
      return createMacro(term.name, create(term.list), createEvaluate(term.body, scope, [...variables, term.variable]));
    default:
      return createCall(term, scope, create);
  }
};

const toScalar = (result: Result): Maybe<Scalar> => (typeof result === 'object' ? unknown : result);

const toFinite = (value: number): Maybe<number> => (Number.isFinite(value) ? value : unknown);

type Compare = (Term & { readonly op: 'compare' })['operator'];

/** A name against a number, which is most of what rules say, without asking either of them by a call. */
const createThreshold = (
  { operator, left, right }: Term & { readonly op: 'compare' },
  scope: Scope,
  variables: readonly string[],
): Evaluate | undefined => {
  if (left.op !== 'reference' || variables.includes(left.name) || !isConstant(right)) return undefined;
  const limit = createEvaluate(right, scope)(nowhere, []);
  const slot = scope.find(left.name)?.slot ?? -1;
  if (typeof limit !== 'number') return undefined;
  switch (operator) {
    case '<':
      return ({ values }) => {
        const value = values[slot];
        return typeof value === 'number' ? value < limit : unknown;
      };
    case '<=':
      return ({ values }) => {
        const value = values[slot];
        return typeof value === 'number' ? value <= limit : unknown;
      };
    case '>':
      return ({ values }) => {
        const value = values[slot];
        return typeof value === 'number' ? value > limit : unknown;
      };
    case '>=':
      return ({ values }) => {
        const value = values[slot];
        return typeof value === 'number' ? value >= limit : unknown;
      };
    default:
      return undefined;
  }
};

// One closure for each operator: in every place in which values are compared, it is known how.
const createCompare = (operator: Compare, left: Evaluate, right: Evaluate): Evaluate => {
  switch (operator) {
    case '<':
      return createOrder(left, right, (a, b) => a < b);
    case '<=':
      return createOrder(left, right, (a, b) => a <= b);
    case '>':
      return createOrder(left, right, (a, b) => a > b);
    case '>=':
      return createOrder(left, right, (a, b) => a >= b);
    case '==':
      return createOrder(left, right, (a, b) => a === b);
    case '!=':
      return createOrder(left, right, (a, b) => a !== b);
  }
};

const createOrder = (left: Evaluate, right: Evaluate, holds: (a: Scalar, b: Scalar) => boolean): Evaluate => {
  return (evaluation, locals) => {
    const a = left(evaluation, locals);
    const b = right(evaluation, locals);
    return a === unknown || b === unknown ? unknown : holds(a as Scalar, b as Scalar);
  };
};

type Arithmetic = (Term & { readonly op: 'arithmetic' })['operator'];

const createArithmetic = (operator: Arithmetic, left: Evaluate, right: Evaluate): Evaluate => {
  switch (operator) {
    case '+':
      return (evaluation, locals) => {
        const a = left(evaluation, locals);
        const b = right(evaluation, locals);
        return typeof a === 'number' && typeof b === 'number' ? toFinite(a + b) : unknown;
      };
    case '-':
      return (evaluation, locals) => {
        const a = left(evaluation, locals);
        const b = right(evaluation, locals);
        return typeof a === 'number' && typeof b === 'number' ? toFinite(a - b) : unknown;
      };
    case '*':
      return (evaluation, locals) => {
        const a = left(evaluation, locals);
        const b = right(evaluation, locals);
        return typeof a === 'number' && typeof b === 'number' ? toFinite(a * b) : unknown;
      };
    case '/':
      return (evaluation, locals) => {
        const a = left(evaluation, locals);
        const b = right(evaluation, locals);
        return typeof a === 'number' && typeof b === 'number' ? toFinite(a / b) : unknown;
      };
    case '%':
      return (evaluation, locals) => {
        const a = left(evaluation, locals);
        const b = right(evaluation, locals);
        return typeof a === 'number' && typeof b === 'number' ? toFinite(a % b) : unknown;
      };
  }
};

type Macro = (Term & { readonly op: 'macro' })['name'];

const createMacro = (name: Macro, list: Evaluate, body: Evaluate): Evaluate => {
  return (evaluation, locals) => {
    const items = list(evaluation, locals);
    if (!Array.isArray(items)) return unknown;
    const known: readonly Maybe<Scalar>[] = items;
    const answers = known.map((item) => toScalar(body(evaluation, [...locals, item])));
    const isUncertain = answers.includes(unknown);
    switch (name) {
      case 'all':
        return answers.includes(false) ? false : isUncertain ? unknown : true;
      case 'exists':
        return answers.includes(true) ? true : isUncertain ? unknown : false;
      case 'exists_one':
        return isUncertain ? unknown : answers.filter((answer) => answer === true).length === 1;
      case 'map':
        return answers;
      default:
        return isUncertain ? unknown : known.filter((_, i) => answers[i] === true);
    }
  };
};

const createCall = (term: Term & { readonly op: 'call' }, scope: Scope, create: (part: Term) => Evaluate): Evaluate => {
  const args = term.args.map(create);
  const unit = unitFunctions.get(term.name);
  if (unit !== undefined) return createUnary(args, unit.convert);
  if (term.name === 'abs') return createUnary(args, Math.abs);
  const pure = pureFunctions.get(term.name);
  if (pure !== undefined) return pure.parameters.length === 1 ? createUnary(args, pure.compute) : createNumeric(args, pure.compute);
  const same = sameFunctions.get(term.name);
  if (same !== undefined) return createNumeric(args, (...numbers) => same.compute(numbers));
  if (term.name === 'has') return createPresence(args);
  if (term.name === 'lerp') return createTernary(args, (a, b, share) => a + (b - a) * share);
  return createQuestion(term, scope);
};

/** A function of one number. */
const createUnary = ([arg = nothing]: readonly Evaluate[], compute: (x: number) => number): Evaluate => {
  return (evaluation, locals) => {
    const x = arg(evaluation, locals);
    return typeof x === 'number' ? toFinite(compute(x)) : unknown;
  };
};

/** Whether there is a value at all: the one question whose answer is never unknown. */
const createPresence =
  ([arg = nothing]: readonly Evaluate[]): Evaluate =>
  (evaluation, locals) =>
    arg(evaluation, locals) !== unknown;

const createTernary = (
  [first = nothing, second = nothing, third = nothing]: readonly Evaluate[],
  compute: (a: number, b: number, c: number) => number,
): Evaluate => {
  return (evaluation, locals) => {
    const a = first(evaluation, locals);
    const b = second(evaluation, locals);
    const c = third(evaluation, locals);
    return typeof a === 'number' && typeof b === 'number' && typeof c === 'number' ? toFinite(compute(a, b, c)) : unknown;
  };
};

const nothing: Evaluate = () => unknown;

/** A function of numbers; a list stands for its items. */
const createNumeric = (args: readonly Evaluate[], compute: (...args: number[]) => number): Evaluate => {
  return (evaluation, locals) => {
    const numbers: number[] = [];
    for (const arg of args) {
      const value = arg(evaluation, locals);
      for (const item of Array.isArray(value) ? (value as readonly Maybe<Scalar>[]) : [value]) {
        if (typeof item !== 'number') return unknown;
        numbers.push(item);
      }
    }
    return toFinite(compute(...numbers));
  };
};

const createQuestion = (term: Term & { readonly op: 'call' }, scope: Scope): Evaluate => {
  const subject = subjectOf(term) ?? '';
  const slot = scope.find(subject)?.slot ?? -1;
  switch (term.name) {
    case 'has_value':
      return (evaluation) => (evaluation.values[slot] ?? unknown) !== unknown;
    case 'age':
      return (evaluation) => {
        const reported = evaluation.reported[slot] ?? null;
        return reported === null ? unknown : (evaluation.up - reported) / 1000;
      };
    case 'quality':
      return (evaluation) => evaluation.qualities[slot] ?? unknown;
    default: {
      const device = scope.findDevice(subject);
      const state = (term.name === 'actual' ? device?.actual : device?.applied) ?? -1;
      return (evaluation) => evaluation.values[state] ?? unknown;
    }
  }
};
