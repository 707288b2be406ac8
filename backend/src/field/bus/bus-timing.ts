import { millis, type Millis } from '@phloem/protocol';
import { isWrite, type BusRequest } from '../modbus/bus-request.ts';

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

/** The longest that a unit's answer may take, with the pauses between its bytes. */
export const toAnswerTime = (otherwise: Millis, ownMs: Millis | undefined, byteGapMs: number, bytes: number): Millis =>
  millis((ownMs ?? otherwise) + byteGapMs * bytes);
