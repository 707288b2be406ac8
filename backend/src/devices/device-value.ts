import type { DeviceValue } from '@phloem/protocol';
import type { DeviceSpec } from '../site/site.ts';

/** Claims that the device runs at this value. */
export const isOn = (value: DeviceValue): boolean => value !== false && value !== 0;

/** Claims that two values are one to this device: a percentage is only as fine as its registers. */
export function isSameValue(spec: Pick<DeviceSpec, 'write' | 'readBack'>, a: DeviceValue, b: DeviceValue): boolean {
  if (typeof a === 'boolean' || typeof b === 'boolean') return a === b;
  return Math.abs(a - b) <= Math.max(toFineness(spec.write.register), toFineness(spec.readBack.register));
}

const toFineness = ({ type, scale }: DeviceSpec['write']['register']): number =>
  type === 'f32' || type === 'f64' ? 1e-3 : Math.abs(scale) / 2 + 1e-9;

/** Claims that a device of this kind can have the value. */
export const isValueOf = (kind: DeviceSpec['kind'], value: DeviceValue): boolean =>
  kind === 'switch' ? typeof value === 'boolean' : typeof value === 'number' && value >= 0 && value <= 100;

/** A value as people say it: `on`, `off`, `40 %`. */
export const toWord = (value: DeviceValue): string => (typeof value === 'boolean' ? (value ? 'on' : 'off') : `${value} %`);
