import type { PointId, PointLayout, PointState, SetpointAhead } from '@phloem/protocol';
import type { Columns } from '../history/columns.ts';
import { isKnown, type Gap } from '../history/gaps.ts';
import type { Buckets } from '../history/buckets.ts';
import { noValue, toNumberText, toUnitText } from '../format/format-value.ts';
import { toMedian } from '../points/median.ts';
import type { PointView } from '../points/point-view.ts';
import { toDurationText } from '../format/duration.ts';
import type { SiteTime } from '../format/site-time.ts';
import type { InstrumentView } from '../room/room-view.ts';

/** The least, the mean and the greatest value of a stretch, in words; en dashes when there is none. */
export type Stats = { readonly min: string; readonly mean: string; readonly max: string; readonly minAt: string; readonly maxAt: string };

/** What the columns of a stretch hold. The mean is that of the columns that have a value, each counting alike. */
export const toStats = ({ grid, min, mean, max }: Columns, decimals: number, time: SiteTime, now: number): Stats => {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let [lowAt, highAt, sum, count] = [0, 0, 0, 0];
  for (let column = 0; column < grid.count; column += 1) {
    const value = mean[column] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const at = grid.from + column * grid.stepMs;
    sum += value;
    count += 1;
    if ((min[column] ?? value) < low) [low, lowAt] = [min[column] ?? value, at];
    if ((max[column] ?? value) > high) [high, highAt] = [max[column] ?? value, at];
  }
  if (count === 0) return { min: noValue, mean: noValue, max: noValue, minAt: '', maxAt: '' };
  const text = (value: number): string => toNumberText(value, decimals);
  return { min: text(low), mean: text(sum / count), max: text(high), minAt: time.moment(lowAt, now), maxAt: time.moment(highAt, now) };
};

/** What was read of a window: its history, and what the hub said when it could not be read. */
export type HistoryPage = { readonly value: Buckets | null; readonly fault: string | null };

/** How good the samples of a stretch were, in a sentence. The gaps are those that the chart of this window shows. */
export const toQualityText = ({ value: buckets, fault }: HistoryPage, gaps: readonly Gap[]): string => {
  if (buckets === null) return fault === null ? 'Reading the history…' : `The history could not be read: ${fault}.`;
  let known = 0;
  let good = 0;
  let isSimulated = false;
  for (let index = 0; index < buckets.at.length; index += 1) {
    if (Number.isNaN(buckets.mean[index])) continue;
    known += 1;
    good += buckets.good[index] ?? 0;
    isSimulated ||= buckets.isSimulated[index] === 1;
  }
  if (known === 0) return 'No samples in this window.';
  const share = `${toNumberText(Math.floor((good / known) * 1000) / 10, 1)} % of the samples are good`;
  const told = gaps.filter(isKnown);
  const missing = told.reduce((sum, { from, to }) => sum + (to - from), 0);
  const holes = told.length === 0 ? 'no gaps' : `${told.length} ${told.length === 1 ? 'gap' : 'gaps'}, ${toDurationText(missing)} together`;
  return `${share}; ${holes}.${isSimulated ? ' Part of it is simulated, not measured.' : ''}`;
};

/** `+0.3`, `−0.3`, and `0.0` without a sign. */
const toDifferenceText = (difference: number, decimals: number): string => {
  const isZero = Math.abs(difference) < 0.5 * 10 ** -decimals;
  return isZero ? toNumberText(0, decimals) : `${difference > 0 ? '+' : ''}${toNumberText(difference, decimals)}`;
};

/** One probe among those that measure the same. */
export type ProbeLine = {
  readonly id: PointId;
  readonly title: string;
  readonly text: string;
  readonly unit: string;
  readonly freshness: PointView['freshness'];
  /** How far it is from the middle of all: `+0.3`; empty where it has no value. */
  readonly difference: string;
  readonly isOff: boolean;
  readonly note: string;
};

