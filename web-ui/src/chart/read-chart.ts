import type { PointId } from '@phloem/protocol';
import { isKnown, type Gap } from '../history/gaps.ts';
import { noValue, toNumberText } from '../format/format-value.ts';
import type { SiteTime } from '../format/site-time.ts';
import { toDurationText } from '../format/duration.ts';
import type { ChartLane, ChartModel, ChartProfile, ChartSeries } from './model.ts';

/** What a series is at a moment; null where there is no value. */
export type SeriesReading = { readonly min: number; readonly mean: number; readonly max: number; readonly isSimulated: boolean } | null;

/** What stands in the column of this moment; a column without a sample of its own has what came before, within its gap. */
export const readSeries = ({ columns, gaps }: ChartSeries, at: number): SeriesReading => {
  const { grid, min, mean, max, isSimulated } = columns;
  if (at < grid.from || at >= grid.from + grid.stepMs * grid.count) return null;
  if (gaps.some(({ kind, from, to }) => kind !== 'partial' && at >= from && at < to)) return null;
  for (let column = Math.floor((at - grid.from) / grid.stepMs); column >= 0; column -= 1) {
    const value = mean[column] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    return { min: min[column] ?? value, mean: value, max: max[column] ?? value, isSimulated: isSimulated[column] === 1 };
  }
  return null;
};

/** A reading in a few letters: `26.1`, or with its extremes where they differ, `26.1 (25.8–26.4)`. */
export const toReadingText = (reading: SeriesReading, decimals: number): string => {
  if (reading === null) return noValue;
  const mean = toNumberText(reading.mean, decimals);
  const least = toNumberText(reading.min, decimals);
  const most = toNumberText(reading.max, decimals);
  return least === most ? mean : `${mean} (${least} to ${most})`;
};

/** The set-point of the lane at a moment; null without one. */
export const readProfile = ({ corners }: ChartProfile, at: number): number | null => {
  const index = corners.findLastIndex((corner) => corner.at <= at);
  const from = corners[index];
  const to = corners[index + 1];
  if (from === undefined) return null;
  if (to === undefined || to.at === from.at) return to === undefined && at > from.at ? null : from.value;
  return from.value + ((to.value - from.value) * (at - from.at)) / (to.at - from.at);
};

/** The reason why a series has nothing at a moment; empty when it has. */
export const toGapWhy = ({ gaps }: ChartSeries, at: number): string =>
  gaps.flatMap(({ kind, from, to, why }) => (kind !== 'partial' && at >= from && at < to ? [why === '' ? 'no samples' : why] : []))[0] ??
  '';

/** One series at the cursor. */
export type ReadingLine = { readonly id: PointId; readonly text: string; readonly why: string; readonly isSimulated: boolean };

/** All series at a moment. */
export const readChart = (model: ChartModel, at: number): readonly ReadingLine[] =>
  model.lanes.flatMap(({ series, decimals }) =>
    series.map((one) => {
      const reading = readSeries(one, at);
      return { id: one.id, text: toReadingText(reading, decimals), why: toGapWhy(one, at), isSimulated: reading?.isSimulated === true };
    }),
  );

/** The series at the cursor, by point; nothing without a cursor, or where it stands ahead of now. */
export const readAtCursor = (model: ChartModel | null, cursorAt: number | null): ReadonlyMap<PointId, ReadingLine> =>
  new Map(
    model === null || cursorAt === null || cursorAt > model.stretch.now ? [] : readChart(model, cursorAt).map((line) => [line.id, line]),
  );

/** The cursor in words, for those who hear it. */
export const toSpokenReading = (model: ChartModel, at: number, time: SiteTime): string => {
  const isAhead = at > model.stretch.now;
  const parts = model.lanes.flatMap((lane) => [
    ...(isAhead ? [] : lane.series.map((series) => `${series.title} ${toSpokenSeries(series, lane, at)}`)),
    ...lane.profiles.flatMap((profile) => {
      const value = readProfile(profile, at);
      return value === null ? [] : [`${lane.title} set-point ${toNumberText(value, lane.decimals)} ${lane.unit}`.trim()];
    }),
  ]);
  return [`${time.clock(at)}${isAhead ? ', ahead' : ''}`, ...parts].join('; ');
};

const toSpokenSeries = (series: ChartSeries, { decimals, unit }: ChartLane, at: number): string => {
  const reading = readSeries(series, at);
  if (reading === null) return `no value${toGapWhy(series, at) === '' ? '' : `, ${toGapWhy(series, at)}`}`;
  return `${toReadingText(reading, decimals)} ${unit}${reading.isSimulated ? ', simulated' : ''}`.trim();
};

/** A gap in a sentence: `No samples 02:00–03:10 (bus 1 timeout). Last value before: 24.9 °C`. */
export const toGapSentence = (
  gap: Gap,
  series: ChartSeries,
  { decimals, unit }: Pick<ChartLane, 'decimals' | 'unit'>,
  time: SiteTime,
  now: number,
): string => {
  if (!isKnown(gap)) return toUnreadSentence(gap, time, now);
  const before = readSeries({ ...series, gaps: [] }, gap.from - 1);
  const last = before === null || gap.kind === 'partial' ? '' : ` Last value before: ${toNumberText(before.mean, decimals)} ${unit}.`;
  const length = toDurationText(gap.to - gap.from);
  return `${gap.kind === 'partial' ? 'Samples missing' : 'No samples'} ${time.range(gap.from, gap.to, now)}, ${length}${toWhy(gap)}.${last}`;
};

/** What was not read yet may hold anything: nothing is claimed of it. */
const toUnreadSentence = ({ kind, from, to, why }: Gap, time: SiteTime, now: number): string =>
  kind === 'unread' ? `${why.slice(0, 1).toUpperCase()}${why.slice(1)}` : `Not known ${time.range(from, to, now)} (${why})`;

/** Where nobody reported a reason, none is written. */
const toWhy = ({ why }: Gap): string => (why === '' ? '' : ` (${why})`);

/** The gaps of a whole chart in sentences; the last value before is named where one line alone is shown. */
export const toGapTexts = (gaps: readonly Gap[], lanes: readonly ChartLane[], time: SiteTime, now: number): readonly GapText[] => {
  const [lane, ...otherLanes] = lanes;
  const [series, ...others] = lane?.series ?? [];
  const isAlone = lane !== undefined && series !== undefined && otherLanes.length + others.length === 0;
  return gaps.map((gap) => ({
    ...gap,
    text: isAlone
      ? toGapSentence(gap, series, lane, time, now)
      : !isKnown(gap)
        ? toUnreadSentence(gap, time, now)
        : `No samples ${time.range(gap.from, gap.to, now)}${toWhy(gap)}`,
  }));
};

/** A gap with the words that are written into it. */
export type GapText = Gap & { readonly text: string };
