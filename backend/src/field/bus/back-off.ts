import { millis, type Millis } from '@phloem/protocol';

/** The pause before the next dial, after so many attempts in vain (0 after a link that had answered). */
export type BackOff = (attempt: number) => Millis;

const firstMs = 500;
const longestMs = 30_000;

/** Exponential from 0.5 s to 30 s with full jitter, so that many hubs do not come back in step. Never gives up. */
export const createBackOff =
  (random: () => number): BackOff =>
  (attempt) =>
    millis(random() * Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 16)));
