import { quantities, toNamedText, type MeasurementId, type NamedValues, type Quantity } from '@phloem/protocol';

/** Said where there is no value; never 0. */
export const noValue = '–';

const formats = new Map<number, Intl.NumberFormat>();

const toFormat = (decimals: number): Intl.NumberFormat => {
  const known = formats.get(decimals);
  if (known !== undefined) return known;
  const made = new Intl.NumberFormat('en', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
    useGrouping: false,
    signDisplay: 'negative', // no minus before a number that rounds to zero
  });
  formats.set(decimals, made);
  return made;
};

/** A number with fixed decimals and a true minus sign; what is no number is an en dash. */
export const toNumberText = (n: number, decimals: number): string =>
  Number.isFinite(n) ? toFormat(decimals).format(n).replace('-', '−') : noValue;

/** A point's value as people read it, without its unit; a named one with its number: `heat (4)`. */
export const toValueText = (v: number | boolean | null, decimals: number, measurement: MeasurementId, names?: NamedValues): string => {
  if (v === null) return noValue;
  if (typeof v === 'number') return toNamedText(names, v) ?? toNumberText(v, decimals);
  if (measurement.endsWith('open')) return v ? 'open' : 'closed';
  return v ? 'yes' : 'no';
};

/** The unit as people read it. The exponents of the canonical unit are not in every type face. */
export const toUnitText = (quantity: Quantity): string => (quantity === 'ppfd' ? 'µmol/m²s' : quantities[quantity].unit);
