import { millis, reasonOf, renderReason, type Millis, type Reason } from '@phloem/protocol';
import { isWrite } from '../modbus/bus-request.ts';
import { toExceptionKind } from '../modbus/exceptions.ts';
import { countFailure, isProbe, mayAsk, toAllowed, type Breaker } from './breaker.ts';
import { dial, enqueue, rest, settle } from './bus-effects.ts';
import { plainTiming, type BusTiming } from './bus-timing.ts';
import { noteEnd, toReadyTime } from './ready-time.ts';
import {
  idleBus,
  type BusEffect,
  type BusEvent,
  type BusPolicy,
  type BusState,
  type BusStep,
  type Flight,
  type Waiting,
} from './bus-state.ts';
import type { BusOutcome } from './bus-outcome.ts';
import { closeAway, findAway, leave, stepAway } from './step-away.ts';
import { toWhyUnsent } from './why-unsent.ts';

const busyTries = 3;

const unsent = (code: 'modbus/timeout' | 'modbus/link', cause: Reason): BusOutcome => ({
  kind: 'failed',
  code,
  why: renderReason(cause, { time: String }),
  cause,
  isSent: false,
});

const withBreaker = (state: BusState, unit: number, breaker: Breaker | null): BusState => {
  if (breaker === null && !state.breakers.has(unit)) return state;
  const breakers = new Map(state.breakers);
  if (breaker === null) breakers.delete(unit);
  else breakers.set(unit, breaker);
  return { ...state, breakers };
};

/** `costMs`: how long the others had to wait because of it. */
const blame = (state: BusState, unit: number, now: number, costMs: number, seen: string | null = null): BusState =>
  withBreaker(state, unit, countFailure(state.breakers.get(unit), now, costMs, seen));

/** A unit that was given up most likely has nothing to say late either: the line is left alone for no longer than it must be. */
const toQuiet = (breaker: Breaker | undefined, policy: BusPolicy): Millis | null =>
  isProbe(breaker) && policy.silenceMs > policy.answerMs ? policy.answerMs : null;

/** The connection can be trusted no more: it is dropped, the request on it ends, and a new one is dialled at once. */
const poison = (state: BusState, now: number, policy: BusPolicy, code: 'modbus/timeout' | 'modbus/mismatch', why: string): BusStep => {
  const { link, flight } = state;
  if (link.phase !== 'up') return { state, effects: [] };
  const dropped: BusState = { ...state, flight: null };
  if (flight === null && !link.isProven) {
    // A peer that talks by itself on every new connection would otherwise be dialled without a pause.
    return { state: rest(dropped, now, link.attempt + 1, policy), effects: [{ kind: 'hang-up' }] };
  }
  if (flight === null) {
    const redial = dial(dropped, now, link.attempt, policy);
    return { state: redial.state, effects: [{ kind: 'hang-up' }, ...redial.effects] };
  }
  const { unit } = flight.request;
  const ended = noteEnd(dropped, flight, now, policy.timing);
  const outcome: BusOutcome = { kind: 'failed', code, why, isSent: true };
  const isGivenUp = isProbe(state.breakers.get(unit));
  if (code === 'modbus/timeout' && isGivenUp && link.isProven && policy.timing.answersLate(unit)) {
    // A dead unit says nothing of the connection that others answer on; one right answer vouches for it once.
    const kept: BusState = { ...blame(ended, unit, now, now - flight.sentAt), link: { ...link, isProven: false } };
    return { state: kept, effects: [settle(flight, outcome, now - flight.sentAt)] };
  }
  // Where an answer may take longer than usual, the line is left alone for longer as well.
  const usualMs = millis(Math.max(policy.silenceMs, policy.silenceMs === 0 ? 0 : 2 * flight.allowedMs));
  const quietMs =
    (code === 'modbus/timeout' ? toQuiet(state.breakers.get(unit), policy) : null) ?? (usualMs > policy.silenceMs ? usualMs : null);
  const costMs = now - flight.sentAt + (quietMs ?? policy.silenceMs);
  const next = dial(blame(ended, unit, now, costMs, code === 'modbus/mismatch' ? why : null), now, link.attempt, policy, quietMs);
  return { state: next.state, effects: [{ kind: 'hang-up' }, settle(flight, outcome, now - flight.sentAt, costMs), ...next.effects] };
};

