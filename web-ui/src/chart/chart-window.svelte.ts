import type { Address } from '../route/route.ts';
import { withoutMoment } from '../route/route.ts';
import { keepSame } from '../state/keep-same.ts';
import { parseChartAddress, toWindowState, withChartAddress, type ChartAddress, type ChartName } from './chart-address.ts';
import { firstWindow, stepWindow, type WindowEvent, type WindowId, type WindowState } from './window.ts';

/** What a window in the address needs of the panel. */
export type WindowSource = {
  readonly cell: { readonly address: Address };
  readonly go: (href: string, options?: { readonly replace?: boolean }) => void;
};

/** Which chart it is, the window that its address need not name, and where it is to look when the address names no stretch. */
export type WindowPlan = {
  readonly name: ChartName;
  readonly usual: WindowId;
  readonly zoom?: () => WindowState['zoom'];
};

/** What of the time a chart shows. The address says it, so that a reload and a link show the same. */
export class ChartWindow {
  readonly #source: WindowSource;
  readonly #plan: WindowPlan;
  #frozenAt: number | null = $state(null);
  #before: WindowState = firstWindow;

  constructor(source: WindowSource, plan: WindowPlan) {
    this.#source = source;
    this.#plan = plan;
  }

  readonly #address = $derived.by(() => parseChartAddress(this.#source.cell.address.search, this.#plan.name));
  /** The series that the address names; null where it names none. */
  readonly series = $derived.by(() => this.#address.series);
  readonly state = $derived.by(() => {
    const zoom = this.#address.zoom ?? this.#plan.zoom?.() ?? null;
    this.#before = keepSame(this.#before, toWindowState({ ...this.#address, zoom }, this.#plan.usual, this.#frozenAt));
    return this.#before;
  });

  act(event: WindowEvent): void {
    const next = stepWindow(this.state, event);
    if (event.kind === 'freeze') this.#frozenAt = next.frozenAt;
    else this.#show({ ...this.#address, window: next.window, zoom: next.zoom });
  }

  choose(series: readonly string[] | null): void {
    this.#show({ ...this.#address, zoom: this.state.zoom, series });
  }

  #show(next: ChartAddress): void {
    const { name, usual } = this.#plan;
    const { path, search } = name === 'chart' ? withoutMoment(this.#source.cell.address) : this.#source.cell.address;
    const query = withChartAddress(search, name, next, usual);
    this.#source.go(query === '' ? path : `${path}?${query}`, { replace: true });
  }
}
