import { formatDeviceValue, isDeviceValue, isRunning, toValueRange, type DeviceShape, type DeviceValue } from '@phloem/protocol';
import type { DeviceSpec } from '../site/site.ts';
import type { RegisterPlace } from '../site/register.ts';

type Places = Pick<DeviceSpec, 'write' | 'readBack'>;

/** Claims that the device runs at this value. */
export const isOn = isRunning;

/** Claims that two values are one to this device's registers: a number is only as fine as they are. */
export function isSameValue(spec: Places, a: DeviceValue, b: DeviceValue): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  return Math.abs(a - b) <= Math.max(toFineness(spec.write.register), toFineness(spec.readBack.register));
}

/**
 * Claims that a device which reads `read` has reached what it was commanded. A device rounds to steps of its own, and a drive
 * settles near its set speed: what is within the tolerance is reached.
 */
export const isReached = (spec: DeviceSpec, read: DeviceValue, wanted: DeviceValue): boolean =>
  typeof read !== 'number' || typeof wanted !== 'number' ? read === wanted : Math.abs(read - wanted) <= toTolerance(spec);

/** How far a read-back may be from what was written. Half a per cent of the range, where the document says nothing. */
export function toTolerance(spec: DeviceSpec): number {
  const fineness = Math.max(toFineness(spec.write.register), toFineness(spec.readBack.register));
  if (spec.tolerance !== undefined) return Math.max(spec.tolerance, fineness);
  const range = toValueRange(spec);
  const share = range === null || range.max - range.min > 1e6 ? 0 : (range.max - range.min) / 200;
  const resolution = Math.max(toResolution(spec.write.register), toResolution(spec.readBack.register));
  return Math.max(resolution, share, (spec.step ?? 0) / 2, fineness) + 1e-9;
}

/** Claims that a device which reads so runs: what is within the tolerance of zero is the noise of one at rest. */
export const isRunningAs = (spec: DeviceSpec, read: DeviceValue): boolean =>
  isOn(read) && !(typeof read === 'number' && isReached(spec, read, 0));

/** Claims that a device is read where it is written, so that what it reads is what it was commanded. A measured value or a contact is not. */
export const isReadWhereWritten = (spec: DeviceSpec): boolean => spec.threePoint !== undefined || isSamePlace(spec.write, spec.readBack);

/** The time in which a device follows what it was commanded, in milliseconds. */
export function toSettleMs(spec: DeviceSpec): number {
  if (spec.settle !== undefined) return spec.settle;
  // To an end and beyond, and from there to where it is to be.
  if (spec.threePoint !== undefined) return spec.threePoint.travel * 2.3 + spec.threePoint.reversePause * 4 + 5000;
  if (toValueRange(spec) === null) return 1000;
  // What is read elsewhere than it is written is a measured value: a speed, a position.
  return isSamePlace(spec.write, spec.readBack) ? 1000 : 60_000;
}

const isSamePlace = (a: RegisterPlace, b: RegisterPlace): boolean =>
  a.bus === b.bus && a.unit === b.unit && a.register.table === b.register.table && a.register.address === b.register.address;

/** The share of a register's step that rounding may take: half of it. */
const toFineness = (register: RegisterPlace['register']): number => {
  const { type, scale } = register;
  return type === 'f32' || type === 'f64' ? 1e-3 : Math.abs(scale) / 2 + 1e-9;
};

const toResolution = ({ type, scale }: RegisterPlace['register']): number => (type === 'f32' || type === 'f64' ? 1e-3 : Math.abs(scale));

/** Claims that a device of this kind can have the value. */
export const isValueOf = (spec: DeviceShape, value: DeviceValue): boolean => isDeviceValue(spec, value);

/** A value as people say it: `on`, `40 %`, `22.5 °C`, `heat`. */
export const toWord = (value: DeviceValue, spec?: DeviceShape): string => formatDeviceValue(value, spec);