/** The connection is gone though nothing was asked: gateways end those that nobody uses. It is no fault. */
const loseIdle = (state: BusState, link: Extract<BusState['link'], { phase: 'up' }>, now: number, policy: BusPolicy): BusStep => {
  if (state.queue.length === 0) return { state: { ...state, link: { phase: 'idle' } }, effects: [{ kind: 'hang-up' }] };
  if (!link.isProven) return { state: rest(state, now, link.attempt + 1, policy), effects: [{ kind: 'hang-up' }] };
  const next = dial(state, now, 0, policy);
  return { state: next.state, effects: [{ kind: 'hang-up' }, ...next.effects] };
};

/** Claims that asking again does no harm, and that there is time for it. */
const mayRetry = ({ request, tries, waitUntil }: Flight, now: number): boolean => !isWrite(request) && tries === 0 && now < waitUntil;

const lose = (state: BusState, now: number, policy: BusPolicy, why: string): BusStep => {
  const { link, flight } = state;
  if (link.phase !== 'up' && link.phase !== 'dialing') return { state, effects: [] };
  if (link.phase === 'up' && flight === null) return loseIdle(state, link, now, policy);
  const attempt = link.phase === 'up' && link.isProven ? 0 : link.attempt + 1;
  const dropped = flight === null ? state : noteEnd({ ...state, flight: null }, flight, now, policy.timing);
  if (link.phase === 'up' && link.isProven && flight !== null && mayRetry(flight, now)) {
    // The peer may have closed it just as the request went out.
    const { sentAt: _sentAt, allowedMs: _allowedMs, deadline: _deadline, ...waiting } = flight;
    const next = dial({ ...dropped, queue: enqueue(dropped.queue, { ...waiting, tries: 1 }) }, now, 0, policy);
    const retry: BusEffect = { kind: 'retry', ticket: flight.ticket, code: 'modbus/link', why };
    return { state: next.state, effects: [{ kind: 'hang-up' }, retry, ...next.effects] };
  }
  const ended = flight === null ? [] : [settle(flight, { kind: 'failed', code: 'modbus/link', why, isSent: true }, now - flight.sentAt)];
  return { state: rest(dropped, now, attempt, policy), effects: [{ kind: 'hang-up' }, ...ended] };
};

/**
 * An answer that was read after its deadline: this process was held up, and the data came before the timer. Nobody knows how
 * old it is, so it is no value of now. It is the whole answer to this request, so the connection is kept.
 */
const discardLate = (state: BusState, flight: Flight, now: number, policy: BusPolicy): BusStep => {
  const ended = noteEnd({ ...state, flight: null }, flight, now, policy.timing);
  const tookMs = Math.round(now - flight.sentAt);
  const why = `the answer of unit ${flight.request.unit} was read after ${tookMs} ms, later than the ${Math.round(flight.allowedMs)} ms allowed`;
  if (!mayRetry(flight, now)) {
    const outcome: BusOutcome = { kind: 'failed', code: 'modbus/timeout', why, isSent: true };
    return { state: ended, effects: [settle(flight, outcome, now - flight.sentAt)] };
  }
  const { sentAt: _sentAt, allowedMs: _allowedMs, deadline: _deadline, ...waiting } = flight;
  return {
    state: { ...ended, queue: enqueue(ended.queue, { ...waiting, tries: 1 }) },
    effects: [{ kind: 'retry', ticket: flight.ticket, code: 'modbus/timeout', why }],
  };
};

const answer = (state: BusState, now: number, policy: BusPolicy, outcome: BusOutcome): BusStep => {
  const { link, flight } = state;
  if (link.phase !== 'up' || flight === null) return { state, effects: [] };
  if (now > flight.deadline) return discardLate(state, flight, now, policy);
  const { unit } = flight.request;
  const exception = outcome.kind === 'exception' ? toExceptionKind(outcome.code) : null;
  const proven: BusState = {
    ...state,
    flight: null,
    link: { phase: 'up', attempt: 0, isProven: true },
    brokenSince: null,
    hasAnswered: true,
  };
  const answered = noteEnd(proven, flight, now, policy.timing);
  const judged = exception === 'gateway' ? blame(answered, unit, now, now - flight.sentAt) : withBreaker(answered, unit, null);
  const retryAt = now + (exception === 'busy' ? policy.busyPause() : 0);
  if (exception === 'busy' && flight.tries < busyTries && retryAt < flight.waitUntil) {
    const { sentAt: _sentAt, allowedMs: _allowedMs, deadline: _deadline, ...waiting } = flight;
    return { state: { ...judged, queue: enqueue(judged.queue, { ...waiting, notBefore: retryAt, tries: flight.tries + 1 }) }, effects: [] };
  }
  return { state: judged, effects: [settle(flight, outcome, now - flight.sentAt)] };
};

