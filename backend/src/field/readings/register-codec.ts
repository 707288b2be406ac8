import { decodeWide, Fault, toSigned, type DeviceValue } from '@phloem/protocol';
import type { Register, RegisterPlace, RegisterType } from '../../site/site.ts';
import type { BusRequest } from '../modbus/bus-request.ts';

const wordCounts = { bit: 1, u16: 1, s16: 1, u32: 2, s32: 2, f32: 2, f64: 4 } as const satisfies Record<RegisterType, number>;

/** How many registers (or bits) a value takes. */
export const toWordCount = (type: RegisterType): number => wordCounts[type];

const toRaw = (words: readonly number[], { type, wordOrder }: Register): number => {
  const [first = Number.NaN] = words;
  if (type === 'bit' || type === 'u16') return first;
  if (type === 's16') return toSigned(first);
  return decodeWide(words, type, wordOrder === 'big' ? 'ABCD' : 'CDAB') ?? Number.NaN;
};

/** A scaled value without the dust of binary fractions: 3 × 0.1 is 0.3. */
const round = (value: number): number => Number(value.toPrecision(12));

/** What registers hold: the value in canonical units, or why there is none. `raw` is as in the registers. */
export type Decoded =
  | { readonly kind: 'value'; readonly value: number | boolean; readonly raw: number | boolean }
  | { readonly kind: 'none'; readonly why: string; readonly raw?: number | boolean };

/**
 * Decodes the value of a register from `values`, which begin at the register's own address. Says so when the
 * instrument reports that it has no value; the range is not its business.
 */
export const decodeRegister = (register: Register, values: readonly (number | boolean)[]): Decoded => {
  const own = values.slice(0, toWordCount(register.type));
  if (own.length < toWordCount(register.type)) return { kind: 'none', why: 'the answer is too short' };
  const [first] = own;
  if (typeof first === 'boolean') return { kind: 'value', value: first, raw: first };
  const raw = toRaw(own.map(Number), register);
  if (!Number.isFinite(raw)) return { kind: 'none', why: 'the instrument reports no number' };
  if (register.sentinels.includes(raw)) return { kind: 'none', why: `the instrument reports no value (${raw})`, raw };
  return { kind: 'value', value: round(raw * register.scale + register.offset), raw };
};

/** What a device's register says as the value of a device: for a switch 0 is off and 1 is on; anything else is neither. */
export const decodeDevice = (kind: 'switch' | 'percent', register: Register, values: readonly (number | boolean)[]): Decoded => {
  const decoded = decodeRegister(register, values);
  if (decoded.kind === 'none') return decoded;
  const { value, raw } = decoded;
  if (kind === 'switch') {
    if (typeof value === 'boolean') return decoded;
    return value === 0 || value === 1
      ? { kind: 'value', value: value === 1, raw }
      : { kind: 'none', why: `${value} is neither on nor off`, raw };
  }
  if (typeof value === 'number' && value >= 0 && value <= 100) return decoded;
  return { kind: 'none', why: `${String(value)} is not from 0 to 100 %`, raw };
};

const toWords = (raw: number, register: Register): readonly number[] => {
  const count = toWordCount(register.type);
  const view = new DataView(new ArrayBuffer(count * 2));
  switch (register.type) {
    case 'bit':
    case 'u16':
      view.setUint16(0, raw);
      break;
    case 's16':
      view.setInt16(0, raw);
      break;
    case 'u32':
      view.setUint32(0, raw);
      break;
    case 's32':
      view.setInt32(0, raw);
      break;
    case 'f32':
      view.setFloat32(0, raw);
      break;
    case 'f64':
      view.setFloat64(0, raw);
      break;
  }
  const words = Array.from({ length: count }, (_, index) => view.getUint16(index * 2));
  return register.wordOrder === 'big' ? words : words.toReversed();
};

const rawRanges = {
  bit: [0, 1],
  u16: [0, 0xffff],
  s16: [-0x8000, 0x7fff],
  u32: [0, 0xffff_ffff],
  s32: [-0x8000_0000, 0x7fff_ffff],
  f32: [-3.4e38, 3.4e38],
  f64: [-Number.MAX_VALUE, Number.MAX_VALUE],
} as const satisfies Record<RegisterType, readonly [number, number]>;

/** Claims that the register can hold the value, so that no other value is written in its place. */
export const isEncodable = (register: Register, value: number): boolean => {
  const [min, max] = rawRanges[register.type];
  const raw = (value - register.offset) / register.scale;
  return Number.isFinite(raw) && Math.round(raw) >= min && Math.round(raw) <= max;
};

/**
 * The request that makes a register hold a device's value.
 *
 * @throws Fault `modbus/limits` when the register cannot hold it: a coil takes true or false and nothing else.
 */
export const encodeWrite = ({ unit, register }: RegisterPlace, value: DeviceValue): BusRequest => {
  const { address } = register;
  if (register.table === 'coil') {
    if (typeof value !== 'boolean') throw new Fault('modbus/limits', `not sent: a coil takes true or false, not ${String(value)}`);
    return { function: 5, unit, address, values: [value] };
  }
  const number = typeof value === 'boolean' ? Number(value) : value;
  if (typeof number !== 'number' || !isEncodable(register, number)) {
    throw new Fault('modbus/limits', `not sent: ${String(value)} does not fit into a ${register.type} register`);
  }
  const scaled = (number - register.offset) / register.scale;
  const words = toWords(register.type === 'f32' || register.type === 'f64' ? scaled : Math.round(scaled), register);
  const [only] = words;
  if (words.length === 1 && only !== undefined) return { function: 6, unit, address, values: [only] };
  return { function: 16, unit, address, values: words };
};
