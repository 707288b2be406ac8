import { toLocation, toOffValue, toValueRange, type DeviceValue, wordCountOf } from '@phloem/protocol';
import {
  expectValueOf,
  parseQuantity,
  toDeviceValue,
  type DeviceDeclaration,
  type DeviceModel,
  type DevicesSpec,
  type Path,
} from '@phloem/rules';
import { checkRelay, checkWrite, toPlaces } from './device-places.ts';
import { toFollowing, toLimits } from './device-limits.ts';
import { toShape } from './device-shape.ts';
import type { SiteNames } from './site-check.ts';
import { isKnown, toMillis, type Complain } from './complain.ts';
import type { DeviceSpec, PointSpec } from './site.ts';
import type { RegisterPlace } from './register.ts';

const toTitle = (id: string): string => {
  const name = id.slice(id.indexOf('/') + 1).replaceAll('_', ' ');
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
};

const toFailSafe = (device: DeviceDeclaration, model: DeviceModel, path: Path, complain: Complain): DeviceSpec['failSafe'] => {
  const { failSafe } = device;
  const after = toMillis(failSafe.after, 0);
  const toValue = (written: string | number | boolean, key: string): DeviceValue => {
    // On and off are words of switches and modes; a number says how much.
    const isNoNumber = toValueRange(model) !== null && (typeof written === 'boolean' || written === 'on' || written === 'off');
    const value = isNoNumber ? undefined : toDeviceValue(written, model);
    if (value === undefined) complain([...path, key], expectValueOf(model), JSON.stringify(written));
    return value ?? model.fallback;
  };
  if (device.kind === 'momentary' && !('value' in failSafe && toDeviceValue(failSafe.value, model) === false)) {
    complain(path, 'value: off; the device is at rest when nobody commands it', JSON.stringify(failSafe));
  }
  if ('value' in failSafe) return { after, value: toValue(failSafe.value, 'value') };
  return { after, hold: failSafe.hold, maxHold: toMillis(failSafe.maxHold, 0), then: toValue(failSafe.then, 'then') };
};

const merges = {
  switch: ['exclusive', 'any-on', 'all-on'],
  percent: ['exclusive', 'max', 'min', 'mean'],
  setpoint: ['exclusive', 'max', 'min', 'mean'],
  'three-point': ['exclusive', 'max', 'min', 'mean'],
  mode: ['exclusive'],
  momentary: ['exclusive'],
} as const satisfies Record<DeviceSpec['kind'], readonly DeviceSpec['merge'][]>;

const toDevice = (id: string, device: DeviceDeclaration, names: SiteNames, complain: Complain): readonly DeviceSpec[] => {
  const path = ['spec', 'devices', id];
  const { kind, merge } = device;
  isKnown(toLocation(id), names.locations, 'location', path, complain);
  const places = toPlaces(device, names, path, complain);
  const shape = toShape(id, device, places?.write.register.names, path, complain);
  const power = device.power === undefined ? undefined : parseQuantity(device.power);
  const isPower = power?.dimension.kind === 'product' && power.dimension.bases['W'] === 1 && power.value >= 0;
  if (device.power !== undefined && !isPower) complain([...path, 'power'], 'a power, such as 1.9 kW', JSON.stringify(device.power));
  const known: readonly string[] = merges[kind];
  if (!known.includes(merge)) complain([...path, 'merge'], `${known.join(', ')}: the device is a ${kind}`, merge);
  if (shape === null) return [];
  const limits = toLimits(device, shape, path, complain);
  const model: DeviceModel = { ...shape, ...limits, id, fallback: toOffValue(shape) ?? 0, merge };
  const failSafe = toFailSafe(device, model, [...path, 'failSafe'], complain);
  const following = toFollowing(device, shape, path, complain);
  if (places === null) return [];
  if (places.threePoint === undefined) checkWrite(shape, places.write, [...path, 'write'], complain);
  else for (const { key, place } of toWritten(places)) checkRelay(place, [...path, key, 'write'], complain);
  return [
    {
      id,
      location: toLocation(id),
      title: device.title ?? toTitle(id),
      ...shape,
      ...places,
      pollMs: toMillis(device.poll, 1000),
      failSafe,
      restart: device.restart ?? 'automatic',
      ...limits,
      ...following,
      ...(device.protectCompressor === true && { protectCompressor: true }),
      ...(device.maxOverride !== undefined && { maxOverride: toMillis(device.maxOverride, 0) }),
      ...(device.feedback !== undefined && {
        feedback: { point: device.feedback.point, above: device.feedback.above ?? null, withinMs: toMillis(device.feedback.within, 0) },
      }),
      power: isPower ? power.value : null,
      merge,
    },
  ];
};

/** Claims that one write moves what the other writes: the same register, unless each has bits of its own and touches no others. */
const isSamePlace = (a: RegisterPlace, b: RegisterPlace): boolean => {
  if (a.bus !== b.bus || a.unit !== b.unit || a.register.table !== b.register.table) return false;
  const [first, second] = a.register.address <= b.register.address ? [a.register, b.register] : [b.register, a.register];
  if (first.address + wordCountOf(first.type) <= second.address) return false;
  const isApart = first.fieldWrite?.kind === 'mask' && second.fieldWrite?.kind === 'mask';
  return !isApart || ((first.field?.mask ?? 0xffff) & (second.field?.mask ?? 0xffff)) !== 0;
};

/** Every place at which a device is written: one, or two relays; with the key of its document. */
const toWritten = ({
  write,
  threePoint,
}: Pick<DeviceSpec, 'write' | 'threePoint'>): readonly { readonly key: string; readonly place: RegisterPlace }[] =>
  threePoint === undefined
    ? [{ key: 'write', place: write }]
    : [
        { key: 'open', place: write },
        { key: 'close', place: threePoint.closing.write },
      ];

/** The point that shows whether a device runs must exist, and a number needs a limit for that. */
export const checkFeedback = (devices: readonly DeviceSpec[], points: readonly PointSpec[], complain: Complain): void => {
  for (const { id, feedback } of devices) {
    if (feedback === undefined) continue;
    const path = ['spec', 'devices', id, 'feedback'];
    const ids = points.map((point) => point.id);
    if (!isKnown(feedback.point, ids, 'point', [...path, 'point'], complain)) continue;
    const isBoolean = points.find((point) => point.id === feedback.point)?.quantity === 'boolean';
    if (isBoolean && feedback.above !== null)
      complain([...path, 'above'], 'to be left out: the point is on or off', String(feedback.above));
    if (!isBoolean && feedback.above === null) complain(path, 'above, a number in the unit of the point', 'none');
  }
};

/** The devices of one document, in its order. Two devices that are written at one place are refused. */
export const toDevices = (
  spec: DevicesSpec,
  names: SiteNames,
  taken: ReadonlyMap<string, DeviceSpec>,
  complain: Complain,
): readonly DeviceSpec[] => {
  const written = [...taken.values()].flatMap((device) => toWritten(device).map(({ place }) => ({ id: device.id, place })));
  return Object.entries(spec.devices).flatMap(([id, declared]) => {
    if (taken.has(id)) complain(['spec', 'devices', id], 'a device that no other document declares', id);
    const devices = toDevice(id, declared, names, complain);
    for (const device of devices) {
      for (const { key, place } of toWritten(device)) {
        const other = written.find((one) => isSamePlace(one.place, place));
        if (other !== undefined) complain(['spec', 'devices', id, key], 'a place of its own to write', `that of ${other.id}`);
        written.push({ id, place });
      }
    }
    return devices;
  });
};
