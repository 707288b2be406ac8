import { isUnknown, toKnown, unknown, type Maybe, type Node, type NodeOutput } from './node.ts';

/** How a value is summed up over time. */
export type IntegrateParams = {
  /** What one unit of the input adds to the answer in one second: 1e-6 for a daily light integral in mol/m² from µmol m⁻² s⁻¹. */
  readonly perSecond: number;
  /** Between two steps that lie farther apart nothing is known. */
  readonly maxGapMs: number;
};

/**
 * `period` names the stretch that is summed up, by any number, such as the instant of the last lights-on: another one starts
 * from 0. While `reset` is true the sum stands at 0.
 */
export type IntegrateInput = { readonly value: Maybe<number>; readonly period: number; readonly reset: Maybe<boolean> };

type Sum = { readonly total: number; readonly unknownMs: number };
/** The sum so far, and what it is made of. */
export type IntegrateState = Sum & {
  readonly v: 2;
  readonly knownMs: number;
  readonly period: number | null;
  /** Whether the last known reset was true. */
  readonly isReset: boolean;
  /** The input since the last step, `null` while unknown. */
  readonly held: number | null;
  readonly up: number | null;
  readonly last: Sum | null;
};

/** `unknownMs` is the time of this period that could not be counted; `last` the finished period before. */
export type IntegrateOutput = NodeOutput<number> & { readonly unknownMs: number; readonly last: Sum | null };

/**
 * The sum of a value over time, such as a daily light integral. Each value holds from its step to the next. Time that is
 * not known adds nothing and is counted beside the sum; while a period has nothing known at all the answer is unknown.
 */
export const createIntegrate = (params: IntegrateParams): Node<IntegrateState, IntegrateInput, IntegrateOutput> => ({
  type: 'integrate',
  version: 2,
  isTimed: true,
  init: () => ({ v: 2, total: 0, unknownMs: 0, knownMs: 0, period: null, isReset: false, held: null, up: null, last: null }),
  step: (state, input, { up }) => {
    const value = toKnown(input.value);
    const sum = addSince(state, up, params);
    const isReset = isUnknown(input.reset) ? state.isReset : input.reset;
    const isAnew = (state.period !== null && state.period !== input.period) || (isReset && !state.isReset);
    const next: IntegrateState = {
      ...(isAnew || isReset ? { total: 0, unknownMs: 0, knownMs: 0 } : sum),
      v: 2,
      period: input.period,
      isReset,
      held: isUnknown(value) ? null : value,
      up,
      last: isAnew ? { total: sum.total, unknownMs: sum.unknownMs } : state.last,
    };
    const isEmpty = next.knownMs === 0 && isUnknown(value) && !isReset;
    return [next, { value: isEmpty ? unknown : toKnown(next.total), unknownMs: next.unknownMs, last: next.last }];
  },
});

const addSince = (state: IntegrateState, up: number, { perSecond, maxGapMs }: IntegrateParams): Sum & { readonly knownMs: number } => {
  const { total, unknownMs, knownMs } = state;
  const sinceMs = state.up === null ? 0 : Math.max(0, up - state.up);
  if (state.held === null || sinceMs > maxGapMs) return { total, unknownMs: unknownMs + sinceMs, knownMs };
  return { total: total + (state.held * perSecond * sinceMs) / 1000, unknownMs, knownMs: knownMs + sinceMs };
};
