import { millis, type Millis } from '@phloem/protocol';

/** What a bus remembers of a unit that fails, so that a dead one does not cost the others their time. */
export type Breaker = {
  readonly failures: number;
  /** When it opened; null while the unit is asked as usual. */
  readonly openSince: number | null;
  readonly lastAttempt: number;
  readonly nextProbe: number;
};

const openAfter = 3;
const shortestPause = 5_000;
const longestPause = 60_000;
/** A probe that ends in a time-out may use this share of the bus. */
const probeShare = 0.1;

const closed: Breaker = { failures: 0, openSince: null, lastAttempt: 0, nextProbe: 0 };

/** The shortest time between two attempts on a silent unit: its time-outs cost the others at most a tenth. */
const toBasePause = (answerMs: Millis): number => Math.max(shortestPause, answerMs / probeShare);

/** Counts one more failure; the third in a row opens. Probes get rarer with the time that the unit has been away. */
export const countFailure = (breaker: Breaker = closed, now: number, answerMs: Millis): Breaker => {
  const failures = breaker.failures + 1;
  if (failures < openAfter) return { failures, openSince: null, lastAttempt: now, nextProbe: now };
  const openSince = breaker.openSince ?? now;
  const base = toBasePause(answerMs);
  const pause = Math.max(base, Math.min(longestPause, (now - openSince) / 6));
  return { failures, openSince, lastAttempt: now, nextProbe: now + pause };
};

/** Claims that the unit may be asked now. A command need not wait for the rarer probes of a long silence. */
export const mayAsk = (breaker: Breaker | undefined, now: number, isCommand: boolean, answerMs: Millis): boolean => {
  if (breaker === undefined || breaker.openSince === null || now >= breaker.nextProbe) return true;
  return isCommand && now >= breaker.lastAttempt + toBasePause(answerMs);
};

/** How long the unit has been silent; zero while it is asked as usual. */
export const toSilence = (breaker: Breaker | undefined, now: number): Millis =>
  millis(breaker === undefined || breaker.openSince === null ? 0 : Math.max(0, now - breaker.openSince));
