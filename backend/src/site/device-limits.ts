import { millis, toOffValue, type DeviceShape } from '@phloem/protocol';
import { differenceOf, multiplyDimensions, plain, toBase, type DeviceDeclaration, type DeviceLimitSet, type Path } from '@phloem/rules';
import { toAmount, toUnitOf } from './device-shape.ts';
import { toMillis, type Complain } from './complain.ts';
import type { DeviceSpec } from './site.ts';

type Key = keyof DeviceDeclaration;

/** Says of each key that a device has and that would have no effect, why not. */
const refuse = (device: DeviceDeclaration, keys: readonly Key[], why: string, path: Path, complain: Complain): void => {
  for (const key of keys) if (device[key] !== undefined) complain([...path, key], `no ${key}: ${why}`, `a ${key}`);
};

/** The limits of a device, checked against each other and against its kind: one that could have no effect is refused. */
export function toLimits(device: DeviceDeclaration, shape: DeviceShape, path: Path, complain: Complain): DeviceLimitSet {
  const { kind } = device;
  const runs = ['minOn', 'minOff', 'protectCompressor', 'maxRun', 'maxStartsPerHour', 'maxOnPerHour'] as const;
  if (kind === 'three-point' || toOffValue(shape) === null) refuse(device, runs, 'the device is never off', path, complain);
  if (kind === 'momentary') refuse(device, ['minOn', 'maxRun', 'maxOnPerHour'], 'the device resets itself', path, complain);
  const unit = toUnitOf(device);
  if (unit === null) refuse(device, ['slew', 'deadband', 'tolerance'], 'the device takes no number', path, complain);
  if (kind === 'three-point') refuse(device, ['slew'], 'its travel time says how fast it moves', path, complain);
  const minOn = toMillis(device.minOn, 0);
  const minOff = toMillis(device.minOff, 0);
  if (device.maxRun !== undefined && minOff === 0) complain([...path, 'maxRun'], 'minOff beside it: how long it rests', 'none');
  const maxOnPerHour = device.maxOnPerHour === undefined ? undefined : toMillis(device.maxOnPerHour, 0);
  if (maxOnPerHour !== undefined && (maxOnPerHour > 3_600_000 || maxOnPerHour <= Math.max(minOn, 1000))) {
    complain([...path, 'maxOnPerHour'], 'more than minOn and 1s, and at most 1h', `${device.maxOnPerHour}`);
  }
  if (device.protectCompressor === true && minOff === 0) {
    complain([...path, 'protectCompressor'], 'minOff beside it: how long the compressor rests', 'none');
  }
  const slewPerS = unit === null ? undefined : toSlew(device, path, complain);
  const deadband =
    unit === null || device.deadband === undefined
      ? undefined
      : toAmount(device.deadband, differenceOf(unit), [...path, 'deadband'], complain);
  if (deadband !== undefined && deadband <= 0) complain([...path, 'deadband'], 'a deadband above zero', `${device.deadband}`);
  return {
    minOn,
    minOff,
    ...(device.maxRun !== undefined && { maxRun: toMillis(device.maxRun, 0) }),
    ...(device.maxStartsPerHour !== undefined && { maxStartsPerHour: device.maxStartsPerHour }),
    ...(maxOnPerHour !== undefined && { maxOnPerHour }),
    ...(slewPerS !== undefined && { slewPerS }),
    ...(deadband !== undefined && { deadband }),
  };
}

function toSlew(device: DeviceDeclaration, path: Path, complain: Complain): number | undefined {
  const unit = toUnitOf(device);
  if (device.slew === undefined || unit === null) return undefined;
  const perSecond = multiplyDimensions(differenceOf(unit), toBase('s'), -1) ?? plain;
  const slew = toSpeed(device.slew, perSecond, [...path, 'slew'], complain);
  if (slew === undefined || slew > 0) return slew;
  complain([...path, 'slew'], 'a speed above zero', device.slew);
  return undefined;
}

/** `50 %/min` for a percentage; a speed has no bare form. */
const toSpeed = (written: string, dimension: Parameters<typeof toAmount>[1], path: Path, complain: Complain): number | undefined =>
  toAmount(written, dimension, path, complain);

type Following = Pick<DeviceSpec, 'tolerance' | 'settle' | 'refresh'>;

/** How near and how soon a device follows, and how often it has to be commanded. */
export function toFollowing(device: DeviceDeclaration, _shape: DeviceShape, path: Path, complain: Complain): Following {
  const { kind } = device;
  const unit = toUnitOf(device);
  if (kind === 'momentary') refuse(device, ['settle', 'refresh', 'watchdog'], 'the device resets itself', path, complain);
  if (kind === 'three-point') refuse(device, ['settle', 'refresh', 'watchdog'], 'its relays are written when it moves', path, complain);
  const tolerance =
    unit === null || device.tolerance === undefined
      ? undefined
      : toAmount(device.tolerance, differenceOf(unit), [...path, 'tolerance'], complain);
  if (tolerance !== undefined && tolerance < 0) complain([...path, 'tolerance'], 'zero or more', `${device.tolerance}`);
  const refresh = device.refresh === undefined ? undefined : toMillis(device.refresh, 0);
  if (refresh !== undefined && refresh < 200) complain([...path, 'refresh'], 'at least 200ms', `${device.refresh}`);
  checkWatchdog(device, path, complain);
  return {
    ...(tolerance !== undefined && { tolerance }),
    ...(device.settle !== undefined && { settle: millis(toMillis(device.settle, 0)) }),
    ...(refresh !== undefined && { refresh }),
  };
}

/** A unit that falls back after a while has to be commanded again before that. */
function checkWatchdog({ refresh, watchdog }: DeviceDeclaration, path: Path, complain: Complain): void {
  if (watchdog === undefined) return;
  if (refresh === undefined) {
    complain([...path, 'watchdog'], `refresh beside it, shorter than ${watchdog}: without it the unit falls back`, 'none');
  } else if (toMillis(refresh, 0) >= toMillis(watchdog, 0)) {
    complain([...path, 'refresh'], `a time shorter than the unit's watchdog of ${watchdog}`, refresh);
  }
}
