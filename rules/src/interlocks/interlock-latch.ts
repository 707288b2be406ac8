import type { Node, NodeOutput } from '../nodes/node.ts';

/** How an interlock stands: not at work, at work, or at work until somebody has looked. */
export type InterlockPhase = 'clear' | 'tripped' | 'latched';

export type InterlockLatchState = {
  readonly v: 1;
  readonly phase: InterlockPhase;
  /** When it began to work, in `up`: a limit comes down from then. */
  readonly sinceUp: number | null;
  /** Since when its condition has been false, while it is latched. */
  readonly clearUp: number | null;
  /** Whether its condition has been known since the start. */
  readonly wasKnown: boolean;
};

/** `told` is what the log says of it: how it stood before a restart, or that an operator let it go. */
export type InterlockLatchInput = { readonly isTripped: boolean; readonly isKnown: boolean; readonly told: InterlockPhase | null };

export type InterlockLatchOutput = NodeOutput<boolean> & { readonly phase: InterlockPhase; readonly sinceUp: number | null };

type Latch = { readonly whenClearMs: number } | null;

/**
 * Holds an interlock while its condition does, and, with a latch, until an operator lets it go, which works only once
 * the condition has been false for `whenClearMs`. Without a latch it ends with its condition. Before the first reading
 * has come it may hold, since nothing is known, but it does not latch: a start is no accident.
 */
export const createInterlockLatch = (latch: Latch): Node<InterlockLatchState, InterlockLatchInput, InterlockLatchOutput> => ({
  type: 'interlock',
  version: 1,
  isTimed: true,
  init: () => ({ v: 1, phase: 'clear', sinceUp: null, clearUp: null, wasKnown: false }),
  step: (state, input, { up }) => {
    const wasKnown = state.wasKnown || input.isKnown;
    const next: InterlockLatchState = { v: 1, ...follow(state, latch, { ...input, isKnown: wasKnown }, up), wasKnown };
    const keys = ['phase', 'sinceUp', 'clearUp', 'wasKnown'] as const;
    const isSame = keys.every((key) => next[key] === state[key]);
    return [isSame ? state : next, { value: next.phase !== 'clear', phase: next.phase, sinceUp: next.sinceUp }];
  },
});

/** Claims that an operator's word would let it go. */
export const isResettable = (state: InterlockLatchState, latch: Latch, up: number): boolean =>
  state.phase === 'latched' && state.clearUp !== null && up - state.clearUp >= (latch?.whenClearMs ?? 0);

/**
 * How it goes on after a pause in which nobody watched: what held is held still, by its latch where it has one, and what
 * is not known now holds without latching anything.
 */
export const resumeLatch = (state: InterlockLatchState, latch: Latch): InterlockLatchState => ({
  ...state,
  phase: state.phase === 'tripped' && state.wasKnown && latch !== null ? 'latched' : state.phase,
  clearUp: null,
  wasKnown: false,
});

const follow = (
  state: InterlockLatchState,
  latch: Latch,
  { isTripped, isKnown, told }: InterlockLatchInput,
  up: number,
): Pick<InterlockLatchState, 'phase' | 'sinceUp' | 'clearUp'> => {
  const sinceUp = state.sinceUp ?? up;
  const clear = { phase: 'clear', sinceUp: null, clearUp: null } as const;
  // A log that says "latched" to a fresh start is how a latch outlives the hub; the echo of one's own word says nothing.
  const isTold = latch !== null && (told === 'latched' || (told === 'tripped' && state.phase !== 'tripped'));
  if (isTripped && !isKnown)
    return isTold || state.phase === 'latched'
      ? { phase: 'latched', sinceUp, clearUp: null }
      : { phase: 'tripped', sinceUp, clearUp: null };
  if (isTripped) return { phase: 'tripped', sinceUp, clearUp: null };
  if (latch === null) return clear;
  const isHeld = isTold || state.phase === 'latched' || (state.phase === 'tripped' && state.wasKnown);
  if (!isHeld) return clear;
  if (told === 'clear' && isResettable(state, latch, up)) return clear;
  return { phase: 'latched', sinceUp, clearUp: state.clearUp ?? up };
};
