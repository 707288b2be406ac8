import { millis } from '@phloem/protocol';
import type { BusRequest } from '../modbus/bus-request.ts';
import { plainTiming, type BusTiming } from '../bus/bus-timing.ts';
import { stepBus, toWakeTime } from '../bus/bus-machine.ts';
import { idleBus, type BusEffect, type BusEvent, type BusPolicy, type BusState, type Priority } from '../bus/bus-state.ts';
import type { BusOutcome } from '../bus/bus-outcome.ts';

export const plain: BusPolicy = {
  connectMs: millis(2_000),
  answerMs: millis(500),
  silenceMs: millis(0),
  answerMsAt: () => millis(520),
  usualMs: () => null,
  pauseAfter: (attempt) => millis(Math.min(30_000, 500 * 2 ** attempt)),
  busyPause: () => millis(200),
  timing: plainTiming,
};
export const read = (unit: number): BusRequest => ({ function: 4, unit, address: 0, count: 1 });
export const words: BusOutcome = { kind: 'words', values: [7] };

/** Drives the machine manually: each call is one event at one moment. */
export const drive = (timing: Partial<BusTiming> = {}) => {
  const policy: BusPolicy = { ...plain, timing: { ...plainTiming, ...timing } };
  let state: BusState = idleBus;
  let tickets = 0;
  const told: BusEffect[] = [];
  const give = (now: number, event: BusEvent): readonly BusEffect[] => {
    const step = stepBus(state, event, now, policy);
    state = step.state;
    told.push(...step.effects);
    return step.effects;
  };
  const ask = (now: number, unit: number, priority: Priority = 'poll', waitMs = 5_000, restMs = 0): number => {
    tickets += 1;
    give(now, { kind: 'asked', ticket: tickets, request: read(unit), priority, waitMs: millis(waitMs), restMs: millis(restMs) });
    return tickets;
  };
  const write = (now: number, unit: number): number => {
    tickets += 1;
    const request: BusRequest = { function: 6, unit, address: 0, values: [1] };
    give(now, { kind: 'asked', ticket: tickets, request, priority: 'write', waitMs: millis(5_000) });
    return tickets;
  };
  return {
    give,
    ask,
    write,
    state: () => state,
    sent: () => told.flatMap((effect) => (effect.kind === 'send' ? [effect.ticket] : [])),
    wake: () => toWakeTime(state, policy.timing),
    outcomeOf: (ticket: number) => told.flatMap((effect) => (effect.kind === 'settle' && effect.ticket === ticket ? [effect.outcome] : [])),
  };
};

export const up = (timing: Partial<BusTiming> = {}) => {
  const bus = drive(timing);
  bus.give(0, { kind: 'started' });
  bus.give(0, { kind: 'opened' });
  return bus;
};
