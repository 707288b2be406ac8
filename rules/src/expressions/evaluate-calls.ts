import { unknown, type Maybe } from '../nodes/node.ts';
import { subjectOf } from './check-term.ts';
import { toFinite, type Evaluate } from './evaluation.ts';
import { pureFunctions, sameFunctions, unitFunctions } from './functions.ts';
import type { Scalar, Scope } from './scope.ts';
import type { Term } from './term.ts';

/** Calls a function of the language, or answers a question about a name. */
export const createCall = (term: Term & { readonly op: 'call' }, scope: Scope, create: (part: Term) => Evaluate): Evaluate => {
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
