import { unknown, type Maybe } from '../nodes/node.ts';
import { createCall } from './evaluate-calls.ts';
import {
  createArithmetic,
  createChoice,
  createCompare,
  createList,
  createLogic,
  createMacro,
  createMembership,
  createNegation,
  createNot,
} from './evaluate-operators.ts';
import { toScalar, type Evaluate } from './evaluation.ts';
import type { EvaluationContext, Scalar, Scope } from './scope.ts';
import { isConstant, type Term } from './term.ts';

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
    case 'reference':
      return createReference(term.name, scope, variables);
    case 'not':
      return createNot(create(term.of));
    case 'negate':
      return createNegation(create(term.of));
    case 'logic':
      return createLogic(term.operator === '||', create(term.left), create(term.right));
    case 'compare':
      return createThreshold(term, scope, variables) ?? createCompare(term.operator, create(term.left), create(term.right));
    case 'arithmetic':
      return createArithmetic(term.operator, create(term.left), create(term.right));
    case 'choose':
      return createChoice(create(term.when), create(term.yes), create(term.no));
    case 'list':
      return createList(term.items.map(create));
    case 'in':
      return createMembership(create(term.item), create(term.list));
    case 'macro':
      return createMacro(term.name, create(term.list), createEvaluate(term.body, scope, [...variables, term.variable]));
    default:
      return createCall(term, scope, create);
  }
};

type Of<Op extends Term['op']> = Term & { readonly op: Op };

const createReference = (name: string, scope: Scope, variables: readonly string[]): Evaluate => {
  const local = variables.lastIndexOf(name);
  if (local !== -1) return (_, locals) => locals[local] ?? unknown;
  const slot = scope.find(name)?.slot ?? -1;
  return (evaluation) => evaluation.values[slot] ?? unknown;
};

/** A name against a number, which is most of what rules say, without asking either of them by a call. */
const createThreshold = ({ operator, left, right }: Of<'compare'>, scope: Scope, variables: readonly string[]): Evaluate | undefined => {
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
