import type { Stretch } from './time-scale.ts';

/** The windows of a chart, shortest first. */
export const windows = [
  { id: '1h', title: '1 h', spanMs: 3_600_000 },
  { id: '4h', title: '4 h', spanMs: 4 * 3_600_000 },
  { id: '24h', title: '24 h', spanMs: 24 * 3_600_000 },
  { id: '7d', title: '7 d', spanMs: 7 * 24 * 3_600_000 },
] as const;

/** The name of a window. */
export type WindowId = (typeof windows)[number]['id'];

/** What of the time a chart shows: a window that ends now, or a stretch that somebody chose; running or held still. */
export type WindowState = {
  readonly window: WindowId;
  readonly zoom: { readonly from: number; readonly to: number } | null;
  /** The moment at which the chart was held still; null when it runs. */
  readonly frozenAt: number | null;
};

/** What somebody can do to it. */
export type WindowEvent =
  | { readonly kind: 'choose'; readonly window: WindowId }
  | { readonly kind: 'shorter' | 'longer' | 'whole' }
  | { readonly kind: 'zoom'; readonly from: number; readonly to: number }
  | { readonly kind: 'freeze'; readonly now: number };

/** A chart as it is opened. */
export const firstWindow: WindowState = { window: '4h', zoom: null, frozenAt: null };

/** The least that can be zoomed into: a minute. */
const leastZoomMs = 60_000;
const aheadMs = 12 * 3_600_000;

/** Takes in what somebody did. Pure. */
export const stepWindow = (state: WindowState, event: WindowEvent): WindowState => {
  switch (event.kind) {
    case 'choose':
      return { ...state, window: event.window, zoom: null };
    case 'shorter':
      return state.zoom === null ? { ...state, window: toNeighbour(state.window, -1) } : { ...state, zoom: null };
    case 'longer':
      return state.zoom === null ? { ...state, window: toNeighbour(state.window, 1) } : { ...state, zoom: null };
    case 'whole':
      return { ...state, zoom: null };
    case 'zoom':
      return event.to - event.from < leastZoomMs ? state : { ...state, zoom: { from: event.from, to: event.to } };
    default:
      return { ...state, frozenAt: state.frozenAt === null ? event.now : null };
  }
};

/** The stretch that is drawn at this moment. */
export const toStretch = ({ window, zoom, frozenAt }: WindowState, now: number): Stretch => {
  if (zoom !== null) return { from: zoom.from, now: zoom.to, aheadMs: 0 };
  const end = frozenAt ?? now;
  return { from: end - toSpanMs(window), now: end, aheadMs };
};

/** How long a window is, in milliseconds. */
export const toSpanMs = (window: WindowId): number => windows.find(({ id }) => id === window)?.spanMs ?? windows[1].spanMs;

/** What is shown, in words: the name of the window, or that a range was selected. */
export const toSpanText = ({ window, zoom, frozenAt }: WindowState): string => {
  const span = zoom === null ? (windows.find(({ id }) => id === window)?.title ?? '') : 'selected range';
  return `${span}${frozenAt === null ? '' : ', frozen'}`;
};

const toNeighbour = (window: WindowId, by: -1 | 1): WindowId => {
  const index = windows.findIndex(({ id }) => id === window);
  return windows[Math.min(windows.length - 1, Math.max(0, index + by))]?.id ?? window;
};
