import { toExceptionKind } from '../modbus/exceptions.ts';
import { toCount, type BusRequest } from '../modbus/bus-request.ts';
import type { BusEffect } from './bus-state.ts';
import type { BusOutcome } from './bus-outcome.ts';
import { noGap, stepGap, type GapLearning } from './gap-learning.ts';

const toKey = (request: BusRequest): string => `${request.function} ${request.address} ${toCount(request)}`;

/** Claims that the unit answered, whatever it said; null where the end says nothing of its pauses. */
const hasAnswered = (outcome: BusOutcome): boolean | null => {
  switch (outcome.kind) {
    case 'bits':
    case 'words':
    case 'echoed':
      return true;
    case 'exception':
      return toExceptionKind(outcome.code) !== 'gateway';
    case 'failed':
      return outcome.isSent && outcome.code === 'modbus/timeout' ? false : null;
    default:
      return null;
  }
};

/** A pause that a unit was found to need between requests. */
export type LearnedPause = { readonly unit: number; readonly gapMs: number };

/**
 * Watches the exchanges of a bus for units that need a pause between requests. One request is on the wire at a time. `known`
 * is what was learned before this start.
 */
export const createGapWatch = (now: () => number, known: readonly LearnedPause[] = []) => {
  const learned = new Map<number, GapLearning>(known.map(({ unit, gapMs }) => [unit, { ...noGap, gapMs }]));
  const endedAt = new Map<number, number>();
  let sent: { readonly request: BusRequest; readonly at: number; readonly idleMs: number | null } | null = null;
  return {
    gapMs: (unit: number): number => learned.get(unit)?.gapMs ?? 0,
    pauses: (): readonly LearnedPause[] => [...learned].flatMap(([unit, { gapMs }]) => (gapMs > 0 ? [{ unit, gapMs }] : [])),
    sent: (request: BusRequest): void => {
      const before = endedAt.get(request.unit);
      sent = { request, at: now(), idleMs: before === undefined ? null : now() - before };
    },
    /** Another request came first, and was answered; this one goes out after a pause. */
    probed: (pauseMs: number): void => {
      if (sent !== null) sent = { ...sent, at: now() + pauseMs, idleMs: pauseMs };
    },
    settled: ({ request, outcome, line, wireMs }: Extract<BusEffect, { kind: 'settle' }>): void => {
      if (sent?.request !== request || wireMs === null || line !== null) return;
      const { idleMs, at } = sent;
      sent = null;
      const isAnswered = hasAnswered(outcome);
      // A unit that did not answer has been left alone since the request.
      endedAt.set(request.unit, isAnswered === false ? at : now());
      if (idleMs === null || isAnswered === null) return;
      const before = learned.get(request.unit) ?? noGap;
      learned.set(request.unit, stepGap(before, { key: toKey(request), idleMs, isAnswered }));
    },
  };
};
