import type uPlot from 'uplot';
import type { Theme } from '../../look/tokens.ts';
import { dashes, type ChartModel } from '../model.ts';
import { rightInset, toGutter } from '../insets.ts';
import { toLaneScale } from '../lane-scale.ts';
import { fromAxis, toAxis, toEnd } from '../time-scale.ts';
import type { Tick } from '../time-axis.ts';
import { createInk, type Canvas } from './paint.ts';
import { headingsHeight, paintHeadings } from './paint-headings.ts';
import { paintFront, paintGround, toSwitchesHeight, type Places } from './paint-chart.ts';
import { toSeriesPaths } from './series-paths.ts';

/** What a plot tells. Times are the hub's wall clock. */
export type PlotEvents = {
  readonly pointAt: (at: number | null) => void;
  readonly zoom: (from: number, to: number) => void;
  readonly whole: () => void;
};

/** All that a plot needs to draw itself once. */
export type PlotFrame = {
  readonly model: ChartModel;
  readonly theme: Theme;
  readonly ticks: readonly Tick[];
  readonly width: number;
  readonly height: number;
};

/** A chart on the page. The caller closes it. */
export type Plot = {
  readonly draw: (frame: PlotFrame) => void;
  /** Puts the cursor there, as the keyboard moves it; null takes it away. */
  readonly setCursor: (at: number | null) => void;
  readonly close: () => void;
};

