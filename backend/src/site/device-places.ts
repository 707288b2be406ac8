import { isFloatType, millis, toValueRange, type DeviceShape } from '@phloem/protocol';
import type { DeviceDeclaration, DocumentPlace, Path } from '@phloem/rules';
import { findWriteBreach, isEncodable } from './register-writes.ts';
import { findPlace, type SiteNames } from './site-check.ts';
import { toMillis, type Complain } from './complain.ts';
import type { DeviceSpec } from './site.ts';
import type { Register, RegisterPlace } from './register.ts';

type Places = Pick<DeviceSpec, 'write' | 'readBack' | 'threePoint'>;

const needed = 'bus and unit, with profile and point or with register';

/** Where a device is written and read back; null after a complaint. */
export function toPlaces(device: DeviceDeclaration, names: SiteNames, path: Path, complain: Complain): Places | null {
  if (device.kind === 'three-point') return toRelays(device, names, path, complain);
  if (device.write === undefined) {
    complain(path, `write, ${needed}`, 'none');
    return null;
  }
  // What resets itself need not be read anywhere else than where it is written.
  const read = device.readBack ?? (device.kind === 'momentary' ? device.write : undefined);
  if (read === undefined) complain(path, `readBack, ${needed}`, 'none');
  if (device.readBack !== undefined) checkStates(device.write, [...path, 'write'], complain);
  const write = findPlace(device.write, 'write', names, [...path, 'write'], complain);
  const readBack =
    read === undefined ? null : findPlace(read, 'read', names, [...path, device.readBack === undefined ? 'write' : 'readBack'], complain);
  return write === null || readBack === null ? null : { write, readBack };
}

function toRelays(device: DeviceDeclaration, names: SiteNames, path: Path, complain: Complain): Places | null {
  const { open, close, travel } = device;
  for (const [key, part] of Object.entries({ open, close })) {
    if (part === undefined) complain(path, `${key}, the relay that ${key}s it: write and readBack`, 'none');
  }
  if (travel === undefined) complain(path, 'travel, the time from closed to open, such as 120s', 'none');
  if (open === undefined || close === undefined || travel === undefined) return null;
  const find = (part: typeof open, key: string): { readonly write: RegisterPlace; readonly readBack: RegisterPlace } | null => {
    checkStates(part.write, [...path, key, 'write'], complain);
    const write = findPlace(part.write, 'write', names, [...path, key, 'write'], complain);
    const readBack = findPlace(part.readBack, 'read', names, [...path, key, 'readBack'], complain);
    return write === null || readBack === null ? null : { write, readBack };
  };
  const opening = find(open, 'open');
  const closing = find(close, 'close');
  const length = toMillis(travel, 0);
  if (length < 2000) complain([...path, 'travel'], 'at least 2s: a position is calculated from running times', travel);
  if (opening === null || closing === null || length < 2000) return null;
  return { ...opening, threePoint: { closing, travel: length, reversePause: millis(toMillis(device.reversePause, 500)) } };
}

/** Of a register that is only written, `on` says what is written; beside `writeOn` it would say nothing. */
function checkStates(place: DocumentPlace, path: Path, complain: Complain): void {
  if (!('register' in place)) return;
  const { on, off, writeOn, writeOff } = place.register;
  const hint = 'readBack says what is read';
  const at = [...path, 'register'];
  if (on !== undefined && writeOn !== undefined)
    complain([...at, 'on'], 'either on or writeOn: this register is only written', `${on}`, hint);
  if (off !== undefined && writeOff !== undefined)
    complain([...at, 'off'], 'either off or writeOff: this register is only written', `${off}`, hint);
}

/** A relay is a bit that can be written, or a register of 0 and 1. */
export const checkRelay = ({ register }: RegisterPlace, path: Path, complain: Complain): void =>
  checkPlace({ kind: 'switch' }, register, path, complain);

/** What is written must be able to hold every value of the device. */
export const checkWrite = (shape: DeviceShape, { register }: RegisterPlace, path: Path, complain: Complain): void =>
  checkPlace(shape, register, path, complain);

function checkPlace(shape: DeviceShape, register: Register, path: Path, complain: Complain): void {
  const range = toValueRange(shape);
  const isNumber = range !== null || shape.kind === 'mode';
  const breach = findWriteBreach(register);
  const isBit = register.type === 'bit' || register.states !== undefined;
  if (register.table === 'discrete' || register.table === 'input') {
    complain(path, 'a coil or a holding register', `a ${register.table} register, which cannot be written`);
  } else if (breach !== null) {
    complain(path, 'a register that can be written', 'one that shares its register with other bits', breach);
  } else if (isNumber && isBit) {
    const what = shape.kind === 'percent' ? 'per cent' : shape.kind === 'mode' ? 'modes' : 'numbers';
    const found = register.table === 'coil' ? 'a coil' : 'a register with on and off';
    complain(path, `a holding register: the device takes ${what}`, found);
  } else if (register.names !== undefined && range !== null) {
    complain(path, 'a register without values: the device takes any number of its range', 'one with named values');
  } else if (!isBit && !toExtremes(shape).every((value) => isEncodable(register, value) && isNamed(register, value))) {
    complain(path, 'a register that can hold every value of the device', `a ${register.type} with a scale of ${register.scale}`);
  } else if (shape.step !== undefined && !isFloatType(register.type) && Math.abs(register.scale) > shape.step * 1.000001) {
    complain(path, `a register as fine as the step of the device, ${shape.step}`, `a ${register.type} with a scale of ${register.scale}`);
  }
}

/** Claims that the raw number of a value is one of those that the register may have. */
const isNamed = ({ names, scale, offset }: Register, value: number): boolean =>
  names === undefined || Object.values(names).includes(Math.round((value - offset) / scale));

const toExtremes = (shape: DeviceShape): readonly number[] => {
  const range = toValueRange(shape);
  if (range !== null) return [range.min, range.max];
  return shape.modes === undefined ? [0, 1] : shape.modes.map(({ raw }) => raw);
};
