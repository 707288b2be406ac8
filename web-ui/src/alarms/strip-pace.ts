import type { AlarmsView } from './alarm-view.ts';

/**
 * What the strip shows of the alarms that wait. `shown` is the alarm of its line, `burst` are those that came while new ones
 * kept coming; both by the browser's running time. `known` is null before the first alarms came.
 */
export type StripPace = {
  readonly shown: string | null;
  readonly shownAt: number;
  readonly burst: readonly string[];
  readonly newestAt: number;
  readonly known: readonly string[] | null;
};

/** The alarms that wait for somebody, the most urgent first; those that returned to normal after the active ones. */
export const toWaiting = ({ lines, returned }: Pick<AlarmsView, 'lines' | 'returned'>): readonly string[] =>
  [...lines.filter(({ isAcknowledged }) => !isAcknowledged), ...returned].map(({ alarm }) => alarm);

/** How long a line stays at the least, in ms: nobody reads faster. */
const lineMs = 1000;
/** A burst is over when no new alarm has come for so long, in ms. */
const quietMs = 10_000;

/** Nothing is shown yet. */
export const restingStrip: StripPace = { shown: null, shownAt: -lineMs, burst: [], newestAt: -quietMs, known: null };

/**
 * Pure: looks at the alarms that wait, the most urgent first. A new line takes the place of another at most once a second;
 * an alarm that waits no more makes room at once.
 */
export const stepStripPace = (before: StripPace, waiting: readonly string[], running: number): StripPace => {
  const { known } = before;
  const news = known === null ? [] : waiting.filter((alarm) => !known.includes(alarm));
  const isQuiet = running - before.newestAt >= quietMs;
  const burst = [...(isQuiet ? [] : before.burst), ...news].filter((alarm) => waiting.includes(alarm));
  const first = waiting[0] ?? null;
  const isHeld = before.shown !== null && waiting.includes(before.shown) && running - before.shownAt < lineMs;
  const shown = isHeld ? before.shown : first;
  return {
    shown,
    shownAt: shown === before.shown ? before.shownAt : running,
    burst,
    newestAt: news.length === 0 ? before.newestAt : running,
    known: waiting,
  };
};

/** How many alarms came in this burst beside the one that is shown. */
export const countMore = ({ shown, burst }: StripPace): number => burst.filter((alarm) => alarm !== shown).length;