/** A probe as it is known now. */
export type ProbeFacts = { readonly layout: PointLayout; readonly title: string; readonly view: PointView; readonly value: number | null };

/**
 * Probes of one quantity side by side. One deviates when it is farther from their median than three times the
 * median of all distances, and farther than ten of the last digit; two alone cannot say which of them it is.
 */
export const toProbeLines = (probes: readonly ProbeFacts[]): readonly ProbeLine[] => {
  const values = probes.flatMap(({ value }) => (value === null ? [] : [value]));
  const middle = toMedian(values);
  const spread = toMedian(values.map((value) => Math.abs(value - middle)));
  return probes.map(({ layout, title, view, value }) => {
    const distance = value === null ? Number.NaN : value - middle;
    const least = 10 * 10 ** -layout.decimals;
    return {
      id: layout.id,
      title,
      text: view.text,
      unit: view.unit,
      freshness: view.freshness,
      difference: value === null || values.length < 2 ? '' : toDifferenceText(distance, layout.decimals),
      isOff: values.length > 2 && Math.abs(distance) > Math.max(3 * spread, least),
      note: view.note,
    };
  });
};

const minute = 60_000;

const toMeasurement = (id: PointId): string => (id.split('/')[2] ?? '').replace(/_?\d+$/, '');

/** Claims that two points measure the same in two clusters. A leaf is not compared with the air. */
export const isSameMeasurement = (one: PointLayout, other: PointLayout): boolean =>
  one.quantity === other.quantity && toMeasurement(one.id) === toMeasurement(other.id);

/** What is known of a probe. A value that is no news is none. */
export const toProbeFacts = (layout: PointLayout, view: PointView, state: PointState | undefined): ProbeFacts => {
  const v = state?.v;
  const isNews = view.freshness === 'fresh' || view.freshness === 'late';
  return { layout, title: layout.id.split('/')[1]?.replaceAll('_', ' ') ?? '', view, value: isNews && typeof v === 'number' ? v : null };
};

/** Set-point, target band, alarm limits and the range of the instrument, as far as there are any. */
export const toLimitRows = (
  layout: PointLayout,
  { setpoint: text, base }: Pick<InstrumentView, 'setpoint' | 'base'>,
  setpoint: SetpointAhead | null,
): readonly (readonly [name: string, text: string])[] => {
  const unit = toUnitText(layout.quantity);
  const limit = (value: number | null): string => (value === null ? '' : toNumberText(value, layout.decimals));
  const band = (low: number | null, high: number | null): string => {
    if (low === null) return `up to ${limit(high)} ${unit}`.trim();
    return high === null ? `from ${limit(low)} ${unit}`.trim() : `${limit(low)} to ${limit(high)} ${unit}`.trim();
  };
  const rows: (readonly [string, string])[] = [];
  if (setpoint !== null && text !== '')
    rows.push(['Set-point', `${text} ${unit}${base === '' ? '' : ` with offset, ${base} ${unit} by schedule`}`]);
  if (setpoint?.target) rows.push(['Target band', band(setpoint.target.low, setpoint.target.high)]);
  if (setpoint?.alarm) rows.push(['Alarm limits', band(setpoint.alarm.low, setpoint.alarm.high)]);
  if (layout.range) rows.push(['Instrument', band(layout.range.min, layout.range.max)]);
  return rows;
};

/** How the times and the numbers of a file are written. */
export type CsvChoice = { readonly zone: 'site' | 'utc'; readonly decimal: 'point' | 'comma' };

/** Where the samples of a stretch are to be had as a file. To the minute, so that the link does not change all the time. */
export const toCsvHref = (
  id: PointId,
  { from, to }: { readonly from: number; readonly to: number },
  { zone, decimal }: CsvChoice,
): string => {
  const query = `from=${Math.floor(from / minute) * minute}&to=${Math.ceil(to / minute) * minute}&zone=${zone}&decimal=${decimal}`;
  return `/api/v1/points/${encodeURIComponent(id)}/export.csv?${query}`;
};
