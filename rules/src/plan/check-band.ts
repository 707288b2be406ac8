import type { Expression } from '../expression.ts';
import { createEvaluate } from '../expressions/evaluate-term.ts';
import type { EvaluationContext, Scalar, Scope } from '../expressions/scope.ts';
import { isUnknown, type Maybe } from '../nodes/node.ts';
import type { SlotInfo } from './builder.ts';

/**
 * Claims that the two lines of a band are the wrong way round: `x > 20` to go on and `x < 22` to go off, where between
 * them both are true. It is seen where both conditions compare the same thing with something else, whatever values that
 * has; other pairs are left to the node, which changes nothing while both are true.
 */
export const isBandOverlapping = (on: Expression, off: Expression, scope: Scope, slots: readonly SlotInfo[]): boolean => {
  const [above, below] = [toLine(on, scope), toLine(off, scope)];
  if (above === undefined || below === undefined || above.subject !== below.subject || above.isUp === below.isUp) return false;
  const [up, down] = above.isUp ? [above, below] : [below, above];
  return contexts(slots).every((evaluation) => {
    const [low, high] = [up.at(evaluation), down.at(evaluation)];
    return typeof low === 'number' && typeof high === 'number' && low < high;
  });
};

type Line = { readonly subject: string; readonly isUp: boolean; readonly at: (evaluation: EvaluationContext) => Maybe<Scalar> };

/** `subject > at` (up) or `subject < at`, with the subject on the left as people write it. */
const toLine = ({ term, text }: Expression, scope: Scope): Line | undefined => {
  if (term.op !== 'compare' || term.operator === '==' || term.operator === '!=') return undefined;
  const evaluate = createEvaluate(term.right, scope);
  const subject = text.slice(term.left.from, term.left.to).replaceAll(/\s/g, '');
  const isUp = term.operator === '>' || term.operator === '>=';
  return { subject, isUp, at: (evaluation) => toScalar(evaluate(evaluation, [])) };
};

const toScalar = (value: ReturnType<ReturnType<typeof createEvaluate>>): Maybe<Scalar> => (typeof value === 'object' ? NaN : value);

/** Some values for every slot, the same at every check: set-points as they begin where they have a value, and others. */
const contexts = (slots: readonly SlotInfo[]): readonly EvaluationContext[] =>
  [0.3, 7, 18, 42].map((base) => ({
    values: slots.map(({ dimension, initial }, i): Maybe<Scalar> => {
      if (!isUnknown(initial)) return initial;
      return dimension.kind === 'boolean' ? i % 2 === 0 : dimension.kind === 'text' ? 'good' : base + (i % 5) / 10;
    }),
    reported: slots.map(() => 0),
    qualities: slots.map(() => 'good'),
    up: 0,
  }));
