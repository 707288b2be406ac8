import {
  decodeShape,
  encodeField,
  encodeShape,
  Fault,
  formatDeviceValue,
  isFloatType,
  reasonOf,
  toValueRange,
  wordCountOf,
  type DeviceShape,
  type DeviceValue,
  type Reason,
} from '@phloem/protocol';
import type { Register, RegisterPlace } from '../../site/register.ts';
import { findWriteBreach, isEncodable } from '../../site/register-writes.ts';
import { readBeside } from './beside.ts';
import type { BusRequest } from '../modbus/bus-request.ts';

/** A scaled value without the dust of binary fractions: 3 × 0.1 is 0.3. */
const round = (value: number): number => Number(value.toPrecision(12));

/** What registers hold: the value in canonical units, or why there is none. `raw` is as in the registers. */
export type Decoded =
  | { readonly kind: 'value'; readonly value: number | boolean; readonly raw: number | boolean }
  | { readonly kind: 'none'; readonly why: Reason; readonly raw?: number | boolean };

/**
 * Decodes the value of a register from `values`, which begin at the address `from`. Says so when the
 * instrument reports that it has no value; the range is not its business.
 */
export const decodeRegister = (register: Register, values: readonly (number | boolean)[], from = register.address): Decoded => {
  if (register.beside === undefined) return decodeOwn(register, values.slice(register.address - from));
  const beside = readBeside(register, values.map(Number), from);
  if (beside.kind === 'none') return beside;
  const decoded = decodeOwn({ ...register, scale: register.scale * beside.scale }, values.slice(register.address - from));
  if (decoded.kind === 'none' || typeof decoded.value !== 'number' || beside.plus === 0) return decoded;
  const value = round(decoded.value + beside.plus);
  return { kind: 'value', value, raw: round((value - register.offset) / register.scale) };
};

const decodeOwn = (register: Register, values: readonly (number | boolean)[]): Decoded => {
  const { type, states, names, invert = false } = register;
  const own = values.slice(0, wordCountOf(type));
  const [first] = own;
  if (typeof first === 'boolean') return { kind: 'value', value: first !== invert, raw: first };
  const raw = decodeShape(register, own.map(Number));
  if (raw === null) return { kind: 'none', why: reasonOf('reading/too-short') };
  if (!Number.isFinite(raw)) return { kind: 'none', why: reasonOf('reading/no-number') };
  if (register.sentinels.includes(raw)) return { kind: 'none', why: reasonOf('reading/no-value', { raw }), raw };
  if (states !== undefined) {
    if (raw === states.read.on || raw === states.read.off) return { kind: 'value', value: raw === states.read.on, raw };
    return { kind: 'none', why: reasonOf('reading/neither-on-nor-off', { raw, ...states.read }), raw };
  }
  if (type === 'bit') return { kind: 'value', value: (raw !== 0) !== invert, raw };
  if (names !== undefined && !Object.values(names).includes(raw)) return { kind: 'none', why: reasonOf('reading/unnamed', { raw }), raw };
  return { kind: 'value', value: round(raw * register.scale + register.offset), raw };
};

/** What a device's register says as the value of a device: a switch is on or off, a mode has its name, a number is in its range. */
export type DecodedDevice =
  | { readonly kind: 'value'; readonly value: DeviceValue; readonly raw: number | boolean }
  | Extract<Decoded, { readonly kind: 'none' }>;

/** Decodes a device's register. What is no value of the device is said to be none. */
export const decodeDevice = (device: DeviceShape, register: Register, values: readonly (number | boolean)[]): DecodedDevice => {
  const decoded = decodeRegister(register, values);
  if (decoded.kind === 'none') return decoded;
  const { value, raw } = decoded;
  const range = toValueRange(device);
  if (device.kind === 'mode') {
    const mode = device.modes?.find((one) => one.raw === Number(value));
    return mode === undefined
      ? { kind: 'none', why: reasonOf('reading/no-mode', { raw: Number(value) }), raw }
      : { kind: 'value', value: mode.name, raw };
  }
  if (range === null) {
    if (typeof value === 'boolean') return decoded;
    return value === 0 || value === 1
      ? { kind: 'value', value: value === 1, raw }
      : { kind: 'none', why: reasonOf('reading/neither-on-nor-off', { raw: value }), raw };
  }
  // What is measured may be a little beyond what can be asked for.
  const margin = device.kind === 'setpoint' ? (range.max - range.min) / 10 : 0;
  if (typeof value === 'number' && value >= range.min - margin && value <= range.max + margin) return decoded;
  const [min, max] = [formatDeviceValue(range.min, device), formatDeviceValue(range.max, device)];
  return {
    kind: 'none',
    why: reasonOf('reading/outside', { read: typeof value === 'number' ? formatDeviceValue(value, device) : String(value), min, max }),
    raw,
  };
};

/** The raw number that stands for a value of a device. */
const toRaw = (register: Register, value: boolean | number): number => {
  const { type, states, names, scale, offset, invert = false } = register;
  if (type === 'bit' || states !== undefined) {
    if (typeof value !== 'boolean') throw new Fault('modbus/limits', `not sent: a bit takes true or false, not ${String(value)}`);
    return states === undefined ? Number(value !== invert) : value ? states.write.on : states.write.off;
  }
  const number = typeof value === 'boolean' ? Number(value) : value;
  if (typeof number !== 'number' || !isEncodable(register, number)) {
    throw new Fault('modbus/limits', `not sent: ${String(value)} does not fit into a ${type} register`);
  }
  const scaled = (number - offset) / scale;
  const raw = isFloatType(type) ? scaled : Math.round(scaled);
  if (names !== undefined && !Object.values(names).includes(raw)) {
    throw new Fault('modbus/limits', `not sent: ${raw} is none of the named values`);
  }
  return raw;
};

/** Registers that hold the value and, where it is a field of them, the bits that are declared for the rest. */
const toWords = (register: Register, raw: number): readonly number[] => {
  const { fieldWrite, field, ...whole } = register;
  if (field === undefined) return encodeShape(whole, raw);
  const rest = fieldWrite?.kind === 'constant' ? fieldWrite.bits & ~field.mask : 0;
  return encodeShape(
    { ...whole, type: wordCountOf(register.type) === 1 ? 'u16' : 'u32' },
    (encodeField(register, field, raw) | rest) >>> 0,
  );
};

/**
 * The request that makes a register hold a device's value.
 *
 * @throws Fault `modbus/limits` when the register cannot hold it: a coil takes true or false and nothing else. A field of
 * a register is written only where the register's other bits are left alone or are declared.
 */
export const encodeWrite = ({ unit, register }: RegisterPlace, value: boolean | number): BusRequest => {
  const { address, field, fieldWrite, table } = register;
  const breach = findWriteBreach(register);
  if (breach !== null) throw new Fault('modbus/limits', `not sent: ${breach}`);
  const raw = toRaw(register, value);
  if (table === 'coil') return { function: 5, unit, address, values: [raw === 1] };
  const words = toWords(register, raw);
  const [only] = words;
  if (field !== undefined && fieldWrite?.kind === 'mask') {
    // As the function has it: result = (current AND and) OR (or AND NOT and).
    return { function: 22, unit, address, values: [0xffff & ~field.mask, only ?? 0] };
  }
  if (words.length === 1 && only !== undefined) return { function: 6, unit, address, values: [only] };
  return { function: 16, unit, address, values: words };
};
