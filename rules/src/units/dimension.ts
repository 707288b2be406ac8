import { quantities, type Quantity } from '@phloem/protocol';

/**
 * What kind of number something is: products of bases with exponents (`K¹ h⁻¹`). A temperature is a place on a
 * scale, not a length, and is a kind of its own. Bases are canonical units; units that differ by a factor (kPa and Pa,
 * s and h) are different bases, because at run time values are plain numbers and nothing converts them.
 */
export type Dimension =
  | { readonly kind: 'temperature' }
  | { readonly kind: 'product'; readonly bases: Readonly<Record<string, number>> }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'text' };

const product = (bases: Readonly<Record<string, number>>): Dimension => ({ kind: 'product', bases });

export const boolean: Dimension = { kind: 'boolean' };
export const text: Dimension = { kind: 'text' };
export const temperature: Dimension = { kind: 'temperature' };
/** A number without a unit. */
export const plain: Dimension = product({});
/** One base: `toBase('K')`. */
export const toBase = (base: string): Dimension => product({ [base]: 1 });
export const kelvin = toBase('K');
export const kilopascal = toBase('kPa');
export const percent = toBase('%');
export const ppm = toBase('ppm');
export const umol = toBase('µmol/m²/s');

/** Canonical units that are a rate: the rate of rain per hour is a rainfall rate, and has its dimension. */
const rates: Readonly<Record<string, Dimension>> = {
  'm³/h': product({ 'm³': 1, h: -1 }),
  'kg/h': product({ kg: 1, h: -1 }),
  'mm/h': product({ mm: 1, h: -1 }),
  'm/s': product({ m: 1, s: -1 }),
};

/** The dimension of a unit that stands for itself: `°C`, `K`, `m³/h`, `mS/cm`. */
export const dimensionOfUnit = (unit: string): Dimension =>
  unit === '' ? plain : unit === '°C' ? temperature : unit === quantities.ppfd.unit ? umol : (rates[unit] ?? toBase(unit));

/** The dimension of a quantity's canonical unit. */
export const dimensionOf = (quantity: Quantity): Dimension =>
  quantity === 'boolean' ? boolean : dimensionOfUnit(quantities[quantity].unit);

/** Claims that two dimensions are the same. */
export const isSameDimension = (a: Dimension, b: Dimension): boolean => {
  if (a.kind !== 'product' || b.kind !== 'product') return a.kind === b.kind;
  const keys = Object.keys(a.bases);
  return keys.length === Object.keys(b.bases).length && keys.every((base) => a.bases[base] === b.bases[base]);
};

/** Claims a number without a unit. */
export const isPlain = (dimension: Dimension): boolean => dimension.kind === 'product' && Object.keys(dimension.bases).length === 0;

/** Claims a share: per cent and ppm are numbers with a name, which is lost when they scale something else. */
export const isRatio = (dimension: Dimension): boolean => isSameDimension(dimension, percent) || isSameDimension(dimension, ppm);

/** The dimension of a difference between two such values: K for temperatures. */
export const differenceOf = (dimension: Dimension): Dimension => (dimension.kind === 'temperature' ? kelvin : dimension);

/** Claims something that can be reckoned with. */
export const isNumeric = (dimension: Dimension): boolean => dimension.kind === 'temperature' || dimension.kind === 'product';

/** The dimension of `a × b` (or `a ÷ b`); undefined when one is no product: temperatures are not multiplied. */
export const multiplyDimensions = (a: Dimension, b: Dimension, sign: 1 | -1 = 1): Dimension | undefined => {
  if (a.kind !== 'product' || b.kind !== 'product') return undefined;
  if (isRatio(a) && isSameDimension(a, b)) return sign === 1 ? a : plain;
  if (isRatio(b)) return isPlain(a) && sign === 1 ? b : a;
  if (isRatio(a) && sign === 1 && !isPlain(b)) return b;
  const bases: Record<string, number> = { ...a.bases };
  for (const [base, exponent] of Object.entries(b.bases)) {
    const sum = (bases[base] ?? 0) + sign * exponent;
    if (sum === 0) delete bases[base];
    else bases[base] = sum;
  }
  return product(bases);
};

/** The dimension as people write it: `°C`, `K/h`, `kPa`; `number` without a unit. */
export const formatDimension = (dimension: Dimension): string => {
  if (dimension.kind === 'product') return formatProduct(dimension.bases);
  return { temperature: '°C', boolean: 'true or false', text: 'text' }[dimension.kind];
};

const formatProduct = (bases: Readonly<Record<string, number>>): string => {
  const write = ([base, exponent]: readonly [string, number]): string =>
    Math.abs(exponent) === 1 ? base : `${enclose(base)}^${Math.abs(exponent)}`;
  const entries = Object.entries(bases).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const above = entries.filter(([, exponent]) => exponent > 0).map(write);
  const below = entries.filter(([, exponent]) => exponent < 0).map(write);
  if (above.length + below.length === 0) return 'number';
  return `${above.length === 0 ? '1' : above.join('·')}${below.map((base) => `/${base.includes('^') ? base : enclose(base)}`).join('')}`;
};

/** A base that is a quotient or a product itself, so that what divides by it can be read back. */
const enclose = (base: string): string => (/[/·]/.test(base) ? `(${base})` : base);
