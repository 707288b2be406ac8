import type { Columns } from '../history/columns.ts';
import type { ZoneOffset } from '../chart/zone-offset.ts';

/** The light of one day of the site, in mol/m². */
export type DayLight = {
  /** What has come down since midnight of the site. */
  readonly soFar: number;
  /** What the day will have had, if the lights stay as they are while they are scheduled on; null when nothing says when. */
  readonly projected: number | null;
  /** The share of the time since midnight of which something is known. */
  readonly known: number;
  /** A part of it was made up. */
  readonly isSimulated: boolean;
};

type Dark = readonly { readonly from: number; readonly to: number }[];

/**
 * The light integral of the day so far, and of the whole day. Each known column counts as it is; what is not known
 * counts as nothing, and `known` says how much that is. Ahead, the last known light is taken for the hours in which the
 * schedule has it on; while it is dark now, the mean of what the day's light hours had.
 */
export const toDayLight = (columns: Columns, now: number, offset: ZoneOffset, dark: Dark): DayLight => {
  const { from: dayFrom, to: dayTo } = toDay(now, offset);
  const { grid, mean } = columns;
  let isSimulated = false;
  let sum = 0;
  let knownMs = 0;
  let litSum = 0;
  let litMs = 0;
  let last = Number.NaN;
  for (let column = 0; column < grid.count; column += 1) {
    const begin = Math.max(dayFrom, grid.from + column * grid.stepMs);
    const end = Math.min(now, grid.from + (column + 1) * grid.stepMs);
    const value = mean[column] ?? Number.NaN;
    if (end <= begin || Number.isNaN(value)) continue;
    last = value;
    isSimulated ||= columns.isSimulated[column] === 1;
    sum += toMol(value, end - begin);
    knownMs += end - begin;
    if (value > litFrom) {
      litSum += value * (end - begin);
      litMs += end - begin;
    }
  }
  const known = Math.min(1, knownMs / Math.max(1, now - dayFrom));
  if (dark.length === 0 || Number.isNaN(last)) return { soFar: sum, projected: null, known, isSimulated };
  const isDark = dark.some(({ from, to }) => from <= now && now < to);
  const level = !isDark ? last : litMs > 0 ? litSum / litMs : Number.NaN;
  const darkAhead = dark.reduce((total, { from, to }) => total + Math.max(0, Math.min(to, dayTo) - Math.max(from, now)), 0);
  const litAhead = dayTo - now - darkAhead;
  const ahead = litAhead <= 0 ? 0 : toMol(level, litAhead);
  return { soFar: sum, projected: Number.isNaN(ahead) ? null : sum + ahead, known, isSimulated };
};

/** When the site's day began and will end; 23 or 25 hours apart on the days when the clock changes. */
export const toDay = (now: number, offset: ZoneOffset): { readonly from: number; readonly to: number } => {
  const local = Math.floor((now + offset(now)) / day) * day;
  return { from: toInstant(local, offset), to: toInstant(local + day, offset) };
};

const day = 86_400_000;
/** Below this many µmol/m²s a lamp is off: what is left is a probe's offset. */
const litFrom = 5;

/** µmol/m²s over a time are so many mol/m². */
const toMol = (ppfd: number, ms: number): number => (Math.max(0, ppfd) * ms) / 1e9;

/** The instant at which the site's clock shows this; found by the offset that holds there. */
const toInstant = (local: number, offset: ZoneOffset): number => {
  const guess = local - offset(local - offset(local));
  return local - offset(guess);
};
