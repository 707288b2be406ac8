import type { PanelView } from './panel-view.ts';

const dayMs = 24 * 3_600_000;
const untouchedMs = 60_000;

/**
 * Claims that a wall screen may load itself again: it has run for a day, and nobody would miss it for a second. A page
 * of another version than the hub's does so at once.
 */
export const isTimeToReload = (view: PanelView, { openedMs, untouchedForMs }: { openedMs: number; untouchedForMs: number }): boolean => {
  if (view.screen === 'version') return openedMs > untouchedMs; // Not again and again, should the reload not help.
  const isQuiet = view.screen === 'site' && view.link.word === 'live' && view.alarms.lines.every(({ isAcknowledged }) => isAcknowledged);
  return openedMs > dayMs && untouchedForMs > untouchedMs && isQuiet;
};

/** Where a wall screen stands, in pixels: one further every ten minutes, round a small square, so that nothing burns in. */
export const toBurnInShift = (runningMs: number): { readonly x: number; readonly y: number } => {
  const places = [
    [0, 0],
    [1, 0],
    [2, 0],
    [2, 1],
    [2, 2],
    [1, 2],
    [0, 2],
    [0, 1],
  ] as const;
  const [x, y] = places[Math.floor(runningMs / 600_000) % places.length] ?? [0, 0];
  return { x, y };
};
