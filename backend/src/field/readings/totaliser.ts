import { isFloatType, reasonOf, type Reading, type Reason } from '@phloem/protocol';
import type { PointSpec } from '../../site/site.ts';
import type { Register } from '../../site/register.ts';

/** How far a total had come by the log: its value, the raw number of its counter then, and when, by the wall clock. */
export type StoredTotal = { readonly v: number; readonly counter: number; readonly at: number };

/** A running total in counts of its counter, the counter's newest raw number, and when that was, by the monotonic clock. */
export type Counted = { readonly count: number; readonly counter: number; readonly now: number };

/** What is known of a counter. Rates and numbers are in counts. */
export type CounterFacts = {
  /** The number at which it begins at 0 again; null for one that never does. */
  readonly wrapsAt: number | null;
  /** The most that it counts within so many milliseconds; null where nobody said so. */
  readonly maxWithin: ((ms: number) => number) | null;
};

/** Which share of its whole way a counter without a declared rate may have gone when it is believed to have wrapped. */
const wrapShare = 0.25;

type Gain = { readonly gain: number; readonly why: Reason | null };

/** How far a counter went from one reading to the next. `why`: the total may be too low from here on, and why. */
export const toGain = (from: number, to: number, passedMs: number, { wrapsAt, maxWithin }: CounterFacts): Gain => {
  const most = maxWithin?.(Math.max(0, passedMs)) ?? Number.POSITIVE_INFINITY;
  const hasMost = most !== Number.POSITIVE_INFINITY;
  const onward = to >= from ? to - from : wrapsAt === null ? Number.POSITIVE_INFINITY : wrapsAt - from + to;
  const isBelieved = to >= from || hasMost ? onward <= most : wrapsAt !== null && onward <= wrapsAt * wrapShare;
  if (isBelieved) {
    const mayBeMore = hasMost && wrapsAt !== null && onward + wrapsAt <= most;
    return { gain: onward, why: mayBeMore ? reasonOf('counter/wrapped-unseen') : null };
  }
  if (to < from && to <= most) {
    return { gain: to, why: reasonOf('counter/restarted', { from, to }) };
  }
  return { gain: 0, why: reasonOf('counter/too-fast', { from, to }) };
};

/** Goes on with a total. The first reading of a counter is where its total begins. */
export const stepTotal = (
  before: Counted | null,
  counter: number,
  now: number,
  facts: CounterFacts,
): { readonly counted: Counted; readonly why: Reason | null } => {
  if (before === null) return { counted: { count: counter, counter, now }, why: null };
  const { gain, why } = toGain(before.counter, counter, now - before.now, facts);
  return { counted: { count: before.count + gain, counter, now }, why };
};

/** What is known of the counter of a point; null where the point is no total. */
export const toCounterFacts = (
  { totalise, intervalMs }: Pick<PointSpec, 'totalise' | 'intervalMs'>,
  scale: number,
): CounterFacts | null => {
  if (totalise === undefined) return null;
  const { wrapsAt, maxRate } = totalise;
  // Units show their counts in steps of time of their own: one interval more is not too fast.
  const maxWithin = maxRate === undefined ? null : (ms: number) => ((ms + intervalMs) / maxRate.perMs) * (maxRate.change / scale);
  return { wrapsAt, maxWithin };
};

/** Fifteen digits name every count exactly. */
const toValue = (count: number, { scale }: Pick<Register, 'scale'>): number => Number((count * scale).toPrecision(15));

/**
 * The total that the log showed last, to go on from; it is kept in the canonical unit, should the scale have changed since. A
 * wall clock that was put back does not say how long the hub was away: then no rate is too fast.
 */
export const toCounted = (
  { v, counter, at }: StoredTotal,
  { scale, type, beside }: Pick<Register, 'scale' | 'type' | 'beside'>,
  moment: { readonly now: number; readonly at: number },
): Counted => {
  const count = v / scale;
  const passed = moment.at < at ? Number.POSITIVE_INFINITY : moment.at - at;
  return { count: isFloatType(type) || beside?.plus !== undefined ? count : Math.round(count), counter, now: moment.now - passed };
};

/** A total as a reading; `counter` lets a hub that starts again go on from it. */
export const toTotalReading = (counted: Counted, register: Pick<Register, 'scale'>, quality: Pick<Reading, 'q' | 'why'>): Reading => ({
  v: toValue(counted.count, register),
  ...quality,
  counter: counted.counter,
});
