import type { Quantity } from '@phloem/protocol';
import type { Columns } from '../history/columns.ts';
import { toNumberText, toUnitText } from '../format/format-value.ts';

/** How fast a value moves: its direction, and the rate in words: `+1.2 K/h`. */
export type Rate = { readonly direction: 'up' | 'down' | 'steady'; readonly text: string };

const overMs = 15 * 60_000;
const leastMs = 5 * 60_000;
const hour = 3_600_000;

/**
 * The rate of the last quarter of an hour, as the line through its columns that lies closest to them; null when too
 * little of it is known. What would not move the last shown digit within an hour is steady.
 */
export const toRate = (columns: Columns, now: number, quantity: Quantity, decimals: number): Rate | null => {
  const { grid, mean, isSimulated } = columns;
  const from = now - overMs;
  let count = 0;
  let first = Number.NaN;
  let last = Number.NaN;
  let [sumX, sumY, sumXx, sumXy] = [0, 0, 0, 0];
  for (let column = Math.max(0, Math.floor((from - grid.from) / grid.stepMs)); column < grid.count; column += 1) {
    const y = mean[column] ?? Number.NaN;
    const at = grid.from + (column + 0.5) * grid.stepMs;
    // What was made up did not lead to what is measured.
    if (Number.isNaN(y) || at < from || isSimulated[column] === 1) continue;
    const x = (at - from) / hour;
    if (count === 0) first = at;
    last = at;
    count += 1;
    sumX += x;
    sumY += y;
    sumXx += x * x;
    sumXy += x * y;
  }
  if (count < 3 || last - first < leastMs) return null;
  const perHour = (count * sumXy - sumX * sumY) / (count * sumXx - sumX * sumX);
  const digit = 10 ** -decimals;
  const direction = Math.abs(perHour) < digit ? 'steady' : perHour > 0 ? 'up' : 'down';
  const sign = direction === 'steady' ? '±' : perHour > 0 ? '+' : '';
  return { direction, text: `${sign}${toNumberText(direction === 'steady' ? 0 : perHour, decimals)} ${toRateUnit(quantity)}` };
};

/** A difference of temperatures is in kelvin. */
const toRateUnit = (quantity: Quantity): string => `${quantity === 'temperature' ? 'K' : toUnitText(quantity)}/h`;
