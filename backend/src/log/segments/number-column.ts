import { ByteReader, ByteWriter } from './bytes.ts';

/** How the numbers of a column are stored. The codes are part of the file format. */
const ways = { constant: 0, scaled: 1, scaledDelta: 2, scaledDeltaOfDelta: 3, doubles: 4, singles: 5 } as const;

const mostDecimals = 9;
/** Scaled numbers and their differences stay exact below it. */
const exactLimit = 2 ** 50;

/**
 * The numbers of a column as bytes for a general compressor: whole multiples of a power of ten where every number is one exactly, as
 * they are or as differences; as single-precision numbers where each is one with twelve digits, as the hub decodes such registers;
 * otherwise the bytes of each number, the first bytes of all of them together.
 * Decoded, each number is the same to the bit. The sign of a zero is kept.
 */
export function encodeNumbers(values: Float64Array): Uint8Array {
  const first = values[0] ?? 0;
  const out = new ByteWriter();
  if (values.every((value) => Object.is(value, first))) {
    out.byte(ways.constant);
    out.double(first);
    return out.take();
  }
  const scaled = toScaled(values);
  if (scaled === null) {
    const singles = Float32Array.from(values);
    const isSingle = singles.every((single, index) => Object.is(fromSingle(single), values[index]));
    out.byte(isSingle ? ways.singles : ways.doubles);
    out.bytes(splitBytes(isSingle ? singles : values));
    return out.take();
  }
  const { way, numbers } = toShortest(scaled.numbers);
  out.byte(way);
  out.byte(scaled.decimals);
  for (const number of numbers) out.varint(toZigzag(number));
  return out.take();
}

/** The numbers that `encodeNumbers` was given. */
export function decodeNumbers(bytes: Uint8Array, count: number): Float64Array {
  const reader = new ByteReader(bytes);
  const values = new Float64Array(count);
  const way = reader.byte();
  if (way === ways.constant) return values.fill(reader.double());
  if (way === ways.doubles) return joinBytes(reader.bytes(count * 8), values);
  if (way === ways.singles) return Float64Array.from(joinBytes(reader.bytes(count * 4), new Float32Array(count)), fromSingle);
  if (way > ways.singles) throw new RangeError('a column is stored in an unknown way');
  const factor = 10 ** reader.byte();
  let [number, step] = [0, 0];
  for (let index = 0; index < count; index += 1) {
    const stored = fromZigzag(reader.varint());
    if (way === ways.scaled) number = stored;
    else if (way === ways.scaledDelta) number += stored;
    else {
      step += stored;
      number += step;
    }
    values[index] = number / factor;
  }
  return values;
}

/** The fewest decimals with which every number is a whole multiple, or null where there are none. */
function toScaled(values: Float64Array): { readonly decimals: number; readonly numbers: Float64Array } | null {
  const numbers = new Float64Array(values.length);
  next: for (let decimals = 0; decimals <= mostDecimals; decimals += 1) {
    const factor = 10 ** decimals;
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index] ?? 0;
      const number = Math.round(value * factor);
      if (!(Math.abs(number) < exactLimit)) return null;
      if (!Object.is(number / factor, value)) continue next;
      numbers[index] = number;
    }
    return { decimals, numbers };
  }
  return null;
}

/** Numbers, their differences, or the differences of those: whichever needs the fewest bits. */
function toShortest(numbers: Float64Array): { readonly way: number; readonly numbers: Float64Array } {
  const deltas = toDifferences(numbers);
  const candidates = [
    { way: ways.scaled, numbers },
    { way: ways.scaledDelta, numbers: deltas },
    { way: ways.scaledDeltaOfDelta, numbers: toDifferences(deltas) },
  ];
  const sizes = candidates.map((candidate) => candidate.numbers.reduce((sum, number) => sum + Math.log2(Math.abs(number) + 1), 0));
  const best = sizes.indexOf(Math.min(...sizes));
  return candidates[best] ?? { way: ways.scaled, numbers };
}

const toDifferences = (numbers: Float64Array): Float64Array =>
  numbers.map((number, index) => number - (index === 0 ? 0 : (numbers[index - 1] ?? 0)));

const toZigzag = (number: number): number => (number < 0 ? -number * 2 - 1 : number * 2);
const fromZigzag = (stored: number): number => (stored % 2 === 0 ? stored / 2 : -(stored + 1) / 2);

/** A single-precision register as the hub reports it. */
const fromSingle = (single: number): number => Number(single.toPrecision(12));

function splitBytes(values: Float64Array | Float32Array): Uint8Array {
  const from = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const to = new Uint8Array(from.length);
  const { length: count, BYTES_PER_ELEMENT: width } = values;
  for (let index = 0; index < from.length; index += 1) to[(index % width) * count + Math.floor(index / width)] = from[index] ?? 0;
  return to;
}

function joinBytes<T extends Float64Array | Float32Array>(from: Uint8Array, values: T): T {
  const to = new Uint8Array(values.buffer);
  const { length: count, BYTES_PER_ELEMENT: width } = values;
  for (let index = 0; index < to.length; index += 1) to[index] = from[(index % width) * count + Math.floor(index / width)] ?? 0;
  return values;
}
