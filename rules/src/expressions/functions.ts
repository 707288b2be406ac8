import { absoluteHumidity, dewPoint, enthalpy, saturationVapourPressure, wetBulb } from '@phloem/protocol';
import { isSameDimension, kelvin, kilopascal, percent, ppm, temperature, toBase, umol, type Dimension } from '../units/dimension.ts';

/** A pure function of numbers. `NaN` is its way of saying that there is no answer. */
export type PureFunction = {
  readonly parameters: readonly Dimension[];
  readonly result: Dimension;
  readonly compute: (...args: number[]) => number;
};

const air = [temperature, percent] as const;

/** Functions whose parameters have one dimension each; where they come from is said in `psychrometrics.ts`. */
export const pureFunctions: ReadonlyMap<string, PureFunction> = new Map<string, PureFunction>([
  ['svp', { parameters: [temperature], result: kilopascal, compute: saturationVapourPressure }],
  ['dew_point', { parameters: air, result: temperature, compute: dewPoint }],
  ['abs_humidity', { parameters: air, result: toBase('g/m³'), compute: absoluteHumidity }],
  ['enthalpy', { parameters: air, result: toBase('kJ/kg'), compute: (t, rh) => enthalpy(t, rh) }],
  ['wet_bulb', { parameters: air, result: temperature, compute: (t, rh) => wetBulb(t, rh) }],
]);

/** Functions that give a plain number its unit. */
export const unitFunctions: ReadonlyMap<string, { readonly result: Dimension; readonly convert: (value: number) => number }> = new Map([
  ['degC', { result: temperature, convert: (value) => value }],
  ['degF', { result: temperature, convert: (value) => (value - 32) / 1.8 }],
  ['K', { result: kelvin, convert: (value) => value }],
  ['kPa', { result: kilopascal, convert: (value) => value }],
  ['pct', { result: percent, convert: (value) => value }],
  ['ppm', { result: ppm, convert: (value) => value }],
  ['umol', { result: umol, convert: (value) => value }],
] as const);

/** Functions that keep the dimension of what they are given. The order of a sum or a comparison is that of the text. */
export const sameFunctions: ReadonlyMap<
  string,
  { readonly least: number; readonly most: number; readonly compute: (args: readonly number[]) => number }
> = new Map([
  ['min', { least: 1, most: 32, compute: (args) => Math.min(...args) }],
  ['max', { least: 1, most: 32, compute: (args) => Math.max(...args) }],
  ['clamp', { least: 3, most: 3, compute: ([x = NaN, low = NaN, high = NaN]) => (low <= high ? Math.min(Math.max(x, low), high) : NaN) }],
] as const);

/** Functions that ask about a reading or a device, which they name by a text. */
export const questions: ReadonlyMap<string, 'signal' | 'input' | 'device'> = new Map([
  ['has_value', 'signal'],
  ['age', 'input'],
  ['quality', 'input'],
  ['actual', 'device'],
  ['applied', 'device'],
] as const);

/** The names of all functions. */
export const functionNames: readonly string[] = [
  ...pureFunctions.keys(),
  ...unitFunctions.keys(),
  ...sameFunctions.keys(),
  'abs',
  'lerp',
  'has',
  ...questions.keys(),
];

/** The function that gives a number this dimension; undefined where there is none. */
export const unitFunctionOf = (dimension: Dimension): string | undefined => {
  for (const [name, { result }] of unitFunctions) if (isSameDimension(result, dimension)) return name;
  return undefined;
};
