/** The value below which a share of the sorted samples lies (nearest rank). */
export const percentile = (sorted: ArrayLike<number>, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? Number.NaN;

const toSorted = (samples: readonly number[]): Float64Array => Float64Array.from(samples).toSorted();

/** How a figure came out over the rounds of a run: its median, and between which values the middle half of them lies. */
export type Figure = { readonly median: number; readonly low: number; readonly high: number };

/** What one contender's round trips took. */
export type Summary = { readonly p50: Figure; readonly p99: Figure; readonly rounds: number; readonly samples: number };

/** The median and the middle half of some values. */
export const toFigure = (values: readonly number[]): Figure => {
  const sorted = toSorted(values);
  return { median: percentile(sorted, 0.5), low: percentile(sorted, 0.25), high: percentile(sorted, 0.75) };
};

/** Sums up the samples of each round, one list for each. */
export const summarise = (rounds: readonly (readonly number[])[]): Summary => {
  const sorted = rounds.map(toSorted);
  return {
    p50: toFigure(sorted.map((round) => percentile(round, 0.5))),
    p99: toFigure(sorted.map((round) => percentile(round, 0.99))),
    rounds: rounds.length,
    samples: rounds.reduce((sum, round) => sum + round.length, 0),
  };
};

/** How many times longer one took than the other in the same rounds: the median of the rounds' own ratios. */
export const toRatio = (rounds: readonly (readonly number[])[], peer: readonly (readonly number[])[], share: number): Figure =>
  toFigure(
    rounds.flatMap((round, n) => {
      const beside = peer[n];
      return beside === undefined ? [] : [percentile(toSorted(round), share) / percentile(toSorted(beside), share)];
    }),
  );