const close = (state: BusState): BusStep => {
  const gone = (isSent: boolean): BusOutcome => ({ kind: 'failed', code: 'modbus/link', why: 'the bus was closed', isSent });
  const away = state.link.phase === 'away' ? closeAway(state.link) : null;
  return {
    state: { ...idleBus, breakers: state.breakers, times: state.times },
    effects: [
      { kind: 'hang-up' },
      ...(state.flight === null ? [] : [settle(state.flight, gone(true))]),
      ...(away === null ? [] : [settle(away.waiting, away.outcome)]),
      ...state.queue.map((waiting) => settle(waiting, gone(false))),
    ],
  };
};

const applyEvent = (state: BusState, event: BusEvent, now: number, policy: BusPolicy): BusStep => {
  switch (event.kind) {
    case 'started':
      return state.link.phase === 'closed' ? dial(state, now, 0, policy) : { state, effects: [] };
    case 'asked': {
      const { ticket, request, priority, line = null, waitMs, restMs = 0 } = event;
      const waiting: Waiting = { ticket, request, priority, line, waitUntil: now + waitMs, notBefore: now, restMs, tries: 0 };
      if (state.link.phase === 'closed') return { state, effects: [settle(waiting, unsent('modbus/link', reasonOf('bus/closed')))] };
      const asked: BusState = { ...state, queue: enqueue(state.queue, waiting) };
      return state.link.phase === 'idle' ? dial(asked, now, 0, policy) : { state: asked, effects: [] };
    }
    case 'opened': {
      if (state.link.phase !== 'dialing') return { state, effects: [] };
      const clearAt = Math.max(state.clearAt, now + policy.timing.connectDelayMs);
      return { state: { ...state, clearAt, link: { phase: 'up', attempt: state.link.attempt, isProven: false } }, effects: [] };
    }
    case 'lost':
      return lose(state, now, policy, event.why);
    case 'answered':
      return answer(state, now, policy, event.outcome);
    case 'mismatched':
      return poison(state, now, policy, 'modbus/mismatch', event.why);
    case 'probed': {
      if (state.flight === null) return { state, effects: [] };
      return { state: { ...state, flight: { ...state.flight, deadline: now + event.pauseMs + state.flight.allowedMs } }, effects: [] };
    }
    case 'withdrawn': {
      if (state.flight === null) return { state, effects: [] };
      return { state: { ...state, flight: null }, effects: [settle(state.flight, { kind: 'withdrawn' })] };
    }
    case 'outdated':
    case 'woken':
      return { state, effects: [] };
    case 'closed':
      return close(state);
  }
};

/** What time alone brings: deadlines of the link and of the request in flight. */
const applyTime = (state: BusState, now: number, policy: BusPolicy): BusStep => {
  const { link, flight } = state;
  if (link.phase === 'resting' && now >= link.until) return dial(state, now, link.attempt, policy);
  if (link.phase === 'dialing' && now >= link.deadline) return lose(state, now, policy, 'no connection within the deadline');
  if (flight !== null && now >= flight.deadline) {
    return poison(
      state,
      now,
      policy,
      'modbus/timeout',
      `unit ${flight.request.unit} did not answer within ${Math.round(flight.allowedMs)} ms`,
    );
  }
  return { state, effects: [] };
};

/** Ends what has waited too long, or would have to: while the link rests, nobody waits for what cannot come in time. */
const expire = (state: BusState, now: number): BusStep => {
  const { link } = state;
  const horizon = link.phase === 'resting' ? Math.max(now, link.until) : now;
  const isOver = (waiting: Waiting): boolean => waiting.waitUntil <= horizon;
  const over = state.queue.filter(isOver);
  if (over.length === 0) return { state, effects: [] };
  const outcomeOf = ({ request: { unit } }: Waiting): BusOutcome =>
    link.phase === 'up' || link.phase === 'away'
      ? unsent('modbus/timeout', toWhyUnsent({ breakers: state.breakers, unit }))
      : unsent('modbus/link', reasonOf('bus/no-connection'));
  return {
    state: { ...state, queue: state.queue.filter((waiting) => !isOver(waiting)) },
    effects: over.map((waiting) => settle(waiting, outcomeOf(waiting))),
  };
};

