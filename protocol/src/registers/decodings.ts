/** The orders in which vendors send the bytes of a value of two or four registers; `ABCD` is the standard's. */
export const wordOrders = ['ABCD', 'CDAB', 'BADC', 'DCBA'] as const;
export type WordOrderName = (typeof wordOrders)[number];

/** What two or four registers may hold. */
export const wideTypes = ['u32', 's32', 'f32', 'f64'] as const;
export type WideType = (typeof wideTypes)[number];

/** How many registers a value of the type takes. */
export const wordsOf = (type: WideType): 2 | 4 => (type === 'f64' ? 4 : 2);

/** The value of the first registers of `words` in one order; null when there are too few. May be NaN or infinite. */
export const decodeWide = (words: readonly number[], type: WideType, order: WordOrderName): number | null => {
  const count = wordsOf(type);
  if (words.length < count) return null;
  const own = words.slice(0, count);
  const ordered = order === 'CDAB' || order === 'DCBA' ? own.toReversed() : own;
  const isSwapped = order === 'BADC' || order === 'DCBA';
  const view = new DataView(new ArrayBuffer(count * 2));
  for (const [index, word] of ordered.entries()) view.setUint16(index * 2, word, isSwapped);
  switch (type) {
    case 'u32':
      return view.getUint32(0);
    case 's32':
      return view.getInt32(0);
    case 'f32':
      return view.getFloat32(0);
    case 'f64':
      return view.getFloat64(0);
  }
};

/** A register as a signed number. */
export const toSigned = (word: number): number => (word > 0x7fff ? word - 0x1_0000 : word);

/** The bits of a register, highest first, in fours: `0100 0001 1100 1000`. */
export const toBitText = (word: number): string =>
  word
    .toString(2)
    .padStart(16, '0')
    .replaceAll(/(.{4})(?=.)/g, '$1 ');

/** Registers as text, high byte first; what cannot be printed is a dot. */
export const toAsciiText = (words: readonly number[]): string =>
  words
    .flatMap((word) => [word >> 8, word & 0xff])
    .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
    .join('');

/** A decoded number so that it can be read at a glance: seven digits for a float, all of an integer. */
export const toWideText = (value: number | null, type: WideType): string => {
  if (value === null) return '';
  if (type === 'u32' || type === 's32') return String(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'not a number' : String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(2);
  return String(Number(value.toPrecision(7)));
};
