import { firstFrom, timeAt, valueAt, type Ring } from './ring.ts';

/** What one pixel column of a trace shows: the least and the greatest value in it, so that no spike is hidden. */
export type Column = { readonly x: number; readonly min: number; readonly max: number; readonly last: number };

/** A stretch without values, in pixels. */
export type Gap = { readonly from: number; readonly to: number };

/** A trace, ready to be drawn: runs of columns that belong together, and the gaps between and after them. */
export type Trace = {
  readonly runs: readonly (readonly Column[])[];
  readonly gaps: readonly Gap[];
  readonly min: number;
  readonly max: number;
};

/** Which stretch of time is drawn how wide, and after how long a silence counts as a gap. */
export type Frame = { readonly from: number; readonly to: number; readonly width: number; readonly gapMs: number };

/** Brings a ring into pixel columns. The line never bridges a gap: what was not received is not drawn. */
export const toTrace = (ring: Ring, { from, to, width, gapMs }: Frame): Trace => {
  const toX = (time: number): number => ((time - from) / (to - from)) * width;
  const runs: Column[][] = [];
  const gaps: Gap[] = [];
  let run: Column[] = [];
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let before = Number.NaN;

  const closeRun = (): void => {
    if (run.length > 0) runs.push(run);
    run = [];
  };

  for (let index = Math.max(0, firstFrom(ring, from) - 1); index < ring.size; index += 1) {
    const time = timeAt(ring, index);
    if (time > to) break;
    const value = valueAt(ring, index);
    if (Number.isNaN(before)) before = time; // Nothing is said of the time before this browser listened.
    if (Number.isNaN(value)) {
      closeRun();
      continue;
    }
    if (time - before > gapMs) {
      closeRun();
      gaps.push({ from: Math.max(0, toX(before)), to: toX(time) });
    }
    before = time;
    min = Math.min(min, value);
    max = Math.max(max, value);
    const x = Math.max(0, Math.floor(toX(time)));
    const column = run.at(-1);
    if (column?.x === x) {
      run[run.length - 1] = { x, min: Math.min(column.min, value), max: Math.max(column.max, value), last: value };
    } else run.push({ x, min: value, max: value, last: value });
  }
  closeRun();
  if (to - before > gapMs) gaps.push({ from: Math.max(0, toX(before)), to: width });
  return { runs, gaps, min, max };
};

const windows = [2, 5, 15, 30, 60, 120, 240].map((minutes) => minutes * 60_000);

/** How much time a trace shows: grows with what has been received, from two minutes to four hours. */
export const toWindowMs = (receivedMs: number): number => windows.find((window) => window >= receivedMs) ?? 240 * 60_000;

/** The values at the lower and the upper edge: never so narrow that noise looks like weather. */
export const toScale = (min: number, max: number, decimals: number): { readonly low: number; readonly high: number } => {
  const least = 10 * 10 ** -decimals;
  const missing = Math.max(0, least - (max - min)) / 2;
  return { low: min - missing, high: max + missing };
};