const isCommand = (waiting: Waiting): boolean => waiting.priority === 'hub' || waiting.priority === 'write';

const serve = (state: BusState, now: number, policy: BusPolicy): BusStep => {
  if (state.link.phase !== 'up' || state.flight !== null) return { state, effects: [] };
  const effects: BusEffect[] = [];
  const kept: Waiting[] = [];
  // A unit that is to be left alone is not asked anything less important meanwhile: it would never have its rest.
  const resting = new Set<number>();
  for (const [index, waiting] of state.queue.entries()) {
    const { unit } = waiting.request;
    const breaker = state.breakers.get(unit);
    if (waiting.line !== null || resting.has(unit) || toReadyTime(state, waiting, policy.timing) > now) {
      if (waiting.restMs > 0) resting.add(unit);
      kept.push(waiting);
    } else if (!mayAsk(breaker, now, isCommand(waiting))) {
      effects.push(settle(waiting, unsent('modbus/timeout', reasonOf('bus/unit-silent', { unit }))));
    } else {
      const queue = [...kept, ...state.queue.slice(index + 1)];
      effects.push({ kind: 'send', ticket: waiting.ticket, request: waiting.request });
      if (policy.timing.isBroadcast(waiting.request)) {
        const next = serve({ ...state, queue, clearAt: now + policy.timing.broadcastDelayMs }, now, policy);
        return { state: next.state, effects: [...effects, settle(waiting, { kind: 'sent' }), ...next.effects] };
      }
      const answerMs = policy.timing.answerMs(waiting.request) ?? policy.answerMs;
      const allowedMs = toAllowed(breaker, isCommand(waiting), isProbe(breaker) ? policy.usualMs(unit) : null, answerMs);
      return { state: { ...state, queue, flight: { ...waiting, sentAt: now, allowedMs, deadline: now + allowedMs } }, effects };
    }
  }
  const rested = effects.length === 0 ? state : { ...state, queue: kept };
  const away = findAway(rested);
  if (away === null) return { state: rested, effects };
  const left = leave(rested, away, now, policy);
  return { state: left.state, effects: [...effects, ...left.effects] };
};

/**
 * Pure: one bus, one owner, one request in flight. Reads no clock, opens no socket. An event that does not fit the
 * phase changes nothing. Only `woken` ends a connection by a deadline: after a stall of this process other events may come
 * before the answer that has long been received. The answer itself counts by the clock (`discardLate`).
 */
export const stepBus = (state: BusState, event: BusEvent, now: number, policy: BusPolicy): BusStep => {
  const { link } = state;
  const isAway = link.phase === 'away' && event.kind !== 'asked' && event.kind !== 'closed';
  const first = isAway ? stepAway(state, link, event, now, policy) : applyEvent(state, event, now, policy);
  const second = event.kind === 'woken' ? applyTime(first.state, now, policy) : { state: first.state, effects: [] };
  const third = expire(second.state, now);
  const last = serve(third.state, now, policy);
  return { state: last.state, effects: [...first.effects, ...second.effects, ...third.effects, ...last.effects] };
};

/** When the machine must be woken if nothing happens before; null when it has nothing to wait for. */
export const toWakeTime = (state: BusState, timing: BusTiming = plainTiming): number | null => {
  const { link, flight, queue } = state;
  const times: number[] = [];
  if (link.phase === 'resting') times.push(link.until);
  if (link.phase === 'dialing' || link.phase === 'away') times.push(link.deadline);
  if (flight !== null) times.push(flight.deadline);
  const resting = new Set<number>();
  for (const waiting of queue) {
    const { unit } = waiting.request;
    times.push(waiting.waitUntil);
    // What stands behind another that waits for its unit to rest has its turn after that one.
    if (link.phase === 'up' && flight === null && waiting.line === null && !resting.has(unit))
      times.push(toReadyTime(state, waiting, timing));
    if (waiting.restMs > 0) resting.add(unit);
  }
  return times.length === 0 ? null : Math.min(...times);
};

/** The units that have been given up for the time being, in order. */
export const toSilentUnits = (state: BusState): readonly number[] =>
  [...state.breakers]
    .filter(([, breaker]) => breaker.openSince !== null)
    .map(([unit]) => unit)
    .toSorted((a, b) => a - b);
