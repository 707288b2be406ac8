import { modeNamePattern, type DeviceShape } from '@phloem/protocol';
import {
  differenceOf,
  dimensionOf,
  explainQuantity,
  formatDimension,
  parseQuantity,
  percent,
  type DeviceDeclaration,
  type Dimension,
  type Path,
} from '@phloem/rules';
import type { Complain } from './complain.ts';

/** A number of a document in the unit of a device: bare where it has none or takes per cent; undefined after a complaint. */
export const toAmount = (written: number | string, dimension: Dimension, path: Path, complain: Complain): number | undefined => {
  const isBare = formatDimension(dimension) === 'number' || formatDimension(dimension) === '%';
  if (typeof written === 'number') {
    if (isBare) return written;
    complain(path, `a number with its unit, in ${formatDimension(dimension)}`, String(written));
    return undefined;
  }
  const found = explainQuantity(written, dimension);
  if (found === undefined) return parseQuantity(written)?.value;
  complain(path, `a number with its unit, in ${formatDimension(dimension)}`, `${JSON.stringify(written)}, ${found}`);
  return undefined;
};

/** What a device's numbers are; null for kinds that take none. */
export const toUnitOf = ({ kind, quantity }: Pick<DeviceDeclaration, 'kind' | 'quantity'>): Dimension | null => {
  if (kind === 'percent' || kind === 'three-point') return percent;
  return kind === 'setpoint' && quantity !== undefined ? dimensionOf(quantity) : null;
};

/** Keys that say something of other kinds of device alone. */
const foreign = {
  switch: ['quantity', 'range', 'step', 'modes', 'open', 'close', 'travel', 'reversePause'],
  percent: ['quantity', 'range', 'modes', 'open', 'close', 'travel', 'reversePause'],
  setpoint: ['modes', 'open', 'close', 'travel', 'reversePause'],
  mode: ['quantity', 'range', 'step', 'open', 'close', 'travel', 'reversePause'],
  'three-point': ['quantity', 'range', 'step', 'modes', 'write', 'readBack'],
  momentary: ['quantity', 'range', 'step', 'modes', 'open', 'close', 'travel', 'reversePause'],
} as const satisfies Record<DeviceDeclaration['kind'], readonly (keyof DeviceDeclaration)[]>;

/** Which values a device can have; null after a complaint that leaves it without any. `named` are the names of its register's values. */
export function toShape(
  id: string,
  device: DeviceDeclaration,
  named: Readonly<Record<string, number>> | undefined,
  path: Path,
  complain: Complain,
): DeviceShape | null {
  const { kind } = device;
  for (const key of foreign[kind]) {
    if (device[key] !== undefined) complain([...path, key], `no ${key}: ${id} is a ${kind} device`, `a ${key}`);
  }
  if (kind === 'mode') return toModes(device.modes ?? named, path, complain);
  if (kind !== 'setpoint') {
    const step = kind === 'percent' ? toStepOf(device, percent, path, complain) : undefined;
    return { kind, ...(step !== undefined && { step }) };
  }
  const { quantity, range } = device;
  if (quantity === undefined || quantity === 'boolean') {
    complain(path, 'quantity, what the set-point is: temperature, percent, frequency …', quantity ?? 'none');
    return null;
  }
  if (range === undefined) {
    complain(path, 'range, the smallest and the largest value, such as ["16 °C", "30 °C"]', 'none');
    return null;
  }
  const dimension = dimensionOf(quantity);
  const [min, max] = range.map((end, i) => toAmount(end, dimension, [...path, 'range', i], complain));
  const step = toStepOf(device, differenceOf(dimension), path, complain);
  if (min === undefined || max === undefined) return null;
  if (min >= max) {
    complain([...path, 'range'], 'the smaller value first', `${range[0]} and ${range[1]}`);
    return null;
  }
  return { kind, quantity, range: { min, max }, ...(step !== undefined && { step }) };
}

function toStepOf({ step }: DeviceDeclaration, dimension: Dimension, path: Path, complain: Complain): number | undefined {
  const size = step === undefined ? undefined : toAmount(step, dimension, [...path, 'step'], complain);
  if (size === undefined || size > 0) return size;
  complain([...path, 'step'], 'a step above zero', String(step));
  return undefined;
}

function toModes(modes: Readonly<Record<string, number>> | undefined, path: Path, complain: Complain): DeviceShape | null {
  if (modes === undefined) {
    complain(path, 'modes, each name with the number that its register holds, such as { off: 0, heat: 1 }', 'none');
    return null;
  }
  const wrong = Object.keys(modes).find((name) => !new RegExp(modeNamePattern).test(name));
  if (wrong !== undefined) complain(path, 'modes with names in lower case, such as heat', JSON.stringify(wrong));
  const all = Object.entries(modes).map(([name, raw]) => ({ name, raw }));
  for (const [i, { name, raw }] of all.entries()) {
    const other = all.slice(0, i).find((one) => one.raw === raw);
    if (other !== undefined) complain([...path, 'modes', name], 'a number that no other mode has', `${raw}, which is ${other.name}`);
  }
  return { kind: 'mode', modes: all };
}
