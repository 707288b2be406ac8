import { millis, type LineSettings } from '@phloem/protocol';
import { rest, settle } from './bus-effects.ts';
import type { Away, BusEvent, BusPolicy, BusState, BusStep, Waiting } from './bus-state.ts';
import type { BusOutcome } from './bus-outcome.ts';

/** A line's settings as people say them. */
export const toLineWords = ({ baudRate, parity }: LineSettings): string => `${baudRate} baud, parity ${parity}`;

const failed = (code: 'modbus/timeout' | 'modbus/mismatch' | 'modbus/link', why: string, isSent: boolean): BusOutcome => ({
  kind: 'failed',
  code,
  why,
  isSent,
});

/** Drivers ring for a moment after they release the line. */
const ringMs = millis(20);

/** The request for which a line would change its speed now; null while anything else waits, be it for a later moment. */
export const findAway = ({ queue }: BusState): Away['waiting'] | null => {
  const [first] = queue;
  if (first === undefined || queue.some(({ line }) => line === null)) return null;
  return first.line === null ? null : { ...first, line: first.line };
};

/** The line is given up at its own speed, which it has just proven to hold, and opened at that of the request. */
export const leave = (state: BusState, waiting: Away['waiting'], now: number, policy: BusPolicy): BusStep => ({
  state: {
    ...state,
    queue: state.queue.filter(({ ticket }) => ticket !== waiting.ticket),
    link: { phase: 'away', step: 'leaving', waiting, began: now, deadline: now + policy.connectMs, outcome: null },
  },
  effects: [{ kind: 'hang-up' }, { kind: 'dial', line: waiting.line, quietMs: millis(0) }],
});

/** Whatever came of it, the line goes back to its own speed; an answer that may still come is waited out first. */
const goBack = (state: BusState, away: Away, outcome: BusOutcome, now: number, policy: BusPolicy): BusStep => {
  const isClear = outcome.kind !== 'failed' || !outcome.isSent;
  return {
    state: { ...state, link: { ...away, step: 'returning', deadline: now + policy.connectMs, outcome } },
    effects: [{ kind: 'hang-up' }, { kind: 'dial', line: null, quietMs: isClear ? ringMs : policy.answerMs }],
  };
};

const end = (away: Away, now: number): BusStep['effects'] =>
  away.outcome === null ? [] : [settle(away.waiting, away.outcome, now - away.began)];

/** The line could not be opened at its own speed again: from here on it is a line that is gone, and is dialled as one. */
const strand = (state: BusState, away: Away, now: number, policy: BusPolicy): BusStep => ({
  state: rest(state, now, 1, policy),
  effects: [{ kind: 'hang-up' }, ...end(away, now)],
});

const unanswered = ({ waiting: { request, line } }: Away, policy: BusPolicy): BusOutcome => {
  const why = `unit ${request.unit} did not answer within ${Math.round(policy.answerMsAt(line))} ms at ${toLineWords(line)}`;
  return failed('modbus/timeout', why, true);
};

const overdue = (state: BusState, away: Away, now: number, policy: BusPolicy): BusStep => {
  switch (away.step) {
    case 'leaving':
      return goBack(state, away, failed('modbus/link', 'the line could not be opened', false), now, policy);
    case 'asking':
      return goBack(state, away, unanswered(away, policy), now, policy);
    case 'returning':
      return strand(state, away, now, policy);
  }
};

/** What an event does to a line that is at another speed. What comes meanwhile for others has been put into the queue. */
export const stepAway = (state: BusState, away: Away, event: BusEvent, now: number, policy: BusPolicy): BusStep => {
  const { waiting, step } = away;
  switch (event.kind) {
    case 'opened':
      if (step === 'leaving') {
        return {
          state: { ...state, link: { ...away, step: 'asking', deadline: now + policy.answerMsAt(waiting.line) } },
          effects: [{ kind: 'send', ticket: waiting.ticket, request: waiting.request }],
        };
      }
      if (step === 'asking') return { state, effects: [] };
      return { state: { ...state, link: { phase: 'up', attempt: 0, isProven: false } }, effects: end(away, now) };
    case 'answered': {
      if (step !== 'asking') return { state, effects: [] };
      // The answer may have been read late because this process was held up: the clock decides, not what comes first.
      return goBack(state, away, now > away.deadline ? unanswered(away, policy) : event.outcome, now, policy);
    }
    case 'mismatched':
      return step === 'asking' ? goBack(state, away, failed('modbus/mismatch', event.why, true), now, policy) : { state, effects: [] };
    case 'withdrawn':
      return step === 'asking' ? goBack(state, away, { kind: 'withdrawn' }, now, policy) : { state, effects: [] };
    case 'lost':
      if (step === 'returning') return strand(state, away, now, policy);
      return goBack(state, away, failed('modbus/link', event.why, step === 'asking'), now, policy);
    case 'woken':
      return now >= away.deadline ? overdue(state, away, now, policy) : { state, effects: [] };
    default:
      return { state, effects: [] };
  }
};

/** How the request ends when the bus is closed meanwhile. */
export const closeAway = ({ waiting, outcome, step }: Away): { readonly waiting: Waiting; readonly outcome: BusOutcome } => ({
  waiting,
  outcome: outcome ?? failed('modbus/link', 'the bus was closed', step === 'asking'),
});
