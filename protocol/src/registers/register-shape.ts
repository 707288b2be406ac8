import type { WordOrderName } from './decodings.ts';

/** How a value is kept in a register, or in several. `bit` is a coil, a discrete input, or one bit of a register. */
export const registerTypes = ['bit', 'u8', 's8', 'u16', 's16', 'u32', 's32', 'u64', 's64', 'f32', 'f64', 'bcd8', 'bcd16', 'bcd32'] as const;
export type RegisterTypeName = (typeof registerTypes)[number];

const wordCounts = {
  bit: 1,
  u8: 1,
  s8: 1,
  u16: 1,
  s16: 1,
  u32: 2,
  s32: 2,
  u64: 4,
  s64: 4,
  f32: 2,
  f64: 4,
  bcd8: 1,
  bcd16: 1,
  bcd32: 2,
} as const satisfies Record<RegisterTypeName, number>;

/** How many registers (or coils) a value of the type takes. */
export const wordCountOf = (type: RegisterTypeName): 1 | 2 | 4 => wordCounts[type];

/** The bits of a value that are its own: `(word & mask) >>> shift`. The rest belongs to others. */
export type RegisterField = { readonly mask: number; readonly shift: number };

/** How registers become a raw number. */
export type RegisterShape = { readonly type: RegisterTypeName; readonly wordOrder: WordOrderName; readonly field?: RegisterField };

const swapBytes = (word: number): number => ((word & 0xff) << 8) | ((word >> 8) & 0xff);

/** Words in the order of the standard, or back: each order is its own inverse. */
const reorder = (words: readonly number[], order: WordOrderName): readonly number[] => {
  const ordered = order === 'CDAB' || order === 'DCBA' ? words.toReversed() : words;
  return order === 'BADC' || order === 'DCBA' ? ordered.map(swapBytes) : ordered;
};

const isSigned = (type: RegisterTypeName): boolean => type.startsWith('s');

/** The digits of a binary coded decimal; NaN where one of its nibbles is no digit. */
const fromBcd = (value: number, digits: number): number => {
  let sum = 0;
  for (let place = digits - 1; place >= 0; place--) {
    const digit = Math.floor(value / 16 ** place) % 16;
    if (digit > 9) return Number.NaN;
    sum = sum * 10 + digit;
  }
  return sum;
};

const toBcd = (value: number): number => Number.parseInt(String(value), 16);

const toFieldValue = (value: number, type: RegisterTypeName, { mask, shift }: RegisterField): number => {
  const own = (value & mask) >>> shift;
  if (type.startsWith('bcd')) return fromBcd(own, Math.ceil(fieldWidth({ mask, shift }) / 4));
  const width = fieldWidth({ mask, shift });
  return isSigned(type) && own >= 2 ** (width - 1) ? own - 2 ** width : own;
};

/** How many bits a field has, those between its lowest and its highest. */
export const fieldWidth = ({ mask, shift }: RegisterField): number => 32 - Math.clz32(mask >>> shift);

/** The raw number in the first registers of `words`; null when there are too few, NaN when they hold no number. */
export const decodeShape = ({ type, wordOrder, field }: RegisterShape, words: readonly number[]): number | null => {
  const count = wordCountOf(type);
  if (words.length < count) return null;
  const view = new DataView(new ArrayBuffer(count * 2));
  for (const [index, word] of reorder(words.slice(0, count), wordOrder).entries()) view.setUint16(index * 2, word);
  if (field !== undefined) return toFieldValue(count === 1 ? view.getUint16(0) : view.getUint32(0), type, field);
  switch (type) {
    case 'bit':
    case 'u8':
    case 'u16':
      return view.getUint16(0);
    case 's8':
    case 's16':
      return view.getInt16(0);
    case 'u32':
      return view.getUint32(0);
    case 's32':
      return view.getInt32(0);
    case 'u64':
      return Number(view.getBigUint64(0));
    case 's64':
      return Number(view.getBigInt64(0));
    case 'f32':
      return view.getFloat32(0);
    case 'f64':
      return view.getFloat64(0);
    case 'bcd8':
      return fromBcd(view.getUint16(0), 2);
    case 'bcd16':
      return fromBcd(view.getUint16(0), 4);
    case 'bcd32':
      return fromBcd(view.getUint32(0), 8);
  }
};

/** What fits between the first and the last raw number that a shape can hold. */
export const rawRangeOf = ({ type, field }: Pick<RegisterShape, 'type' | 'field'>): readonly [min: number, max: number] => {
  if (field !== undefined) {
    const width = fieldWidth(field);
    if (type.startsWith('bcd')) return [0, 10 ** Math.ceil(width / 4) - 1];
    return isSigned(type) ? [-(2 ** (width - 1)), 2 ** (width - 1) - 1] : [0, 2 ** width - 1];
  }
  return rawRanges[type];
};

const rawRanges = {
  bit: [0, 1],
  u8: [0, 0xff],
  s8: [-0x80, 0x7f],
  u16: [0, 0xffff],
  s16: [-0x8000, 0x7fff],
  u32: [0, 0xffff_ffff],
  s32: [-0x8000_0000, 0x7fff_ffff],
  // Beyond 2⁵³ a number is not exact: no such value is written.
  u64: [0, Number.MAX_SAFE_INTEGER],
  s64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  f32: [-3.402_823_466_385_288_6e38, 3.402_823_466_385_288_6e38],
  f64: [-Number.MAX_VALUE, Number.MAX_VALUE],
  bcd8: [0, 99],
  bcd16: [0, 9999],
  bcd32: [0, 99_999_999],
} as const satisfies Record<RegisterTypeName, readonly [number, number]>;

/** Claims a type that holds fractions. */
export const isFloatType = (type: RegisterTypeName): boolean => type === 'f32' || type === 'f64';

/** The bits of a field that holds the raw number, in their place in the word. */
export const encodeField = ({ type }: Pick<RegisterShape, 'type'>, { mask, shift }: RegisterField, raw: number): number =>
  (((type.startsWith('bcd') ? toBcd(raw) : raw) << shift) & mask) >>> 0;

/** The registers that hold a raw number, which has to be within `rawRangeOf`; those of a field hold nothing beside it. */
export const encodeShape = ({ type, wordOrder, field }: RegisterShape, raw: number): readonly number[] => {
  const count = wordCountOf(type);
  const view = new DataView(new ArrayBuffer(count * 2));
  if (field !== undefined) {
    const bits = encodeField({ type }, field, raw);
    if (count === 1) view.setUint16(0, bits);
    else view.setUint32(0, bits);
  } else setRaw(view, type, raw);
  return reorder(
    Array.from({ length: count }, (_, index) => view.getUint16(index * 2)),
    wordOrder,
  );
};

const setRaw = (view: DataView, type: RegisterTypeName, raw: number): void => {
  switch (type) {
    case 'f32':
      return view.setFloat32(0, raw);
    case 'f64':
      return view.setFloat64(0, raw);
    case 'u64':
    case 's64':
      return view.setBigInt64(0, BigInt(raw));
    case 'u32':
    case 's32':
      return view.setInt32(0, raw);
    case 'bcd32':
      return view.setUint32(0, toBcd(raw));
    case 'bcd8':
    case 'bcd16':
      return view.setUint16(0, toBcd(raw));
    default:
      return view.setInt16(0, raw);
  }
};
