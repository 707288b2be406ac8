import { chartKeys as keys } from '../route/chart-keys.ts';
import { firstWindow, windows, type WindowId, type WindowState } from './window.ts';

/** What an address says of a chart: its window, what was zoomed into, and which series are chosen; null where it says nothing. */
export type ChartAddress = {
  readonly window: WindowId | null;
  readonly zoom: WindowState['zoom'];
  readonly series: readonly string[] | null;
};

/** The chart of the screen itself, or the one in the panel of a point over it. */
export type ChartName = 'chart' | 'point-chart';

/** Reads what a query says of a chart. What makes no sense counts as not said. */
export const parseChartAddress = (search: string, name: ChartName): ChartAddress => {
  const query = new URLSearchParams(search);
  const { window, zoom, series } = keys[name];
  const told = query.get(window);
  const chosen = (query.get(series) ?? '').split(',').filter((id) => id !== '');
  return {
    window: windows.find(({ id }) => id === told)?.id ?? null,
    zoom: toZoom(query.get(zoom)),
    series: chosen.length === 0 ? null : chosen,
  };
};

/** The query with this said of a chart, and all else as it was. A window that is the usual one is not said. */
export const withChartAddress = (search: string, name: ChartName, chart: ChartAddress, usual: WindowId): string => {
  const query = new URLSearchParams(search);
  const put = (key: string, value: string | null): void => {
    if (value === null) query.delete(key);
    else query.set(key, value);
  };
  put(keys[name].window, chart.window === usual ? null : chart.window);
  put(keys[name].zoom, chart.zoom === null ? null : `${Math.round(chart.zoom.from)}-${Math.round(chart.zoom.to)}`);
  put(keys[name].series, chart.series === null ? null : chart.series.join(','));
  return query.toString().replaceAll('%2F', '/').replaceAll('%2C', ',');
};

/** The state of a chart that its address describes. */
export const toWindowState = ({ window, zoom }: ChartAddress, usual: WindowId, frozenAt: number | null): WindowState => ({
  ...firstWindow,
  window: window ?? usual,
  zoom,
  frozenAt,
});

const toZoom = (text: string | null): WindowState['zoom'] => {
  const [from = Number.NaN, to = Number.NaN] = (text ?? '').split('-').map((part) => (part === '' ? Number.NaN : Number(part)));
  return Number.isFinite(from) && Number.isFinite(to) && from > 0 && to > from && to < 8.64e15 ? { from, to } : null;
};
