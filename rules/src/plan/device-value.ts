import { type DeviceValue, explainDeviceValue, formatDeviceValue, toDeviceUnit, toStep, toValueRange } from '@phloem/protocol';
import {
  boolean,
  dimensionOf,
  formatDimension,
  isPlain,
  isSameDimension,
  percent,
  plain,
  text,
  type Dimension,
} from '../units/dimension.ts';
import type { Scalar } from '../expressions/scope.ts';
import { unknown, type Maybe } from '../nodes/node.ts';
import type { DeviceModel } from '../site-model.ts';
import { parseQuantity } from '../units/units.ts';

export { formatDeviceValue };

type Shape = Omit<DeviceModel, 'fallback' | 'minOn' | 'minOff' | 'merge' | 'id'>;

/** What a device's value is in expressions. */
export const toDeviceDimension = ({ kind, quantity }: Shape): Dimension => {
  switch (kind) {
    case 'switch':
    case 'momentary':
      return boolean;
    case 'percent':
    case 'three-point':
      return percent;
    case 'setpoint':
      return quantity === undefined ? plain : dimensionOf(quantity);
    case 'mode':
      return text;
  }
};

/** What a word of a document means for a device; undefined when it is none of its values: half a switch. */
export const toDeviceValue = (word: string | number | boolean, device: Shape): DeviceValue | undefined => {
  const value = toTyped(word, device);
  return value === undefined || explainDeviceValue(device, value) !== null ? undefined : value;
};

const toTyped = (word: string | number | boolean, device: Shape): DeviceValue | undefined => {
  const isOn = word === true || word === 'on';
  const isOff = word === false || word === 'off';
  switch (device.kind) {
    case 'switch':
    case 'momentary':
      return isOn || isOff ? isOn : undefined;
    case 'percent':
    case 'three-point':
      if (isOn || isOff) return isOn ? 100 : 0;
      return typeof word === 'number' ? word : toNumber(word, percent);
    case 'setpoint': {
      const dimension = toDeviceDimension(device);
      if (typeof word === 'number') return isPlain(dimension) ? word : undefined;
      return toNumber(word, dimension);
    }
    case 'mode':
      return word === false ? 'off' : typeof word === 'string' ? word : undefined;
  }
};

const toNumber = (written: string | boolean, dimension: Dimension): number | undefined => {
  if (typeof written === 'boolean') return undefined;
  const quantity = parseQuantity(written);
  return quantity === undefined || !isSameDimension(quantity.dimension, dimension) ? undefined : quantity.value;
};

/** What a document may say of a device's value: `on or off: room/heater is a switch`. */
export const expectValueOf = (device: DeviceModel): string => {
  const { id, kind } = device;
  const unit = toDeviceUnit(device);
  const range = toValueRange(device);
  const withUnit = (value: number): string => formatDeviceValue(value, device);
  const steps = device.step === undefined ? '' : ` in steps of ${Number(device.step.toPrecision(6))} ${unit}`.trimEnd();
  switch (kind) {
    case 'switch':
      return `on or off: ${id} is a switch`;
    case 'momentary':
      return `on: ${id} takes a pulse`;
    case 'mode':
      return `one of ${(device.modes ?? []).map(({ name }) => name).join(', ')}: ${id} takes a mode`;
    case 'percent':
    case 'three-point':
      return `a number from ${range?.min ?? 0} to ${range?.max ?? 100}${steps}: ${id} takes per cent`;
    case 'setpoint':
      return range === null || range.max > 1e300
        ? `a number with its unit, such as "21 ${unit}": ${id} takes a set-point`
        : `a quantity from "${withUnit(range.min)}" to "${withUnit(range.max)}"${steps}: ${id} takes a set-point`;
  }
};

/** Why an expression is no value for a device, as what was expected; undefined when it fits. */
export const expectExpressionOf = (device: DeviceModel, dimension: Dimension): string | undefined => {
  const wanted = toDeviceDimension(device);
  if (isSameDimension(dimension, wanted)) return undefined;
  if (isSameDimension(wanted, percent)) return isPlain(dimension) ? undefined : 'per cent';
  if (device.kind === 'switch' || device.kind === 'momentary') return `true or false: ${device.id} is a switch`;
  return device.kind === 'mode' ? `the name of a mode: ${device.id} takes a mode` : formatDimension(wanted);
};

/** What an expression's value is to a device: within its range, in its steps; unknown where it is none of its values. */
export const toRequested = (device: Shape, value: Maybe<Scalar>): Maybe<DeviceValue> => {
  if (value === unknown) return unknown;
  if (typeof value !== 'number') return explainDeviceValue(device, value) === null ? value : unknown;
  if (toValueRange(device) === null || !Number.isFinite(value)) return unknown;
  const within = toStep(device, value);
  return device.step === undefined && device.kind !== 'setpoint' ? Math.round(within * 10) / 10 : Number(within.toPrecision(12));
};

/** A number of a document for a device: a limit need not be one of its steps. */
export const toDeviceNumber = (word: string | number, device: Shape): number | undefined => {
  const value = toTyped(word, device);
  return typeof value === 'number' ? value : undefined;
};
