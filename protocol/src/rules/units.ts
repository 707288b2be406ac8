import { millis, type Millis } from '../time.ts';
import { formatDimension, isSameDimension, multiplyDimensions, plain, temperature, toBase, type Dimension } from './dimension.ts';

/** A number in the canonical unit of its dimension. */
export type QuantityValue = {
  readonly value: number;
  readonly dimension: Dimension;
  /** Written with `±`: a width on both sides. */
  readonly isPlusMinus: boolean;
};

/** How one unit becomes canonical: `canonical = value × factor + offset`. */
export type Unit = { readonly dimension: Dimension; readonly factor: number; readonly offset: number };

const unit = (dimension: Dimension, factor = 1, offset = 0): Unit => ({ dimension, factor, offset });
const pressure = toBase('kPa');
const ppfd = toBase('µmol/m²/s');
const time = toBase('s');

/** The units that documents may use. Fahrenheit by its definition: °C = (°F − 32) ÷ 1.8. */
const units: ReadonlyMap<string, Unit> = new Map([
  ['°C', unit(temperature)],
  ['degC', unit(temperature)],
  ['°F', unit(temperature, 1 / 1.8, -32 / 1.8)],
  ['degF', unit(temperature, 1 / 1.8, -32 / 1.8)],
  ['K', unit(toBase('K'))],
  ['kPa', unit(pressure)],
  ['hPa', unit(pressure, 0.1)],
  ['mbar', unit(pressure, 0.1)],
  ['bar', unit(pressure, 100)],
  ['Pa', unit(toBase('Pa'))],
  ['%', unit(toBase('%'))],
  ['ppm', unit(toBase('ppm'))],
  ['µmol', unit(ppfd)],
  ['umol', unit(ppfd)],
  ['µmol/m²/s', unit(ppfd)],
  ['µmol m⁻² s⁻¹', unit(ppfd)],
  ['umol/m2/s', unit(ppfd)],
  ['mol/m2', unit(toBase('mol/m²'))],
  ['mol/m²', unit(toBase('mol/m²'))],
  ['lx', unit(toBase('lx'))],
  ['klx', unit(toBase('lx'), 1000)],
  ['g/m³', unit(toBase('g/m³'))],
  ['g/m3', unit(toBase('g/m³'))],
  ['W', unit(toBase('W'))],
  ['kW', unit(toBase('W'), 1000)],
  ['MW', unit(toBase('W'), 1_000_000)],
  ['ms', unit(time, 0.001)],
  ['s', unit(time)],
  ['min', unit(time, 60)],
  ['h', unit(time, 3600)],
  ['d', unit(time, 86_400)],
]);

/** The names of the units that documents may use. */
export const unitNames: readonly string[] = [...units.keys()];

/** A unit by its name, or the quotient of two (`%/K`, `K/h`); undefined when there is no such unit. */
export const parseUnit = (name: string): Unit | undefined => {
  // Two characters look like µ: the micro sign, which keyboards write, and the Greek letter.
  const written = name.trim().replaceAll('μ', 'µ');
  const whole = units.get(written);
  if (whole !== undefined) return whole;
  const slash = written.indexOf('/');
  if (slash === -1) return undefined;
  const above = units.get(written.slice(0, slash).trim());
  const below = units.get(written.slice(slash + 1).trim());
  if (above === undefined || below === undefined) return undefined;
  // 'W per °C' and '°C per hour' mean differences, and have to say so by K.
  const dimension = multiplyDimensions(above.dimension, below.dimension, -1);
  return dimension === undefined ? undefined : unit(dimension, above.factor / below.factor);
};

const form = /^\s*(±)?\s*([+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*$/u;

/** Reads `"26 °C"`, `"±1.0 K"`, `"1.9 kW"`, `"18 %/K"`; undefined when the text is none, or its unit unknown. */
export const parseQuantity = (written: string): QuantityValue | undefined => {
  const match = form.exec(written);
  if (match === null) return undefined;
  const [, sign, digits, name] = match;
  const value = Number(digits);
  const found = name === undefined || name === '' ? unit(plain) : parseUnit(name);
  if (found === undefined || !Number.isFinite(value)) return undefined;
  // Parts in 10¹² are rounded away, so that "77 °F" is 25 and not 25.000000000000004.
  const canonical = round(value * found.factor + found.offset);
  return { value: canonical, dimension: found.dimension, isPlusMinus: sign !== undefined };
};

/** Why a text is not a quantity of this dimension; undefined when it is one. */
export const explainQuantity = (written: string, dimension: Dimension): string | undefined => {
  const quantity = parseQuantity(written);
  if (quantity === undefined) return /^[^\d]*$/.test(written) ? 'no number' : 'no unit known';
  return isSameDimension(quantity.dimension, dimension) ? undefined : `a quantity in ${formatDimension(quantity.dimension)}`;
};

const lengths: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** The pattern of a duration, for schemas. */
export const durationPattern = '^\\d+(\\.\\d+)?(ms|s|min|h|d)( ?\\d+(\\.\\d+)?(ms|s|min|h|d))*$';

/** Reads `90s`, `5min`, `1h30min`, `250ms`, `2d`; undefined when the text is none. */
export const parseDuration = (written: string): Millis | undefined => {
  if (!new RegExp(durationPattern).test(written)) return undefined;
  let sum = 0;
  for (const [, digits, name] of written.matchAll(/(\d+(?:\.\d+)?)(ms|s|min|h|d)/g)) sum += Number(digits) * (lengths.get(name ?? '') ?? 0);
  return sum <= 1e13 ? millis(round(sum)) : undefined;
};

/** A duration as people write it: `90 s`, `5 min`, `1 h 30 min`. */
export const formatDuration = (length: number): string => {
  if (length < 1000) return `${Math.round(length)} ms`;
  if (length < 120_000) return `${Math.round(length / 100) / 10} s`;
  const minutes = Math.round(length / 60_000);
  if (minutes < 120) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
};

const round = (value: number): number => Number(value.toPrecision(13));
