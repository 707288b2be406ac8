import type { BusRequest } from './bus-request.ts';
import { isConfusable, toProbe } from './rtu.ts';

/**
 * Which units still owe an answer, where an answer has no number that distinguishes it from another. A unit that does is first asked
 * something whose answer looks different from all that it owes.
 */
export type OwedAnswers = {
  /** What to ask before a request; null where nothing that the unit owes could pass for its answer. */
  probe(request: BusRequest): BusRequest | null;
  /** A request has gone out. */
  sent(request: BusRequest): void;
  /** Its answer has come. */
  answered(request: BusRequest): void;
  /** Claims that some unit owes an answer. */
  isOwed(): boolean;
};

type Owed = { readonly request: BusRequest; readonly since: number };

/** An answer that is later than this belongs to nothing that anybody still remembers. */
const forgetMs = 60_000;
const keptAnswers = 4;

/** Begins with units that owe nothing; it is kept over all connections of a bus. */
export const createOwedAnswers = (now: () => number): OwedAnswers => {
  const owed = new Map<number, readonly Owed[]>();
  const answered = new Map<number, readonly BusRequest[]>();
  const toOwed = (unit: number): readonly Owed[] => (owed.get(unit) ?? []).filter(({ since }) => now() - since < forgetMs);
  return {
    probe: ({ unit }) => {
      const [first, ...others] = toOwed(unit).map(({ request }) => request);
      return first === undefined ? null : toProbe([first, ...others], answered.get(unit) ?? []);
    },
    sent: (request) => {
      owed.set(request.unit, [...toOwed(request.unit), { request, since: now() }]);
    },
    answered: (request) => {
      // Answers come in the order of the requests: with this one, none before it can still come.
      owed.delete(request.unit);
      const others = (answered.get(request.unit) ?? []).filter((old) => !isConfusable(old, request));
      answered.set(request.unit, [request, ...others].slice(0, keptAnswers));
    },
    isOwed: () => [...owed.keys()].some((unit) => toOwed(unit).length > 0),
  };
};
