/** The values between which something is drawn. */
export type Span = { readonly low: number; readonly high: number };

/** The share of a lane's height that stays empty above and below its values. */
const margin = 0.12;

/**
 * The scale of the whole height of a plot, such that `span` fills the lane of this number; 0 is the top one. All lanes
 * share one plot, so that they share its cursor.
 */
export const toLaneScale = (span: Span, lane: number, lanes: number): { readonly min: number; readonly max: number } => {
  const perHeight = (span.high - span.low) / ((1 - 2 * margin) / lanes);
  const low = span.low - perHeight * ((lanes - 1 - lane + margin) / lanes);
  return { min: low, max: low + perHeight };
};

/** Joins spans; null when there is none with a number in it. */
export const toJointSpan = (spans: Iterable<Span>): Span | null => {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const span of spans) {
    if (span.low < low) low = span.low;
    if (span.high > high) high = span.high;
  }
  return low <= high ? { low, high } : null;
};

/** Never so narrow that noise looks like weather: ten of the last decimal at the least. */
export const widen = (span: Span, decimals: number): Span => widenTo(span, 10 * 10 ** -decimals);

/** Around its middle, so that it is so wide at the least. */
export const widenTo = ({ low, high }: Span, least: number): Span => {
  const missing = Math.max(0, least - (high - low)) / 2;
  return { low: low - missing, high: high + missing };
};

/** The least and the greatest of the numbers; null when there is none. */
export const toSpan = (min: Float64Array, max: Float64Array): Span | null => {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < min.length; index += 1) {
    const least = min[index] ?? Number.NaN;
    const most = max[index] ?? Number.NaN;
    if (least < low) low = least;
    if (most > high) high = most;
  }
  return low <= high ? { low, high } : null;
};

/** Round values within a span, at most so many, two if there is any room for them. */
export const toValueTicks = ({ low, high }: Span, most: number): readonly number[] => {
  const rough = (high - low) / Math.max(1, most);
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => power * factor >= rough * 0.999) ?? 10);
  const ticks: number[] = [];
  for (let count = Math.ceil(low / step - 1e-9); count * step <= high + step * 1e-9; count += 1)
    ticks.push(Number((count * step).toPrecision(12)));
  return ticks;
};

/** So many decimals show each of these ticks as it is. */
export const toTickDecimals = (ticks: readonly number[]): number =>
  Math.max(0, ...ticks.map((tick) => String(tick).split('.')[1]?.length ?? 0));
