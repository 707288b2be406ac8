import type { Quality } from '@phloem/protocol';

/** What samples come to together. Bad and stale ones count among `samples` alone, never into a value. */
export type RollUp = {
  readonly min: number | null;
  readonly max: number | null;
  readonly sum: number;
  readonly values: number;
  readonly samples: number;
  readonly good: number;
  readonly simulated: number;
};

/** How a reading counts: a simulated one is as good as measured, and said to be simulated. */
export const isGood = (q: Quality): boolean => q === 'good' || q === 'simulated';

/** What a single sample comes to. */
export const toRollUp = ({
  v,
  q,
  isSimulated,
}: {
  readonly v: number | null;
  readonly q: Quality;
  readonly isSimulated: boolean;
}): RollUp => ({
  min: v,
  max: v,
  sum: v ?? 0,
  values: v === null ? 0 : 1,
  samples: 1,
  good: isGood(q) ? 1 : 0,
  simulated: isSimulated || q === 'simulated' ? 1 : 0,
});

/** What two come to together. */
export const addRollUps = (a: RollUp, b: RollUp): RollUp => ({
  min: a.min === null ? b.min : b.min === null ? a.min : Math.min(a.min, b.min),
  max: a.max === null ? b.max : b.max === null ? a.max : Math.max(a.max, b.max),
  sum: a.sum + b.sum,
  values: a.values + b.values,
  samples: a.samples + b.samples,
  good: a.good + b.good,
  simulated: a.simulated + b.simulated,
});
