import type { HubClock } from './link.ts';

/** One look at the hub's clocks: what they said, when that came in here, and how long the way there and back took. */
export type ClockSample = { readonly roundTripMs: number; readonly at: number; readonly up: number; readonly receivedAt: number };

/** How many looks are kept. */
const kept = 16;

/** The newest looks, oldest first. */
export const keepSample = (samples: readonly ClockSample[], sample: ClockSample): readonly ClockSample[] =>
  [...samples, sample].slice(-kept);

/** The smallest round trip of the looks that are kept; null without any. */
export const toRoundTrip = (samples: readonly ClockSample[]): number | null =>
  samples.length === 0 ? null : Math.min(...samples.map(({ roundTripMs }) => roundTripMs));

/**
 * The hub's clocks by the look with the smallest round trip, which errs by at most half of it (D. Mills, RFC 5905,
 * clock filter). For display only.
 */
export const toHubClock = (samples: readonly ClockSample[]): HubClock | null => {
  const [first, ...others] = samples;
  if (first === undefined) return null;
  const best = others.reduce((least, sample) => (sample.roundTripMs <= least.roundTripMs ? sample : least), first);
  const way = best.roundTripMs / 2;
  return { atOffsetMs: best.at + way - best.receivedAt, upOffsetMs: best.up + way - best.receivedAt };
};
