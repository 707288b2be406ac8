import type { SiteTime } from '../format/site-time.ts';
import { noValue, toNumberText } from '../format/format-value.ts';
import type { ChartModel, ChartSeries } from './model.ts';
import { readSeries } from './read-chart.ts';

/** A chart as a table: one row for each stretch of time, oldest first, one cell for each series. */
export type ChartTable = {
  readonly heads: readonly string[];
  readonly rows: readonly { readonly at: number; readonly time: string; readonly cells: readonly string[] }[];
};

/** The data of a chart as a table of at most so many rows. Nothing is left out: a row holds the extremes of its stretch. */
export const toChartTable = (model: ChartModel, time: SiteTime, most: number): ChartTable => {
  const all = model.lanes.flatMap((lane) => lane.series.map((series) => ({ lane, series })));
  const grid = all[0]?.series.columns.grid;
  if (grid === undefined) return { heads: [], rows: [] };
  const each = Math.max(1, Math.ceil(grid.count / most));
  // Rows that are less than a minute apart would have the same time.
  const toTime = (at: number): string =>
    each * grid.stepMs < 60_000 ? time.second(at, model.stretch.now) : time.moment(at, model.stretch.now);
  const rows = Array.from({ length: Math.ceil(grid.count / each) }, (_, row) => {
    const first = row * each;
    const at = grid.from + first * grid.stepMs;
    const cells = all.map(({ lane, series }) => toCell(series, lane.decimals, first, Math.min(grid.count, first + each)));
    return { at, time: toTime(at), cells };
  });
  return {
    heads: all.map(({ lane, series }) => `${series.title}${lane.unit === '' ? '' : `, ${lane.unit}`}`),
    rows: rows.filter(({ at }) => at >= model.stretch.from - grid.stepMs && at < model.stretch.now),
  };
};

const toCell = (series: ChartSeries, decimals: number, first: number, last: number): string => {
  const { grid, min, mean, max, isSimulated } = series.columns;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let count = 0;
  let isMadeUp = false;
  for (let column = first; column < last; column += 1) {
    const value = mean[column] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    low = Math.min(low, min[column] ?? value);
    high = Math.max(high, max[column] ?? value);
    sum += value;
    count += 1;
    isMadeUp ||= isSimulated[column] === 1;
  }
  if (count === 0) {
    const [from, to] = [grid.from + first * grid.stepMs, grid.from + last * grid.stepMs];
    const gap = series.gaps.find((one) => one.from < to && one.to > from);
    if (gap !== undefined) return `– ${gap.why === '' ? 'no samples' : gap.why}`;
    // Between two samples that are farther apart than the rows what came before holds, as it does at the cursor.
    const held = readSeries(series, from);
    return held === null ? noValue : `${toNumberText(held.mean, decimals)}${held.isSimulated ? ' simulated' : ''}`;
  }
  const range = low === high ? '' : ` (${toNumberText(low, decimals)} to ${toNumberText(high, decimals)})`;
  return `${toNumberText(sum / count, decimals)}${range}${isMadeUp ? ' simulated' : ''}`;
};
