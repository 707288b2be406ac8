import type { PointId } from '@phloem/protocol';
import type { Columns } from '../history/columns.ts';
import type { Gap } from '../history/gaps.ts';
import type { Span } from './lane-scale.ts';
import type { ChartMark } from './marks.ts';
import type { Corner } from './profile.ts';
import type { Stretch } from './time-scale.ts';

/** One line of a chart. `colour` chooses colour and dash pattern together, 0 to 4. */
export type ChartSeries = {
  readonly id: PointId;
  readonly title: string;
  readonly colour: number;
  readonly columns: Columns;
  readonly gaps: readonly Gap[];
};

/** What a lane is steered to: the line over time, and its limits as distances from that line. */
export type ChartProfile = {
  readonly title: string;
  readonly corners: readonly Corner[];
  readonly target: Span | null;
  readonly alarm: Span | null;
  /** While an offset has moved it, and by how much. */
  readonly moved: { readonly from: number; readonly to: number; readonly delta: number } | null;
};

/** All series of one quantity. */
export type ChartLane = {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly decimals: number;
  readonly span: Span;
  readonly series: readonly ChartSeries[];
  readonly profiles: readonly ChartProfile[];
};

/** When a device was how far on, 0 to 1; null where it is not known. */
export type SwitchRow = {
  readonly id: string;
  readonly title: string;
  readonly spans: readonly { readonly from: number; readonly to: number; readonly share: number | null }[];
};

/** All that a chart draws. */
export type ChartModel = {
  readonly stretch: Stretch;
  /** The hub's wall clock when it was made. */
  readonly present: number;
  readonly lanes: readonly ChartLane[];
  /** In which all that is shown is missing, with the words for it. */
  readonly gaps: readonly (Gap & { readonly text: string })[];
  readonly dark: readonly { readonly from: number; readonly to: number }[];
  readonly simulated: readonly { readonly from: number; readonly to: number }[];
  readonly marks: readonly ChartMark[];
  readonly switches: readonly SwitchRow[];
};

/** The dash pattern of each series colour, in CSS pixels; the colour is never the only sign. */
export const dashes: readonly (readonly number[])[] = [[], [6, 3], [2, 2.5], [8, 2.5, 2, 2.5], [1, 3.5]];

/** Stretches in which the columns hold made-up values; they end where something was measured, not at a pause between two samples. */
export const toSimulatedStretches = (series: readonly Columns[]): readonly { readonly from: number; readonly to: number }[] => {
  const [first] = series;
  if (first === undefined) return [];
  const { from, stepMs, count } = first.grid;
  const stretches: { from: number; to: number }[] = [];
  let isOpen = false;
  for (let column = 0; column < count; column += 1) {
    const known = series.filter(({ mean }) => !Number.isNaN(mean[column]));
    if (known.length === 0) continue;
    const at = from + column * stepMs;
    const last = stretches.at(-1);
    if (!known.some(({ isSimulated }) => isSimulated[column] === 1)) isOpen = false;
    else if (isOpen && last !== undefined) last.to = at + stepMs;
    else {
      stretches.push({ from: at, to: at + stepMs });
      isOpen = true;
    }
  }
  return stretches;
};

/** A line that can be shown in a chart or left out. */
export type ChartChoice = {
  readonly id: PointId;
  readonly title: string;
  readonly lane: string;
  readonly colour: number;
  readonly isShown: boolean;
};
