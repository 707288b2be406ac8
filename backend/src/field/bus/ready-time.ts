import type { BusState, Flight, Waiting } from './bus-state.ts';
import type { BusTiming, UnitTimes } from './bus-timing.ts';

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

const never: UnitTimes = { endedAt: Number.NEGATIVE_INFINITY, polledAt: Number.NEGATIVE_INFINITY };

/** Polls and scans keep their distance; what switches and what reads back does not wait for it. */
const isPoll = ({ priority }: Waiting): boolean => priority === 'poll' || priority === 'control' || priority === 'scan';
