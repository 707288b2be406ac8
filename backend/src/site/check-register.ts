import { isFloatType, rawRangeOf, wordCountOf, type RegisterTypeName } from '@phloem/protocol';
import type { DocumentRegister } from '@phloem/rules';
import { toField } from './to-register.ts';

/** One thing that a register's keys contradict: which key, what it should be, what it is, what to do. */
export type RegisterBreach = {
  readonly key: keyof DocumentRegister;
  readonly expected: string;
  readonly found: string;
  readonly hint?: string;
};

const isBitTable = ({ table }: DocumentRegister): boolean => table === 'coil' || table === 'discrete';
const isByteType = (type: RegisterTypeName): boolean => type === 'u8' || type === 's8' || type === 'bcd8';
const fieldTypes: readonly RegisterTypeName[] = ['u16', 's16', 'u32', 's32', 'bcd16'];
const show = (value: unknown): string => JSON.stringify(value);

/** What keys can only be said of some types; a key that would have no effect is refused. */
const findKeyBreaches = (register: DocumentRegister): readonly RegisterBreach[] => {
  const { type, bit, bits, mask, shift, byte, invert, scale, offset, values, wordOrder } = register;
  const isBit = type === 'bit';
  const breaches: RegisterBreach[] = [];
  const refuse = (key: keyof DocumentRegister, expected: string, hint?: string): void => {
    if (register[key] === undefined) return;
    breaches.push({ key, expected, found: show(register[key]), ...(hint !== undefined && { hint }) });
  };
  if (isBit) {
    refuse('scale', 'no scale on a bit', scale === -1 ? 'invert: true swaps on and off' : 'a bit is on or off');
    refuse('offset', 'no offset on a bit', offset === 1 ? 'invert: true swaps on and off' : 'a bit is on or off');
    for (const key of ['sentinels', 'values', 'on', 'off', 'writeOn', 'writeOff'] as const) refuse(key, `no ${key} on a bit`);
    if (isBitTable(register))
      for (const key of ['bit', 'maskWrite', 'constantBits'] as const) refuse(key, `no ${key} in the ${register.table} table`);
  } else {
    refuse('invert', 'no invert but on the type bit', 'on and off name the raw values of a switch that is kept in a register');
    refuse('bit', 'no bit but with the type bit', 'type: bit reads one bit, bits: [4, 7] reads a number from several');
  }
  if (!fieldTypes.includes(type))
    for (const key of ['bits', 'mask'] as const) refuse(key, `no ${key} on ${type}; ${fieldTypes.join(', ')} take it`);
  if (!isByteType(type)) refuse('byte', `no byte but with u8, s8 or bcd8`, type === 'u16' ? 'type: u8' : undefined);
  if (mask === undefined) refuse('shift', 'no shift without a mask');
  if (bits !== undefined) refuse('mask', 'either bits or mask');
  const hasField = bit !== undefined || bits !== undefined || mask !== undefined || byte !== undefined;
  if (!hasField)
    for (const key of ['maskWrite', 'constantBits'] as const) refuse(key, `no ${key} where the value has its register for itself`);
  if (wordOrder !== undefined) {
    if (isBit || isByteType(type))
      refuse('wordOrder', `no wordOrder on ${type}`, isByteType(type) ? 'byte: high or byte: low says which' : undefined);
    else if (wordCountOf(type) === 1 && (wordOrder === 'CDAB' || wordOrder === 'DCBA')) {
      refuse('wordOrder', 'ABCD, or BADC where the two bytes are swapped: the value is in one register');
    }
  }
  if (invert === false) refuse('invert', 'true, or no invert');
  if (values !== undefined && (scale !== undefined || offset !== undefined)) refuse('values', 'either values, or scale and offset');
  if (scale === 0) refuse('scale', 'a scale other than 0, which would lose the value');
  if (shift !== undefined && mask !== undefined && mask >>> shift === 0) refuse('shift', `a shift that leaves something of the mask`);
  return breaches;
};

