import { toLocation, type DeviceValue } from '@phloem/protocol';
import { parseQuantity, type DeviceDeclaration, type DevicesSpec, type Path } from '@phloem/protocol/rules';
import { isEncodable } from '../field/readings/register-codec.ts';
import { findPlace, isKnown, toMillis, type Complain, type SiteNames } from './site-check.ts';
import type { DeviceSpec, PointSpec, RegisterPlace } from './site.ts';

type Written = DeviceValue | 'on' | 'off';

const toTitle = (id: string): string => {
  const name = id.slice(id.indexOf('/') + 1).replaceAll('_', ' ');
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
};

/** `on` and `off` are texts in YAML 1.2; a percentage is a number. */
const toValue = (written: Written, kind: DeviceSpec['kind'], path: Path, complain: Complain): DeviceValue => {
  const value = written === 'on' ? true : written === 'off' ? false : written;
  if (kind === 'switch' && typeof value !== 'boolean') complain(path, 'on or off: the device is a switch', String(written));
  if (kind === 'percent' && typeof value !== 'number') complain(path, 'a number from 0 to 100: the device takes per cent', String(written));
  return value;
};

const toFailSafe = (device: DeviceDeclaration, path: Path, complain: Complain): DeviceSpec['failSafe'] => {
  const { failSafe, kind } = device;
  const after = toMillis(failSafe.after, 0);
  if ('value' in failSafe) return { after, value: toValue(failSafe.value, kind, [...path, 'value'], complain) };
  const then = toValue(failSafe.then, kind, [...path, 'then'], complain);
  return { after, hold: failSafe.hold, maxHold: toMillis(failSafe.maxHold, 0), then };
};

const checkWrite = (kind: DeviceSpec['kind'], { register }: RegisterPlace, path: Path, complain: Complain): void => {
  if (register.table === 'discrete' || register.table === 'input') {
    complain(path, 'a coil or a holding register', `a ${register.table} register, which cannot be written`);
  } else if (kind === 'percent' && register.type === 'bit') {
    complain(path, 'a holding register: the device takes per cent', 'a coil');
  } else if (register.type !== 'bit' && !(kind === 'percent' ? [0, 100] : [0, 1]).every((value) => isEncodable(register, value))) {
    complain(path, 'a register that can hold every value of the device', `a ${register.type} with a scale of ${register.scale}`);
  }
};

const toDevice = (id: string, device: DeviceDeclaration, names: SiteNames, complain: Complain): readonly DeviceSpec[] => {
  const path = ['spec', 'devices', id];
  const { kind, merge } = device;
  isKnown(toLocation(id), names.locations, 'location', path, complain);
  const write = findPlace(device.write, names, [...path, 'write'], complain);
  const readBack = findPlace(device.readBack, names, [...path, 'readBack'], complain);
  if (write !== null) checkWrite(kind, write, [...path, 'write'], complain);
  const power = device.power === undefined ? undefined : parseQuantity(device.power);
  const isPower = power?.dimension.kind === 'product' && power.dimension.bases['W'] === 1 && power.value >= 0;
  if (device.power !== undefined && !isPower) complain([...path, 'power'], 'a power, such as 1.9 kW', JSON.stringify(device.power));
  const merges = kind === 'switch' ? ['exclusive', 'any-on', 'all-on'] : ['exclusive', 'max', 'min', 'mean'];
  if (!merges.includes(merge)) complain([...path, 'merge'], `${merges.join(', ')}: the device is a ${kind}`, merge);
  const failSafe = toFailSafe(device, [...path, 'failSafe'], complain);
  if (write === null || readBack === null) return [];
  return [
    {
      id,
      location: toLocation(id),
      title: device.title ?? toTitle(id),
      kind,
      write,
      readBack,
      pollMs: toMillis(device.poll, 1000),
      failSafe,
      comeBack: device.comeBack ?? 'automatic',
      minOn: toMillis(device.minOn, 0),
      minOff: toMillis(device.minOff, 0),
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

const toKey = ({ bus, unit, register }: RegisterPlace): string => [bus, unit, register.table, register.address].join(' ');

/** What feels whether a device runs has to be there, and a number says so only by a limit. */
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
  const written = new Map<string, string>([...taken.values()].map((device) => [toKey(device.write), device.id]));
  return Object.entries(spec.devices).flatMap(([id, declared]) => {
    if (taken.has(id)) complain(['spec', 'devices', id], 'a device that no other document declares', id);
    const devices = toDevice(id, declared, names, complain);
    for (const device of devices) {
      const other = written.get(toKey(device.write));
      if (other !== undefined) complain(['spec', 'devices', id, 'write'], 'a place of its own to write', `that of ${other}`);
      written.set(toKey(device.write), id);
    }
    return devices;
  });
};
