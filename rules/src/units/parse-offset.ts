import { differenceOf, formatDimension, isPlain, isSameDimension, plain, temperature, type Dimension } from './dimension.ts';
import { parseQuantity, toDimension } from './units.ts';

/** Why a text is no offset: the unit that is wanted, and what to do. */
export type OffsetProblem = { readonly expected: string; readonly hint: string };

/**
 * Reads what somebody adds to a set-point of this dimension, such as `+1.5 K` or `-100 ppm`: a number in the canonical
 * unit of its differences, or why it is none. Temperatures differ by K.
 */
export const parseOffset = (written: string, dimension: Dimension): number | OffsetProblem => {
  const wanted = differenceOf(dimension);
  const unit = toOffsetUnit(dimension);
  const expected = unit === '' ? 'numbers without a unit' : unit;
  const quantity = parseQuantity(written);
  const example = `write it as "+1.5${unit === '' ? '' : ` ${unit}`}"`;
  if (quantity === undefined) return { expected, hint: example };
  if (quantity.isPlusMinus) return { expected, hint: `say + or -: ${example}` };
  const value = toDimension(quantity, wanted);
  if (value !== undefined) return value;
  const isTemperature = isSameDimension(quantity.dimension, temperature) && dimension.kind === 'temperature';
  if (isTemperature) return { expected, hint: `a difference is written in K, and not as a temperature: ${example}` };
  return { expected, hint: isSameDimension(quantity.dimension, plain) ? `say the unit: ${example}` : example };
};

/** An offset as people read it, with its sign: `+1.5 K`. */
export const formatOffset = (delta: number, dimension: Dimension): string => formatDelta(delta, toOffsetUnit(dimension));

/** As `formatOffset`, where the unit is known already. */
export const formatDelta = (delta: number, unit: string): string =>
  `${delta < 0 ? '−' : '+'}${Number(Math.abs(delta).toPrecision(6))}${unit === '' ? '' : ` ${unit}`}`;

/** The unit in which a set-point of this dimension is moved; nothing where its values have none. */
export const toOffsetUnit = (dimension: Dimension): string => (isPlain(dimension) ? '' : formatDimension(differenceOf(dimension)));