const findFieldBreaches = (register: DocumentRegister): readonly RegisterBreach[] => {
  const { table, type, bit, bits, mask, byte, maskWrite, constantBits } = register;
  const breaches: RegisterBreach[] = [];
  const width = wordCountOf(type) * 16;
  if (isBitTable(register) && type !== 'bit') breaches.push({ key: 'type', expected: `bit, in the ${table} table`, found: type });
  if (!isBitTable(register) && type === 'bit' && bit === undefined) {
    breaches.push({ key: 'type', expected: `bit: 0 to 15 beside the type bit, in the ${table} table`, found: 'none' });
  }
  if (isByteType(type) && byte === undefined)
    breaches.push({ key: 'type', expected: `byte: high or byte: low beside ${type}`, found: 'neither' });
  const [from = 0, to = 0] = bits ?? [];
  if (bits !== undefined && (from > to || to >= width)) {
    breaches.push({ key: 'bits', expected: `the lowest and the highest bit, within 0 to ${width - 1}`, found: show(bits) });
  }
  if (mask !== undefined && mask >= 2 ** width)
    breaches.push({ key: 'mask', expected: `a mask of ${width} bits at most`, found: show(mask) });
  const field = toField(register);
  if (maskWrite === true && constantBits !== undefined) {
    breaches.push({ key: 'constantBits', expected: 'either maskWrite or constantBits', found: 'both' });
  }
  if (maskWrite === true && width > 16) breaches.push({ key: 'maskWrite', expected: 'a value in one register', found: type });
  if (maskWrite === true && register.wordOrder !== undefined && register.wordOrder !== 'ABCD') {
    breaches.push({ key: 'maskWrite', expected: 'a register in the order ABCD', found: register.wordOrder });
  }
  if (field !== undefined && constantBits !== undefined && ((constantBits & field.mask) !== 0 || constantBits >= 2 ** width)) {
    breaches.push({
      key: 'constantBits',
      expected: 'bits beside those of the value',
      found: `0x${constantBits.toString(16).toUpperCase()}`,
    });
  }
  return breaches;
};

/** A number as it would look were it read as unsigned: 65535 for −1 in 16 bits. */
const toSignedHint = (type: RegisterTypeName, raw: number): string | undefined => {
  const size = 2 ** (type === 's8' ? 8 : wordCountOf(type) * 16);
  return type.startsWith('s') && raw >= size / 2 && raw < size
    ? `as ${type}, 0x${raw.toString(16).toUpperCase()} is ${raw - size}`
    : undefined;
};

/** Raw values that the register can never hold: they would never be recognised. */
const findRawBreaches = (register: DocumentRegister): readonly RegisterBreach[] => {
  const { type, sentinels = [], values = {} } = register;
  const field = toField(register);
  const [min, max] = rawRangeOf({ type, ...(field !== undefined && { field }) });
  // u64 holds more than a number can name exactly.
  const top = type === 'u64' ? 2 ** 64 : type === 's64' ? 2 ** 63 : max;
  const isHeld = (raw: number): boolean =>
    raw >= (type === 's64' ? -(2 ** 63) : min) && raw <= top && (isFloatType(type) || Number.isInteger(raw));
  const breaches: RegisterBreach[] = [];
  const refuse = (key: keyof DocumentRegister, raw: number): void => {
    const hint = toSignedHint(type, raw);
    breaches.push({
      key,
      expected: `raw values that ${type} can hold, ${min} to ${max}`,
      found: `${raw}`,
      ...(hint !== undefined && { hint }),
    });
  };
  for (const raw of sentinels) if (!isHeld(raw)) refuse('sentinels', raw);
  for (const raw of Object.values(values)) if (!isHeld(raw)) refuse('values', raw);
  for (const key of ['on', 'off', 'writeOn', 'writeOff'] as const) {
    const raw = register[key];
    if (raw !== undefined && !isHeld(raw)) refuse(key, raw);
  }
  if (isFloatType(type) && Object.keys(values).length > 0)
    breaches.push({ key: 'values', expected: 'an integer type for named values', found: type });
  return breaches;
};

const findStateBreaches = ({ on, off, writeOn, writeOff, scale, offset, values }: DocumentRegister): readonly RegisterBreach[] => {
  if ([on, off, writeOn, writeOff].every((value) => value === undefined)) return [];
  const breaches: RegisterBreach[] = [];
  if (scale !== undefined) breaches.push({ key: 'scale', expected: 'no scale beside on and off', found: show(scale) });
  if (offset !== undefined) breaches.push({ key: 'offset', expected: 'no offset beside on and off', found: show(offset) });
  if (values !== undefined) breaches.push({ key: 'values', expected: 'either values, or on and off', found: 'both' });
  const read = { on: on ?? 1, off: off ?? 0 };
  if (read.on === read.off)
    breaches.push({
      key: on === undefined ? 'off' : 'on',
      expected: 'two different raw values for on and off',
      found: `${read.on} for both`,
    });
  if ((writeOn ?? read.on) === (writeOff ?? read.off)) {
    breaches.push({
      key: writeOn === undefined ? 'writeOff' : 'writeOn',
      expected: 'two different raw values to write',
      found: 'one for both',
    });
  }
  return breaches;
};

/** Everything in a register's keys that contradicts itself or would have no effect; nothing when all is well. */
export const findRegisterBreaches = (register: DocumentRegister): readonly RegisterBreach[] => {
  const structural = [...findKeyBreaches(register), ...findFieldBreaches(register)];
  return structural.length > 0 ? structural : [...findRawBreaches(register), ...findStateBreaches(register)];
};
