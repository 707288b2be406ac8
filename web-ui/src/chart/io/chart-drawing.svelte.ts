import type { PointId } from '@phloem/protocol';
import { untrack } from 'svelte';
import { createSiteTime } from '../../format/site-time.ts';
import { createSiteZone } from '../../format/site-zone.ts';
import { timeAt } from '../../history/ring.ts';
import type { Traces } from '../../history/traces.ts';
import type { Theme } from '../../theme/tokens.ts';
import type { ChartChoice, ChartModel } from '../model.ts';
import { toChartTicks } from '../time-axis.ts';
import type { Stretch } from '../time-scale.ts';
import { toStretch, type WindowEvent, type WindowState } from '../window.ts';
import { loadPlot } from './load-plot.ts';
import { openPlot, type Plot } from './open-plot.ts';
import { toSwitchesHeight } from './paint-chart.ts';
import { headingsHeight } from './paint-headings.ts';

/** What a chart needs of the panel. */
export type ChartSource = {
  readonly cell: { readonly theme: Theme; readonly chartDraws: number };
  readonly traces: Traces;
  readonly state: () => { readonly site: { readonly timeZone: string } | null };
  readonly hubWall: () => number | null;
};

/** What the screen around a chart decides. Its members are read when they are used, so the props of a component keep it reactive. */
export type ChartPlan = {
  readonly choices: readonly ChartChoice[];
  readonly windowState: WindowState;
  readonly laneHeight?: number;
  /** Where the cursor stands, by the hub's wall clock; null where it is not on the chart. */
  readonly cursorAt: number | null;
  readonly build: (stretch: Stretch, now: number, columns: number) => ChartModel;
  readonly act: (event: WindowEvent) => void;
  readonly pointAt: (at: number | null) => void;
};

const usualLaneHeight = 118;

/** Draws a chart as often as the panel draws charts, and never twice what would look the same. Create it while a component is set up. */
export class ChartDrawing {
  model: ChartModel | null = $state.raw(null);
  width = $state(0);
  failed = $state('');
  #plot: Plot | null = $state.raw(null);
  #switchRows = $state(0);
  #revision = 0;
  #drawn = { look: '', newest: 0, turn: 0 };
  readonly #source: ChartSource;
  readonly #plan: ChartPlan;

  constructor(source: ChartSource, plan: ChartPlan) {
    this.#source = source;
    this.#plan = plan;
    $effect(() => {
      const { build, windowState, choices } = this.#plan;
      void [build, windowState, choices, this.height, this.width, this.#plot, source.cell.theme];
      untrack(() => {
        this.#revision += 1;
        this.#draw();
      });
    });
    $effect(() => {
      void source.cell.chartDraws;
      untrack(() => this.#draw());
    });
    $effect(() => this.#plot?.setCursor(this.#plan.cursorAt));
  }

  readonly zone = $derived.by(() => this.#source.state().site?.timeZone ?? 'UTC');
  readonly time = $derived.by(() => createSiteTime(this.zone));
  readonly #siteZone = $derived.by(() => createSiteZone(this.zone));
  readonly height = $derived.by(() => {
    const { choices, laneHeight = usualLaneHeight } = this.#plan;
    const lanes = new Set(choices.filter(({ isShown }) => isShown).map(({ lane }) => lane)).size;
    return Math.max(1, lanes) * laneHeight + toSwitchesHeight(this.#switchRows) + 28 + headingsHeight;
  });

  /** Opens the plot within an element, and follows its width. Returns what closes it. */
  open(element: HTMLElement): () => void {
    let isGone = false;
    let opened: Plot | null = null;
    loadPlot().then(
      (UPlot) => {
        if (isGone) return;
        opened = openPlot(UPlot, element, {
          pointAt: (at) => this.#plan.pointAt(at),
          zoom: (from, to) => this.#plan.act({ kind: 'zoom', from, to }),
          whole: () => this.#plan.act({ kind: 'whole' }),
        });
        this.#plot = opened;
      },
      () => (this.failed = 'The chart failed to load. The table has the same data.'),
    );
    const sized = new ResizeObserver(([entry]) => (this.width = Math.floor(entry?.contentRect.width ?? 0)));
    sized.observe(element);
    return () => {
      isGone = true;
      sized.disconnect();
      opened?.close();
    };
  }

  #draw(): void {
    const now = this.#source.hubWall();
    const plot = this.#plot;
    const { width, height } = this;
    if (plot === null || width < 50 || now === null) return;
    const { windowState, build, cursorAt } = this.#plan;
    const { theme } = this.#source.cell;
    const stretch = toStretch(windowState, now);
    if (!this.#isNew(stretch, now, theme)) return;
    performance.mark('phloem.chart');
    const model = build(stretch, now, width);
    this.model = model;
    this.#switchRows = model.switches.length;
    const ticks = toChartTicks(stretch, { width, zone: this.#siteZone, toDate: (at) => this.time.date(at) });
    plot.draw({ model, theme, ticks, width, height });
    plot.setCursor(cursorAt);
    performance.measure('phloem.chart', 'phloem.chart');
    performance.clearMarks('phloem.chart');
  }

  /** Whether a drawing would look different from the last one. */
  #isNew(stretch: Stretch, now: number, theme: Theme): boolean {
    const pixelMs = (stretch.now - stretch.from) / this.width;
    const newest = Math.max(0, ...this.#plan.choices.map(({ id }) => this.#toNewest(id)));
    // A second is far less than a pixel of most windows: what came within it can wait for its end.
    const turn = Math.floor(now / Math.min(1000, Math.max(100, pixelMs)));
    const look = [Math.floor(stretch.now / pixelMs), this.width, this.height, theme, this.#revision].join(' ');
    const { look: lookBefore, newest: newestBefore, turn: turnBefore } = this.#drawn;
    if (look === lookBefore && (newest === newestBefore || turn === turnBefore)) return false;
    this.#drawn = { look, newest, turn };
    return true;
  }

  #toNewest(id: PointId): number {
    const ring = this.#source.traces.ring(id);
    return ring === undefined || ring.size === 0 ? 0 : timeAt(ring, ring.size - 1);
  }
}
