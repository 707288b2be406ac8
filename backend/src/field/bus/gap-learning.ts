/** One request of a unit: how long the unit had been left alone before, and whether it answered. */
export type GapSample = { readonly key: string; readonly idleMs: number; readonly isAnswered: boolean };

/** What the answers of a unit say of the pause that it needs between requests; `gapMs` 0 while nothing does. */
export type GapLearning = { readonly samples: readonly GapSample[]; readonly gapMs: number };

/** Before the first request. */
export const noGap: GapLearning = { samples: [], gapMs: 0 };

const kept = 48;
const needed = 3;
/** A unit that was left alone for longer does not stay silent for want of a pause. */
const longestIdle = 1_000;
/** The pauses that are tried: what makers print. */
const ladder = [5, 10, 20, 50, 100, 200, 500] as const;

/** So many samples may be chance: a time-out of another cause, a unit that was quick for once. */
const toTrimmed = (sorted: readonly number[]): number => (sorted.length >= 8 ? 1 : 0);

/**
 * Takes in one more request. Where the same requests fail soon after an answer and succeed after a pause, the unit needs one: a
 * pause between the longest that was too short and the shortest that was enough. Requests that always fail, or fail after
 * every pause alike, say nothing. Once found, a pause is never made shorter: what would prove that it may be is lost readings.
 */
export const stepGap = ({ samples, gapMs }: GapLearning, sample: GapSample): GapLearning => {
  const next = [...samples, sample].slice(-kept);
  if (sample.isAnswered) return { samples: next, gapMs };
  const both = new Set(next.filter(({ isAnswered }) => isAnswered).map(({ key }) => key));
  const failing = new Set(next.filter(({ isAnswered }) => !isAnswered).map(({ key }) => key));
  const own = next.filter(({ key }) => both.has(key) && failing.has(key));
  const toIdles = (isAnswered: boolean): readonly number[] =>
    own
      .filter((one) => one.isAnswered === isAnswered)
      .map(({ idleMs }) => idleMs)
      .toSorted((a, b) => a - b);
  const tooShort = toIdles(false);
  const enough = toIdles(true);
  if (tooShort.length < needed || enough.length < needed) return { samples: next, gapMs };
  const longestShort = tooShort.at(-1 - toTrimmed(tooShort)) ?? 0;
  const shortestEnough = enough[toTrimmed(enough)] ?? 0;
  if (longestShort >= shortestEnough || longestShort > longestIdle) return { samples: next, gapMs };
  // In the middle, as the ratio of times goes; above it where the next pause of the ladder is.
  const middle = Math.sqrt(Math.max(1, longestShort) * shortestEnough);
  const found = ladder.find((pause) => pause >= middle && pause > longestShort) ?? 0;
  return { samples: next, gapMs: Math.max(gapMs, found) };
};
