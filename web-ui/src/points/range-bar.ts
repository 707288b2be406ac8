import type { LimitBreach } from './limit-breach.ts';

/** Two limits of one value, in its unit; either may be open. */
export type Limits = { readonly low: number | null; readonly high: number | null };

/** What a range bar shows, all in the unit of the point. */
export type RangeFacts = {
  readonly value: number | null;
  /** What the instrument can report; without it the bar spans the limits that there are, with room beside them. */
  readonly range: { readonly min: number; readonly max: number } | null;
  readonly target: Limits | null;
  readonly alarm: Limits | null;
  readonly setpoint: number | null;
  /** The alarm of a limit that is active; null while none is. */
  readonly breach: LimitBreach | null;
};

/** A range bar as shares of its width, 0 at the left and 1 at the right. */
export type RangeBar = {
  readonly target: { readonly from: number; readonly to: number } | null;
  readonly ticks: readonly number[];
  readonly setpoint: number | null;
  readonly value: number | null;
  readonly standing: RangePosition;
  readonly breach: LimitBreach | null;
};

/** Where a value stands towards its limits. A value without limits is `unlimited`. */
export type RangePosition = 'within' | 'off-target' | 'below-alarm' | 'above-alarm' | 'unlimited' | 'none';

/** The words for each standing; empty where there is nothing to say. */
export const rangeWords: Readonly<Record<RangePosition, string>> = {
  within: 'in its band',
  'off-target': 'outside its band',
  'below-alarm': 'below its alarm limit',
  'above-alarm': 'above its alarm limit',
  unlimited: '',
  none: '',
};

/** The geometry of a range bar; null when there is nothing that the value could be held against. */
export const toRangeBar = (facts: RangeFacts): RangeBar | null => {
  const span = toSpan(facts);
  if (span === null) return null;
  const toShare = (value: number): number => Math.min(1, Math.max(0, (value - span.low) / (span.high - span.low)));
  const { target, alarm, setpoint, value } = facts;
  return {
    target: target === null ? null : { from: toShare(target.low ?? span.low), to: toShare(target.high ?? span.high) },
    ticks: [alarm?.low, alarm?.high].flatMap((limit) => (limit === null || limit === undefined ? [] : [toShare(limit)])),
    setpoint: setpoint === null ? null : toShare(setpoint),
    value: value === null || !Number.isFinite(value) ? null : toShare(value),
    standing: toStanding(facts),
    breach: facts.breach,
  };
};

/** Where the value stands: beyond a limit while the hub's alarm is active; an edge of the band is still inside. */
export const toStanding = ({ value, target, breach }: Pick<RangeFacts, 'value' | 'target' | 'breach'>): RangePosition => {
  if (value === null || !Number.isFinite(value)) return 'none';
  if (breach !== null) return breach.side === 'low' ? 'below-alarm' : 'above-alarm';
  if (target === null) return 'unlimited';
  const isWithin = value >= (target.low ?? Number.NEGATIVE_INFINITY) && value <= (target.high ?? Number.POSITIVE_INFINITY);
  return isWithin ? 'within' : 'off-target';
};

/**
 * What the bar spans. The limits take up its middle half at the least, so that a band of two degrees is seen on an
 * instrument of two hundred; the instrument's own range bounds it.
 */
const toSpan = ({ range, target, alarm, setpoint }: RangeFacts): { readonly low: number; readonly high: number } | null => {
  const marks = [target?.low, target?.high, alarm?.low, alarm?.high, setpoint].filter(
    (mark): mark is number => typeof mark === 'number' && Number.isFinite(mark),
  );
  if (marks.length < 2) return range !== null && range.max > range.min ? { low: range.min, high: range.max } : null;
  const least = Math.min(...marks);
  const most = Math.max(...marks);
  const beside = (most - least) / 2;
  const low = Math.max(least - beside, range?.min ?? Number.NEGATIVE_INFINITY);
  const high = Math.min(most + beside, range?.max ?? Number.POSITIVE_INFINITY);
  return high > low ? { low, high } : null;
};
