import { millis, type Millis } from '@phloem/protocol';
import { isWrite, type BusRequest } from '../modbus/bus-request.ts';
import type { BusState, Flight, Waiting } from './bus-state.ts';

/** How a bus and its units want to be asked. */
export type BusTiming = {
  /** The pause between an answer of a unit and the next request to it. */
  readonly gapMs: (unit: number) => number;
  /** The pause between any answer and any request. */
  readonly lineGapMs: number;
  /** The pause between connecting and the first request. */
  readonly connectDelayMs: number;
  /** The pause after a broadcast, in which every unit does what it was commanded. */
  readonly broadcastDelayMs: number;
  /** The shortest time between two polls of a unit. */
  readonly pollDistanceMs: (unit: number) => number;
  /** How long the answer to a request may take; null for what the bus allows. */
  readonly answerMs: (request: BusRequest) => Millis | null;
  /** Claims that nobody answers the request. */
  readonly isBroadcast: (request: BusRequest) => boolean;
  /** Claims that a late answer of the unit is known by its transaction, so that it never passes for another. */
  readonly answersLate: (unit: number) => boolean;
};

/** A bus that wants no pauses, with the broadcasts of RTU. */
export const plainTiming: BusTiming = {
  gapMs: () => 0,
  lineGapMs: 0,
  connectDelayMs: 0,
  broadcastDelayMs: 0,
  pollDistanceMs: () => 0,
  answerMs: () => null,
  isBroadcast: (request) => request.unit === 0 && isWrite(request),
  answersLate: () => false,
};

/** When a unit was last asked and had answered, or had not. */
export type UnitTimes = { readonly endedAt: number; readonly polledAt: number };

const never: UnitTimes = { endedAt: Number.NEGATIVE_INFINITY, polledAt: Number.NEGATIVE_INFINITY };

/** Polls and scans keep their distance; what switches and what reads back does not wait for it. */
const isPoll = ({ priority }: Waiting): boolean => priority === 'poll' || priority === 'control' || priority === 'scan';

/** The moment from which a request may go out. */
export const toReadyTime = ({ times, clearAt }: BusState, waiting: Waiting, timing: BusTiming): number => {
  const { unit } = waiting.request;
  const { endedAt, polledAt } = times.get(unit) ?? never;
  const rested = endedAt + Math.max(timing.gapMs(unit), waiting.restMs);
  const apart = isPoll(waiting) ? polledAt + timing.pollDistanceMs(unit) : Number.NEGATIVE_INFINITY;
  return Math.max(waiting.notBefore, clearAt, rested, apart);
};

/** The state after an exchange with a unit has ended: the line and the unit want their pauses. */
export const noteEnd = (state: BusState, flight: Flight, now: number, timing: BusTiming): BusState => {
  const { unit } = flight.request;
  const before = state.times.get(unit) ?? never;
  const polledAt = isPoll(flight) ? flight.sentAt : before.polledAt;
  return {
    ...state,
    times: new Map(state.times).set(unit, { endedAt: now, polledAt }),
    clearAt: Math.max(state.clearAt, now + timing.lineGapMs),
  };
};

/** The longest that a unit's answer may take, with the pauses between its bytes. */
export const toAnswerTime = (otherwise: Millis, ownMs: Millis | undefined, byteGapMs: number, bytes: number): Millis =>
  millis((ownMs ?? otherwise) + byteGapMs * bytes);
