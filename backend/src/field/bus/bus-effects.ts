import type { Millis } from '@phloem/protocol';
import { priorities, type BusEffect, type BusPolicy, type BusState, type BusStep, type Waiting } from './bus-state.ts';
import type { BusOutcome } from './bus-outcome.ts';

/** Dials; `attempt` counts the dials in vain before it. */
export const dial = (state: BusState, now: number, attempt: number, policy: BusPolicy, quietMs: Millis | null = null): BusStep => ({
  state: { ...state, link: { phase: 'dialing', attempt, deadline: now + policy.connectMs } },
  effects: [{ kind: 'dial', line: null, quietMs }],
});

/** Leaves the bus alone for a while before the next dial. */
export const rest = (state: BusState, now: number, attempt: number, policy: BusPolicy): BusState => ({
  ...state,
  link: { phase: 'resting', attempt, until: now + policy.pauseAfter(attempt) },
  brokenSince: state.brokenSince ?? now,
});

/** Ends a request; `wireMs` says how long it took, null where it never left; `costMs` adds what the bus is left alone for after it. */
export const settle = (waiting: Waiting, outcome: BusOutcome, wireMs: number | null = null, costMs = wireMs): BusEffect => ({
  kind: 'settle',
  ticket: waiting.ticket,
  request: waiting.request,
  line: waiting.line,
  outcome,
  wireMs,
  costMs,
});

/** What asks at another speed goes last: it takes everybody's time. */
const rank = ({ priority, line }: Waiting): number => (line === null ? priorities.indexOf(priority) : priorities.length);

/** The queue with one more, behind those of its rank. */
export const enqueue = (queue: readonly Waiting[], waiting: Waiting): readonly Waiting[] => {
  const at = queue.findIndex((other) => rank(other) > rank(waiting));
  return at < 0 ? [...queue, waiting] : queue.toSpliced(at, 0, waiting);
};
