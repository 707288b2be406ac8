import { unknown, type Maybe } from '../nodes/node.ts';
import { toFinite, toScalar, type Evaluate } from './evaluation.ts';
import type { Scalar } from './scope.ts';
import type { ArithmeticOperator, CompareOperator, MacroName } from './term.ts';

/** Not: unknown stays unknown. */
export const createNot =
  (of: Evaluate): Evaluate =>
  (evaluation, locals) => {
    const value = of(evaluation, locals);
    return typeof value === 'boolean' ? !value : unknown;
  };

/** The negative of a number. */
export const createNegation =
  (of: Evaluate): Evaluate =>
  (evaluation, locals) => {
    const value = of(evaluation, locals);
    return typeof value === 'number' ? -value : unknown;
  };

/** And, or. `decisive` is what decides alone: false for "and", true for "or". */
export const createLogic =
  (decisive: boolean, left: Evaluate, right: Evaluate): Evaluate =>
  (evaluation, locals) => {
    const a = left(evaluation, locals);
    if (a === decisive) return decisive;
    const b = right(evaluation, locals);
    if (b === decisive) return decisive;
    return a === !decisive && b === !decisive ? !decisive : unknown;
  };

/** One of two branches. */
export const createChoice =
  (when: Evaluate, yes: Evaluate, no: Evaluate): Evaluate =>
  (evaluation, locals) => {
    const choice = when(evaluation, locals);
    if (choice === true) return yes(evaluation, locals);
    return choice === false ? no(evaluation, locals) : unknown;
  };

/** A list of values. */
export const createList =
  (items: readonly Evaluate[]): Evaluate =>
  (evaluation, locals) =>
    items.map((item) => toScalar(item(evaluation, locals)));

/** Whether an item is in a list; an unknown item of the list may be it. */
export const createMembership =
  (item: Evaluate, list: Evaluate): Evaluate =>
  (evaluation, locals) => {
    const wanted = item(evaluation, locals);
    const items = list(evaluation, locals);
    if (wanted === unknown || !Array.isArray(items)) return unknown;
    return items.includes(wanted) ? true : items.includes(unknown) ? unknown : false;
  };

/** Compares two values. One closure for each operator: in every place in which values are compared, it is known how. */
export const createCompare = (operator: CompareOperator, left: Evaluate, right: Evaluate): Evaluate => {
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

/** Calculates with two numbers. */
export const createArithmetic = (operator: ArithmeticOperator, left: Evaluate, right: Evaluate): Evaluate => {
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

/** Applies the body of a macro to each item of a list. */
export const createMacro = (name: MacroName, list: Evaluate, body: Evaluate): Evaluate => {
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
