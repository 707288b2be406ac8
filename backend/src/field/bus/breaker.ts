import { millis, type Millis } from '@phloem/protocol';

/** What a bus remembers of a unit that fails, so that a dead one does not cost the others their time. */
export type Breaker = {
  readonly failures: number;
  /** When it opened; null while the unit is asked as usual. */
  readonly openSince: number | null;
  /** When a command may try it again: it need not wait for the rarer probes of a long silence. */
  readonly nextCommand: number;
  readonly nextProbe: number;
  /** What was seen instead of an answer the last time; null for nothing at all. */
  readonly seen: string | null;
};

const openAfter = 3;
const shortestPause = 5_000;
const longestPause = 60_000;
/** A probe that ends in a time-out may use this share of the bus. */
const probeShare = 0.1;

const closed: Breaker = { failures: 0, openSince: null, nextCommand: 0, nextProbe: 0, seen: null };
/** A unit that has answered before is known to be back by an answer that takes no longer than so many of its usual ones. */
const usualTimes = 4;
const shortestAnswer = 100;

/** The shortest pause after an attempt in vain: with it, what the attempt cost the others is a tenth of the time at most. */
const toBasePause = (costMs: number): number => Math.max(shortestPause, costMs * (1 / probeShare - 1));

/**
 * Counts one more failure, which cost the bus so long; the third in a row opens. Probes get rarer with the time that
 * the unit has been away.
 */
export const countFailure = (breaker: Breaker = closed, now: number, costMs: number, seen: string | null = null): Breaker => {
  const failures = breaker.failures + 1;
  if (failures < openAfter) return { failures, openSince: null, nextCommand: now, nextProbe: now, seen };
  const openSince = breaker.openSince ?? now;
  const base = toBasePause(costMs);
  const pause = Math.max(base, Math.min(longestPause, (now - openSince) / 6));
  return { failures, openSince, nextCommand: now + base, nextProbe: now + pause, seen };
};

/** Claims that the unit may be asked now. */
export const mayAsk = (breaker: Breaker | undefined, now: number, isCommand: boolean): boolean =>
  breaker === undefined || breaker.openSince === null || now >= breaker.nextProbe || (isCommand && now >= breaker.nextCommand);

/** Claims that asking the unit is a probe: it has been given up, and most likely does not answer. */
export const isProbe = (breaker: Breaker | undefined): boolean => breaker !== undefined && breaker.openSince !== null;

/**
 * How long an answer of the unit is waited for. Every second probe of a silent unit that used to answer waits only a few
 * times as long as that took; those between wait in full, for one that has become slow.
 */
export const toAllowed = (breaker: Breaker | undefined, isCommand: boolean, usualMs: number | null, answerMs: Millis): Millis => {
  if (breaker === undefined || breaker.openSince === null || isCommand || usualMs === null) return answerMs;
  return breaker.failures % 2 === 0 ? answerMs : millis(Math.min(answerMs, Math.max(shortestAnswer, usualTimes * usualMs)));
};

/** How long the unit has been silent; zero while it is asked as usual. */
export const toSilence = (breaker: Breaker | undefined, now: number): Millis =>
  millis(breaker === undefined || breaker.openSince === null ? 0 : Math.max(0, now - breaker.openSince));
