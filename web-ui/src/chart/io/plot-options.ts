import type uPlot from 'uplot';
import { rightInset, toGutter } from '../insets.ts';
import { toLaneScale } from '../lane-scale.ts';
import { dashes } from '../model.ts';
import { toAxis, toEnd } from '../time-scale.ts';
import { createColours, type Canvas } from './paint.ts';
import { paintFront, paintGround, toSwitchesHeight, type Places } from './paint-chart.ts';
import { headingsHeight, paintHeadings } from './paint-headings.ts';
import type { PlotFrame } from './plot-frame.ts';
import { toSeriesPaths } from './series-paths.ts';

/** What the options ask for each time that the plot draws, and what they report. */
export type PlotSource = {
  readonly frame: () => PlotFrame | null;
  /** The height of the plot without its axis, in CSS pixels; null before it is there. */
  readonly innerHeight: () => number | null;
  readonly onCursor: (plot: uPlot) => void;
  readonly onSelect: (plot: uPlot) => void;
  readonly onDoubleClick: () => void;
};

const colours = ['data-1', 'data-2', 'data-3', 'data-4', 'data-5'] as const;

/** The options of a plot with the lanes and the theme of this frame. All else is read from the source while it draws. */
export const toPlotOptions = (source: PlotSource, first: PlotFrame): uPlot.Options => {
  const lanes = first.model.lanes.map((_, lane) => lane);
  return {
    width: first.width,
    height: first.height,
    legend: { show: false },
    padding: [headingsHeight, rightInset, 0, () => toGutter(source.frame()?.width ?? first.width)],
    scales: {
      x: { time: false, range: () => toTimeRange(source.frame()) },
      ...Object.fromEntries(lanes.map((lane) => [`lane${lane}`, { range: () => toLaneRange(source, lane) }])),
    },
    axes: [toTimeAxis(source, first), { scale: 'lane0', show: false }],
    series: [{}, ...lanes.flatMap((lane) => toLaneSeries(source, first, lane))],
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false },
      bind: {
        dblclick: () => () => {
          source.onDoubleClick();
          return null;
        },
      },
    },
    hooks: {
      drawClear: [(u) => paintBy(source, u, paintGround)],
      draw: [(u) => paintBy(source, u, paintFront), (u) => paintBy(source, u, paintHeadings)],
      setCursor: [(u) => source.onCursor(u)],
      setSelect: [(u) => source.onSelect(u)],
    },
  };
};

type Painter = (canvas: Canvas, model: PlotFrame['model'], places: Places, colourOf: ReturnType<typeof createColours>) => void;

const paintBy = (source: PlotSource, plot: uPlot, paint: Painter): void => {
  const frame = source.frame();
  if (frame === null) return;
  paint({ context: plot.ctx, ratio: devicePixelRatio }, frame.model, toPlaces(plot, frame), createColours(frame.theme));
};

const toTimeRange = (frame: PlotFrame | null): uPlot.Range.MinMax =>
  frame === null ? [0, 1] : [frame.model.stretch.from, toAxis(frame.model.stretch, toEnd(frame.model.stretch))];

const toLaneRange = (source: PlotSource, lane: number): uPlot.Range.MinMax => {
  const model = source.frame()?.model;
  const span = model?.lanes[lane]?.span;
  const inner = source.innerHeight();
  if (model === undefined || span === undefined || inner === null) return [0, 1];
  const scale = toLaneScale(span, lane, model.lanes.length);
  // The devices have the foot of the plot for themselves.
  const rows = toSwitchesHeight(model.switches.length);
  const stretched = inner <= rows ? 1 : inner / (inner - rows);
  return [scale.max - (scale.max - scale.min) * stretched, scale.max];
};

const toTimeAxis = (source: PlotSource, { theme }: PlotFrame): uPlot.Axis => {
  const colourOf = createColours(theme);
  return {
    scale: 'x',
    size: 28,
    font: '11px "IBM Plex Sans", system-ui, sans-serif',
    stroke: colourOf('text-3'),
    grid: { stroke: colourOf('line', 0.28), width: 1 },
    ticks: { stroke: colourOf('line'), width: 1, size: 4 },
    splits: () => {
      const frame = source.frame();
      return frame === null ? [] : frame.ticks.map(({ at }) => toAxis(frame.model.stretch, at));
    },
    values: () => source.frame()?.ticks.map(({ label }) => label) ?? [],
  };
};

const toLaneSeries = (source: PlotSource, { model, theme }: PlotFrame, lane: number): readonly uPlot.Series[] => {
  const colourOf = createColours(theme);
  return (model.lanes[lane]?.series ?? []).map((one, index) => ({
    scale: `lane${lane}`,
    stroke: colourOf(colours[one.colour] ?? 'data-1'),
    fill: colourOf(colours[one.colour] ?? 'data-1', 0.32),
    width: 1.5,
    dash: [...(dashes[one.colour] ?? [])],
    points: { show: false },
    paths: (plot: uPlot) => {
      const frame = source.frame();
      const current = frame?.model.lanes[lane]?.series[index];
      return frame === null || current === undefined ? null : toSeriesPaths(toPlaces(plot, frame), lane, current, devicePixelRatio);
    },
  }));
};

/** The scales of the plot as plain lines: they are asked for thousands of places in each drawing. */
const toPlaces = (plot: uPlot, { model }: PlotFrame): Places => {
  const { left, top, width, height } = plot.bbox;
  const { min: from, max: to } = toEnds(plot.scales['x']);
  const perMs = width / (to - from);
  const lanes = model.lanes.map((_, lane) => {
    const { min, max } = toEnds(plot.scales[`lane${lane}`]);
    return { max, perUnit: height / (max - min) };
  });
  return {
    plot: plot.bbox,
    x: (at) => left + (toAxis(model.stretch, at) - from) * perMs,
    y: (lane, value) => {
      const scale = lanes[lane];
      return scale === undefined ? top : top + (scale.max - value) * scale.perUnit;
    },
    switchesHeight: toSwitchesHeight(model.switches.length) * devicePixelRatio,
  };
};

const toEnds = (scale: uPlot.Scale | undefined): { readonly min: number; readonly max: number } => ({
  min: scale?.min ?? 0,
  max: scale?.max ?? 1,
});
