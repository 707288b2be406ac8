import { millis, type Millis, quantities, type Quantity } from '@phloem/protocol';
import { dimensionOf, dimensionOfUnit, formatDimension, isSameDimension, multiplyDimensions, plain, type Dimension } from './dimension.ts';
import { findUnit, tableNames, toUnitName } from './unit-table.ts';

/** A number in the canonical unit of its dimension. */
export type QuantityValue = {
  readonly value: number;
  readonly dimension: Dimension;
  /** Written with `±`: a width on both sides. */
  readonly isPlusMinus: boolean;
};

/** How one unit becomes canonical: `canonical = value × factor + offset`. */
export type Unit = { readonly dimension: Dimension; readonly factor: number; readonly offset: number };

const round = (value: number): number => Number(value.toPrecision(13));

const unit = (dimension: Dimension, factor = 1, offset = 0): Unit => ({ dimension, factor, offset });

/**
 * What units of a kind become when they are read. Where people keep two apart (kPa and Pa, m and mm of rain), the first is
 * that of the others; `convertFactor` knows how they hang together.
 */
const canonicalUnits: readonly string[] = [
  '°C',
  'K',
  'kPa',
  'Pa',
  '%',
  'ppm',
  'ppb',
  'µmol/m²/s',
  'mol/m²',
  'lx',
  'W/m²',
  'g/m³',
  'mg/L',
  'µg/m³',
  'mg/kg',
  'g/kg',
  'kJ/kg',
  'mS/cm',
  'pH',
  'PSU',
  'NTU',
  'm³/h',
  'kg/h',
  'm³',
  'kg',
  'm',
  'mm',
  'm/s',
  'mm/h',
  '°',
  'rpm',
  'Hz',
  'V',
  'mV',
  'A',
  'W',
  'var',
  'VA',
  'kWh',
  'kvarh',
  'kVAh',
  'Ω',
  'N·m',
  'N',
  'dB',
  's',
];

const toCanonical = (name: string): Unit | undefined => {
  const found = findUnit(name);
  if (found === undefined) return undefined;
  const own = canonicalUnits.find((canonical) => toUnitName(canonical) === toUnitName(name));
  const canonical = own ?? canonicalUnits.find((candidate) => findUnit(candidate)?.kind === found.kind);
  const into = canonical === undefined ? undefined : findUnit(canonical);
  if (canonical === undefined || into === undefined) return undefined;
  return unit(dimensionOfUnit(canonical), found.factor / into.factor, found.offset / into.factor);
};

const units: ReadonlyMap<string, Unit> = new Map(
  tableNames.flatMap((name) => {
    const canonical = toCanonical(name);
    return canonical === undefined ? [] : [[name, canonical] as const];
  }),
);

/** The names of the units that documents may use. */
export const unitNames: readonly string[] = [...units.keys()];

/** A product or quotient of units, as `formatDimension` writes them: `K/h`, `%/K`, `1/(µmol/m²/s)`, `W·h`, `K^2`. */
const parseProduct = (written: string, find: (name: string) => Unit | undefined): Unit | undefined => {
  const whole = find(written);
  if (whole !== undefined) return whole;
  // Names and what parts them, in turns; what is in parentheses stays together.
  const parts = written.split(/([/·])(?![^(]*\))/u).map((part) => part.trim());
  // The longest beginning that is a unit of its own stays whole: of `µmol/m²/s/h` that is all but the last.
  for (let count = parts.length; count > 0; count -= 2) {
    const head = parts.slice(0, count).join('');
    const first = head === '1' ? unit(plain) : (find(head) ?? (count === 1 ? parseFactor(head, find) : undefined));
    const rest = first === undefined ? undefined : multiplyRest(first, parts.slice(count), find);
    if (rest !== undefined) return rest;
  }
  return undefined;
};

const parseFactor = (part: string, find: (name: string) => Unit | undefined): Unit | undefined => {
  const [, name = '', exponent = '1'] = /^\(?(.*?)\)?(?:\^(\d))?$/u.exec(part) ?? [];
  let result = find(name);
  const once = result;
  for (let count = Number(exponent); count > 1; count--) {
    const dimension: Dimension | undefined = result && once && multiplyDimensions(result.dimension, once.dimension);
    result =
      dimension === undefined || result === undefined || once === undefined ? undefined : unit(dimension, result.factor * once.factor);
  }
  return result;
};

