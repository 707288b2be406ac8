import type uPlot from 'uplot';
import type { ChartModel } from '../model.ts';
import { fromAxis, toAxis } from '../time-scale.ts';
import type { PlotFrame } from './plot-frame.ts';
import { toPlotOptions } from './plot-options.ts';

/** What a plot reports. Times are the hub's wall clock. */
export type PlotEvents = {
  readonly pointAt: (at: number | null) => void;
  readonly zoom: (from: number, to: number) => void;
  readonly whole: () => void;
};

/** A chart on the page. The caller closes it. */
export type Plot = {
  readonly draw: (frame: PlotFrame) => void;
  /** Puts the cursor there, as the keyboard moves it; null takes it away. */
  readonly setCursor: (at: number | null) => void;
  readonly close: () => void;
};

/** Opens a plot within an element. uPlot keeps canvas, axis, cursor and selection; what Phloem knows is painted by it. */
export const openPlot = (UPlot: typeof uPlot, element: HTMLElement, events: PlotEvents): Plot => new OpenPlot(UPlot, element, events);

class OpenPlot implements Plot {
  readonly #UPlot: typeof uPlot;
  readonly #element: HTMLElement;
  readonly #events: PlotEvents;
  #plot: uPlot | null = null;
  #shape = '';
  #frame: PlotFrame | null = null;
  /** Where the keyboard has put the cursor; the pointer takes it over. */
  #isOurs = false;
  #wasPointed = false;

  constructor(UPlot: typeof uPlot, element: HTMLElement, events: PlotEvents) {
    this.#UPlot = UPlot;
    this.#element = element;
    this.#events = events;
  }

  draw(next: PlotFrame): void {
    const shape = toShape(next);
    const before = this.#frame;
    this.#frame = next;
    if (this.#plot === null || this.#shape !== shape) {
      this.#shape = shape;
      this.#open(next);
      return;
    }
    const open = this.#plot;
    const isResized = before !== null && (before.width !== next.width || before.height !== next.height);
    // At once, not in a later turn: who draws wants to know how long it took.
    open.batch(() => {
      if (isResized) open.setSize({ width: next.width, height: next.height });
      open.setData(toData(next.model));
    });
  }

  setCursor(at: number | null): void {
    if (this.#plot === null || this.#frame === null) return;
    this.#isOurs = true;
    const left = at === null ? -10 : this.#plot.valToPos(toAxis(this.#frame.model.stretch, at), 'x');
    this.#plot.setCursor({ left, top: at === null ? -10 : 1 }, false);
    this.#isOurs = false;
  }

  close(): void {
    this.#plot?.destroy();
  }

  #open(frame: PlotFrame): void {
    this.#plot?.destroy();
    const data = toData(frame.model);
    const options = toPlotOptions(
      {
        frame: () => this.#frame,
        innerHeight: () => (this.#plot === null ? null : this.#plot.bbox.height / devicePixelRatio),
        onCursor: (plot) => this.#point(plot),
        onSelect: (plot) => this.#select(plot),
        onDoubleClick: () => this.#events.whole(),
      },
      frame,
    );
    this.#plot = new this.#UPlot(options, data, this.#element);
    this.#plot.setData(data); // now that the size of the plot is known
  }

  #toTime(plot: uPlot, left: number): number {
    return this.#frame === null ? 0 : fromAxis(this.#frame.model.stretch, plot.posToVal(left, 'x'));
  }

  #point(plot: uPlot): void {
    if (this.#isOurs) return;
    const { left } = plot.cursor;
    const at = left === undefined || left < 0 ? Number.NaN : this.#toTime(plot, left);
    // A plot that has no width yet knows no time; and where no pointer was, none has gone.
    const isPointed = Number.isFinite(at);
    if (isPointed || this.#wasPointed) this.#events.pointAt(isPointed ? at : null);
    this.#wasPointed = isPointed;
  }

  #select(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width > 4) this.#events.zoom(this.#toTime(plot, left), this.#toTime(plot, left + width));
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }
}

/** Theme, lanes and series: with another one the plot is opened again. */
const toShape = ({ theme, model }: PlotFrame): string =>
  [theme, ...model.lanes.flatMap(({ id, series }) => [id, ...series.map((one) => `${one.id}=${one.colour}`)])].join(' ');

const toData = ({ lanes, stretch }: ChartModel): uPlot.AlignedData => {
  const grid = lanes[0]?.series[0]?.columns.grid;
  const times = Array.from({ length: grid?.count ?? 0 }, (_, column) =>
    grid === undefined ? 0 : toAxis(stretch, grid.from + (column + 0.5) * grid.stepMs),
  );
  return [times, ...lanes.flatMap(({ series }) => series.map(({ columns }) => columns.mean))];
};
