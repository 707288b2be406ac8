import type uPlot from 'uplot';
import type { ChartSeries } from '../model.ts';
import type { Places } from './paint-chart.ts';

/** A column whose values lie farther apart than this, in CSS pixels, has its extremes drawn in full colour. */
const spikeHeight = 8;

/**
 * The paths of one series: a line along the means that is broken at each gap, and for each column the stretch from its
 * least to its greatest value, so that no spike is hidden by an average.
 */
export const toSeriesPaths = ({ x, y }: Places, lane: number, series: ChartSeries, ratio: number): uPlot.Series.Paths => {
  const { grid, min, mean, max } = series.columns;
  const stroke = new Path2D();
  const fill = new Path2D();
  const half = Math.max(0.5 * ratio, (x(grid.from + grid.stepMs) - x(grid.from)) / 2);
  const whole = series.gaps.filter(({ kind }) => kind !== 'partial');
  let gap = 0;
  let isBroken = true;
  for (let column = 0; column < grid.count; column += 1) {
    const value = mean[column] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const at = grid.from + column * grid.stepMs;
    while ((whole[gap]?.to ?? Number.POSITIVE_INFINITY) <= at) {
      gap += 1;
      isBroken = true;
    }
    const place = x(at + grid.stepMs / 2);
    const top = y(lane, max[column] ?? value);
    const bottom = y(lane, min[column] ?? value);
    if (isBroken) {
      // One value alone between two gaps is still to be seen.
      stroke.moveTo(place - ratio, y(lane, value));
    }
    stroke.lineTo(place, y(lane, value));
    if (bottom - top > spikeHeight * ratio) {
      stroke.moveTo(place, top);
      stroke.lineTo(place, bottom);
      stroke.moveTo(place, y(lane, value));
    }
    if (bottom - top > ratio) fill.rect(place - half, top, 2 * half, bottom - top);
    isBroken = false;
  }
  return { stroke, fill, flags: 0 };
};
