import { factsOf, type Quantity } from '@phloem/protocol';
import { toCanonicalUnit } from '@phloem/rules';
import type { ProfilePoint } from './profile.ts';
import type { PointSpec } from './site.ts';
import type { Register } from './register.ts';
import { toBeside } from './to-beside.ts';
import { toRegister } from './to-register.ts';

/** What is worth a millionth of it is dust of binary fractions. */
const tidy = (value: number): number => Number(value.toPrecision(14));

/** How a number in the point's own unit becomes one in the canonical unit of its quantity. */
const toConversion = ({ unit, quantity }: Pick<ProfilePoint, 'unit' | 'quantity'>): { readonly factor: number; readonly offset: number } =>
  (unit === undefined ? undefined : toCanonicalUnit(unit, quantity)) ?? { factor: 1, offset: 0 };

/** The register of a profile's point, which gives canonical units. */
export const toPointRegister = (point: ProfilePoint): Register => {
  const { factor, offset } = toConversion(point);
  const beside = toBeside(point, factor);
  const register: Register = { ...toRegister(point), ...(beside !== undefined && { beside }) };
  if (factor === 1 && offset === 0) return register;
  return { ...register, scale: tidy(register.scale * factor), offset: tidy(register.offset * factor + offset) };
};

/** What the point is between by its profile, in canonical units; by its quantity where the profile does not say. */
export const toPointRange = (point: Pick<ProfilePoint, 'unit' | 'quantity' | 'range'>): PointSpec['range'] => {
  const { min, max } = factsOf(point.quantity);
  if (point.range === undefined) return { min, max };
  const { factor, offset } = toConversion(point);
  const convert = (value: number): number => Number((value * factor + offset).toPrecision(12));
  return { min: convert(point.range.min), max: convert(point.range.max) };
};

/**
 * How far past the ends of its range a value is clamped instead of bad, in canonical units: as the profile says, else as
 * the quantity does at its physical edges. A range that is narrower than those is meant, and has no margin.
 */
export const toMargin = (
  point: Pick<ProfilePoint, 'unit' | 'quantity' | 'range' | 'margin'>,
  range: PointSpec['range'],
): NonNullable<PointSpec['margin']> => {
  const { min, max, margin } = factsOf(point.quantity);
  const own = toPointRange(point);
  const { factor } = toConversion(point);
  const said = point.margin === undefined ? undefined : Number((point.margin * factor).toPrecision(12));
  return {
    below: said !== undefined && range.min === own.min ? said : range.min === min ? margin[0] : 0,
    above: said !== undefined && range.max === own.max ? said : range.max === max ? margin[1] : 0,
  };
};

/** Why a unit does not fit a quantity; null when it does. */
export const findUnitBreach = (unit: string, quantity: Quantity): { readonly expected: string; readonly hint: string } | null => {
  if (toCanonicalUnit(unit, quantity) !== undefined) return null;
  const canonical = factsOf(quantity).unit;
  return canonical === ''
    ? { expected: `no unit: a ${quantity} has none`, hint: '' }
    : { expected: `a unit of ${quantity}, such as ${canonical}`, hint: quantity === 'temperature' ? '°C, °F or K' : '' };
};
