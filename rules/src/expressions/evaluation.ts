import { unknown, type Maybe } from '../nodes/node.ts';
import type { EvaluationContext, Scalar } from './scope.ts';

/** What a term gives: one value, or the items of a list. */
export type Result = Maybe<Scalar> | readonly Maybe<Scalar>[];
/** A term ready to be evaluated. Items of a list that a macro is at are in `locals`. */
export type Evaluate = (evaluation: EvaluationContext, locals: readonly Maybe<Scalar>[]) => Result;

/** One value; unknown for a list. */
export const toScalar = (result: Result): Maybe<Scalar> => (typeof result === 'object' ? unknown : result);

/** A number; unknown for one that is none. */
export const toFinite = (value: number): Maybe<number> => (Number.isFinite(value) ? value : unknown);