const multiplyRest = (first: Unit, rest: readonly string[], find: (name: string) => Unit | undefined): Unit | undefined => {
  let product: Unit | undefined = first;
  for (let at = 0; at < rest.length; at += 2) {
    const [sign, part] = [rest[at], rest[at + 1]];
    const factor = part === undefined ? undefined : parseFactor(part, find);
    if (product === undefined || factor === undefined) return undefined;
    // 'W per °C' and '°C per hour' mean differences, and have to say so by K.
    const dimension: Dimension | undefined =
      sign === '/' ? multiplyDimensions(product.dimension, factor.dimension, -1) : addBases(product.dimension, factor.dimension);
    const scale: number = sign === '/' ? product.factor / factor.factor : product.factor * factor.factor;
    product = dimension === undefined ? undefined : unit(dimension, scale);
  }
  return product;
};

/** A product as it is written: `%·h` keeps its per cent, which a calculation with shares would drop. */
const addBases = (a: Dimension, b: Dimension): Dimension | undefined => {
  if (a.kind !== 'product' || b.kind !== 'product') return undefined;
  const bases: Record<string, number> = { ...a.bases };
  for (const [base, exponent] of Object.entries(b.bases)) bases[base] = (bases[base] ?? 0) + exponent;
  return { kind: 'product', bases };
};

/** A unit by its name, or a quotient of several (`%/K`, `K/h`); undefined when there is no such unit. */
export const parseUnit = (name: string): Unit | undefined => parseProduct(toUnitName(name), (part) => units.get(part));

/** The dimension that `formatDimension` writes so, or that a unit has; undefined when it is none. */
export const parseDimension = (written: string): Dimension | undefined => {
  const name = toUnitName(written);
  if (name === '' || name === '1' || name === 'number') return plain;
  // A quotient stands for itself only where a quantity has it: m³/s is a rate of m³.
  const isOwn = (part: string): boolean => findUnit(part) !== undefined && (canonicalUnits.includes(part) || !/[/·]/.test(part));
  const own = (part: string): Unit | undefined => (isOwn(part) ? unit(dimensionOfUnit(part)) : undefined);
  return parseProduct(name, own)?.dimension;
};

/** What a value in one dimension is multiplied by to be one in another: 3600 from K/s to K/h. Undefined where they do not convert. */
export const convertFactor = (from: Dimension, to: Dimension): number | undefined => {
  if (isSameDimension(from, to)) return 1;
  if (from.kind !== 'product' || to.kind !== 'product') return undefined;
  const [a, b] = [toKinds(from.bases), toKinds(to.bases)];
  const kinds = new Set([...a.kinds.keys(), ...b.kinds.keys()]);
  return [...kinds].every((kind) => (a.kinds.get(kind) ?? 0) === (b.kinds.get(kind) ?? 0)) ? a.factor / b.factor : undefined;
};

const toKinds = (bases: Readonly<Record<string, number>>): { readonly kinds: ReadonlyMap<string, number>; readonly factor: number } => {
  const kinds = new Map<string, number>();
  let factor = 1;
  for (const [base, exponent] of Object.entries(bases)) {
    const found = findUnit(base);
    kinds.set(found?.kind ?? base, (kinds.get(found?.kind ?? base) ?? 0) + exponent);
    factor *= (found?.factor ?? 1) ** exponent;
  }
  return { kinds, factor };
};

/** The number of a quantity in another dimension of its kind; undefined where it is of another. */
export const toDimension = ({ value, dimension }: QuantityValue, wanted: Dimension): number | undefined => {
  const factor = convertFactor(dimension, wanted);
  return factor === undefined ? undefined : factor === 1 ? value : round(value * factor);
};

/** How a number in a unit becomes one in the canonical unit of a quantity; undefined where it is no unit of that. */
export const toCanonicalUnit = (written: string, quantity: Quantity): Omit<Unit, 'dimension'> | undefined => {
  const wanted = dimensionOf(quantity);
  if (quantities[quantity].unit === '') return undefined;
  // In rules K is a difference; of a register whose quantity is a temperature it is the scale from absolute zero.
  if (wanted.kind === 'temperature' && toUnitName(written) === 'K') return { factor: 1, offset: -273.15 };
  const found = parseUnit(written);
  const factor = found === undefined ? undefined : convertFactor(found.dimension, wanted);
  return found === undefined || factor === undefined ? undefined : { factor: found.factor * factor, offset: found.offset };
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
  return toDimension(quantity, dimension) !== undefined ? undefined : `a quantity in ${formatDimension(quantity.dimension)}`;
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
