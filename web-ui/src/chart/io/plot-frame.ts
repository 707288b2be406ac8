import type { Theme } from '../../theme/tokens.ts';
import type { ChartModel } from '../model.ts';
import type { Tick } from '../time-axis.ts';

/** All that a plot needs to draw itself once. */
export type PlotFrame = {
  readonly model: ChartModel;
  readonly theme: Theme;
  readonly ticks: readonly Tick[];
  readonly width: number;
  readonly height: number;
};