/** Opens a plot within an element. uPlot keeps canvas, axis, cursor and selection; what Phloem knows is painted by it. */
export const openPlot = (UPlot: typeof uPlot, element: HTMLElement, events: PlotEvents): Plot => {
  let plot: uPlot | null = null;
  let shape = '';
  let frame: PlotFrame | null = null;
  /** Where the keyboard has put the cursor; the pointer takes it over. */
  let isOurs = false;
  let wasPointed = false;

  const toData = ({ lanes, stretch }: ChartModel): uPlot.AlignedData => {
    const grid = lanes[0]?.series[0]?.columns.grid;
    const times = Array.from({ length: grid?.count ?? 0 }, (_, column) =>
      grid === undefined ? 0 : toAxis(stretch, grid.from + (column + 0.5) * grid.stepMs),
    );
    return [times, ...lanes.flatMap(({ series }) => series.map(({ columns }) => columns.mean))];
  };

  const toTime = (u: uPlot, left: number): number => (frame === null ? 0 : fromAxis(frame.model.stretch, u.posToVal(left, 'x')));

  /** The scales of the plot as plain lines: they are asked for thousands of places in each drawing. */
  const toPlaces = (u: uPlot): Places => {
    const { left, top, width, height } = u.bbox;
    const stretch = frame?.model.stretch;
    const { min: from, max: to } = toEnds(u.scales['x']);
    const perMs = width / (to - from);
    const lanes = (frame?.model.lanes ?? []).map((_, lane) => {
      const { min, max } = toEnds(u.scales[`lane${lane}`]);
      return { max, perUnit: height / (max - min) };
    });
    return {
      plot: u.bbox,
      x: (at) => left + ((stretch === undefined ? at : toAxis(stretch, at)) - from) * perMs,
      y: (lane, value) => {
        const scale = lanes[lane];
        return scale === undefined ? top : top + (scale.max - value) * scale.perUnit;
      },
      switchesHeight: toSwitchesHeight(frame?.model.switches.length ?? 0) * devicePixelRatio,
    };
  };
  const toCanvas = (u: uPlot): Canvas => ({ context: u.ctx, ratio: devicePixelRatio });

  const toLaneRange = (lane: number): uPlot.Range.MinMax => {
    const model = frame?.model;
    const span = model?.lanes[lane]?.span;
    if (model === undefined || span === undefined || plot === null) return [0, 1];
    const scale = toLaneScale(span, lane, model.lanes.length);
    // The devices have the foot of the plot for themselves.
    const inner = plot.bbox.height / devicePixelRatio;
    const rows = toSwitchesHeight(model.switches.length);
    const stretched = inner <= rows ? 1 : inner / (inner - rows);
    return [scale.max - (scale.max - scale.min) * stretched, scale.max];
  };

  const toOptions = ({ model, theme, width, height }: PlotFrame): uPlot.Options => {
    const ink = createInk(theme);
    const lanes = model.lanes.map((_, lane) => lane);
    return {
      width,
      height,
      legend: { show: false },
      padding: [headingsHeight, rightInset, 0, () => toGutter(frame?.width ?? width)],
      scales: {
        x: {
          time: false,
          range: () => (frame === null ? [0, 1] : [frame.model.stretch.from, toAxis(frame.model.stretch, toEnd(frame.model.stretch))]),
        },
        ...Object.fromEntries(lanes.map((lane) => [`lane${lane}`, { range: () => toLaneRange(lane) }])),
      },
      axes: [
        {
          scale: 'x',
          size: 28,
          font: '11px "IBM Plex Sans", system-ui, sans-serif',
          stroke: ink('ink-3'),
          grid: { stroke: ink('line', 0.28), width: 1 },
          ticks: { stroke: ink('line'), width: 1, size: 4 },
          splits: () => frame?.ticks.map(({ at }) => (frame === null ? at : toAxis(frame.model.stretch, at))) ?? [],
          values: () => frame?.ticks.map(({ label }) => label) ?? [],
        },
        { scale: 'lane0', show: false },
      ],
      series: [
        {},
        ...model.lanes.flatMap(({ series }, lane) =>
          series.map((one, index) => ({
            scale: `lane${lane}`,
            stroke: ink(inks[one.ink] ?? 'data-1'),
            fill: ink(inks[one.ink] ?? 'data-1', 0.32),
            width: 1.5,
            dash: [...(dashes[one.ink] ?? [])],
            points: { show: false },
            paths: (u: uPlot) => {
              const current = frame?.model.lanes[lane]?.series[index];
              return current === undefined ? null : toSeriesPaths(toPlaces(u), lane, current, devicePixelRatio);
            },
          })),
        ),
      ],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false },
        bind: {
          dblclick: () => () => {
            events.whole();
            return null;
          },
        },
      },
      hooks: {
        drawClear: [(u) => frame !== null && paintGround(toCanvas(u), frame.model, toPlaces(u), createInk(frame.theme))],
        draw: [
          (u) => frame !== null && paintFront(toCanvas(u), frame.model, toPlaces(u), createInk(frame.theme)),
          (u) => frame !== null && paintHeadings(toCanvas(u), frame.model, toPlaces(u), createInk(frame.theme)),
        ],
        setCursor: [
          (u) => {
            if (isOurs) return;
            const { left } = u.cursor;
            const at = left === undefined || left < 0 ? Number.NaN : toTime(u, left);
            // A plot that has no width yet knows no time; and where no pointer was, none has gone.
            const isPointed = Number.isFinite(at);
            if (isPointed || wasPointed) events.pointAt(isPointed ? at : null);
            wasPointed = isPointed;
          },
        ],
        setSelect: [
          (u) => {
            const { left, width } = u.select;
            if (width > 4) events.zoom(toTime(u, left), toTime(u, left + width));
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
      },
    };
  };

  return {
    draw: (next) => {
      const nextShape = [
        next.theme,
        ...next.model.lanes.flatMap(({ id, series }) => [id, ...series.map((one) => `${one.id}=${one.ink}`)]),
      ].join(' ');
      const isResized = frame !== null && (frame.width !== next.width || frame.height !== next.height);
      frame = next;
      if (plot === null || shape !== nextShape) {
        plot?.destroy();
        shape = nextShape;
        plot = new UPlot(toOptions(next), toData(next.model), element);
        plot.setData(toData(next.model)); // now that the size of the plot is known
        return;
      }
      const open = plot;
      // At once, not in a later turn: who draws wants to know how long it took.
      open.batch(() => {
        if (isResized) open.setSize({ width: next.width, height: next.height });
        open.setData(toData(next.model));
      });
    },
    setCursor: (at) => {
      if (plot === null || frame === null) return;
      isOurs = true;
      const left = at === null ? -10 : plot.valToPos(toAxis(frame.model.stretch, at), 'x');
      plot.setCursor({ left, top: at === null ? -10 : 1 }, false);
      isOurs = false;
    },
    close: () => plot?.destroy(),
  };
};

const toEnds = (scale: uPlot.Scale | undefined): { readonly min: number; readonly max: number } => ({
  min: scale?.min ?? 0,
  max: scale?.max ?? 1,
});

const inks = ['data-1', 'data-2', 'data-3', 'data-4', 'data-5'] as const;
