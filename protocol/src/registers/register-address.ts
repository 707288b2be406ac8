/** The four tables of a Modbus unit. */
export type RegisterTableName = 'coil' | 'discrete' | 'holding' | 'input';

/** A place in a unit as somebody wrote it. `unit: null` where it was not said. `address` is that on the wire, from 0. */
export type RegisterAddress = { readonly unit: number | null; readonly table: RegisterTableName; readonly address: number };

/** The function that reads each table. */
export const readFunctionOf = { coil: 1, discrete: 2, holding: 3, input: 4 } as const satisfies Record<RegisterTableName, 1 | 2 | 3 | 4>;
const tables = ['coil', 'discrete', 'holding', 'input'] as const;
/** The table that a function reads. */
export const tableOf = (code: 1 | 2 | 3 | 4): RegisterTableName => tables[code - 1] ?? 'holding';

const byDigit: Readonly<Record<string, RegisterTableName>> = { '0': 'coil', '1': 'discrete', '3': 'input', '4': 'holding' };
const byLetter: Readonly<Record<string, RegisterTableName>> = { c: 'coil', d: 'discrete', i: 'input', h: 'holding' };
const digitOf = { coil: '0', discrete: '1', input: '3', holding: '4' } as const satisfies Record<RegisterTableName, string>;

const withUnit = /^(?:(\d{1,3})\s*\/|u\s*(\d{1,3})(?:\s*\/|\s))\s*(.+)$/i;
const vendor = /^([0134])(\d{4,5})$/;
const lettered = /^([cdih])\s*(\d{1,5})$/i;
const wire = /^([cdih])?\s*0x([0-9a-f]{1,4})$/i;

/**
 * Reads a place as people write it. Numbers count from 1, as vendors print them: `40012` and `h12` are the same
 * register. Hexadecimal is the address on the wire, from 0: `0x0B` is that register too. With a unit: `3/40012`,
 * `u3 h12`. Letters: `h` holding, `i` input, `c` coil, `d` discrete input. Null when it is none of these.
 */
export const parseRegisterAddress = (text: string): RegisterAddress | null => {
  const trimmed = text.trim();
  const [, slashed, spaced, rest] = withUnit.exec(trimmed) ?? [];
  const told = slashed ?? spaced;
  const unit = told === undefined ? null : Number(told);
  if (unit !== null && unit > 255) return null;
  const place = parsePlace(rest ?? trimmed);
  return place === null || place.address < 0 || place.address > 0xffff ? null : { unit, ...place };
};

const parsePlace = (text: string): Omit<RegisterAddress, 'unit'> | null => {
  const [, digit, number] = vendor.exec(text) ?? [];
  if (digit !== undefined) return { table: byDigit[digit] ?? 'holding', address: Number(number) - 1 };
  const [, letter, counted] = lettered.exec(text) ?? [];
  if (letter !== undefined) return { table: byLetter[letter.toLowerCase()] ?? 'holding', address: Number(counted) - 1 };
  const [, table, hex] = wire.exec(text) ?? [];
  return hex === undefined ? null : { table: byLetter[(table ?? 'h').toLowerCase()] ?? 'holding', address: Number.parseInt(hex, 16) };
};

/** The number that vendors print, from 1 and with the table's digit: `40012` for the holding register at address 11. */
export const toRegisterNumber = (table: RegisterTableName, address: number): string =>
  `${digitOf[table]}${String(address + 1).padStart(address >= 9999 ? 5 : 4, '0')}`;

/** The address on the wire: `0x000B`. */
export const toWireAddress = (address: number): string => `0x${address.toString(16).toUpperCase().padStart(4, '0')}`;
