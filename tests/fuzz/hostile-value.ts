/** Draws values that nobody means well with; the same for the same random numbers. */
export type Draw = {
  /** A whole number from 0 up to `below`. */
  below(below: number): number;
  pick<T>(items: readonly T[]): T;
};

export const createDraw = (random: () => number): Draw => {
  const below = (limit: number): number => Math.floor(random() * limit);
  return {
    below,
    pick: <T>(items: readonly T[]): T => {
      const item = items[below(items.length)];
      if (item === undefined && items.length === 0) throw new RangeError('nothing to pick from');
      return item as T;
    },
  };
};

const strangeTexts = [
  '',
  '0x10',
  'true',
  'null',
  '1e999',
  '-0',
  '\u0000',
  '\u001b[2J',
  '\u202egnp.exe',
  '\ud800',
  '../../etc/passwd',
  '${7*7}',
  "' OR 1=1 --",
  '<script>alert(1)</script>',
  '=cmd|calc',
  '__proto__',
  'constructor',
  'flower_room/heater',
  'automation-1',
] as const;
const strangeNumbers = [0, -0, -1, 1, 0.1, 1e308, -1e308, 2 ** 53, 2 ** 53 + 2, 1e-320, 4_294_967_296, 3_600_001] as const;
const memberNames = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'length',
  'then',
  'value',
  'v',
  'k',
  'filter',
  'documents',
  'kind',
] as const;

const nested = (depth: number, isArray: boolean): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = isArray ? [value] : { a: value };
  return value;
};

/** A value of about `size` members or characters. */
export const drawLarge = (draw: Draw, size: number): unknown => {
  switch (draw.below(8)) {
    case 0:
      return Object.fromEntries(Array.from({ length: size }, (_, n) => [`k${n}`, n]));
    case 1:
      return Array.from({ length: size }, () => ({}));
    case 2:
      return 'x'.repeat(size * 4);
    case 3:
      return 'é\u0301👩‍👩‍👧'.repeat(Math.ceil(size / 4));
    case 4:
      return nested(Math.min(size, 4000), true);
    case 5:
      return nested(Math.min(size, 4000), false);
    case 6:
      return Array.from({ length: size }, (_, n) => n * 1.1);
    default:
      return { a: Array.from({ length: Math.ceil(size / 10) }, () => ({ id: 'x', value: null, list: [1, [2, [3]]] })) };
  }
};

/** Any small value. */
export const drawSmall = (draw: Draw, depth = 2): unknown => {
  switch (draw.below(depth === 0 ? 4 : 6)) {
    case 0:
      return draw.pick(strangeTexts);
    case 1:
      return draw.pick(strangeNumbers);
    case 2:
      return draw.pick([null, true, false]);
    case 3:
      return 'x'.repeat(draw.below(600));
    case 4:
      return Array.from({ length: draw.below(4) }, () => drawSmall(draw, depth - 1));
    default:
      return Object.fromEntries(Array.from({ length: draw.below(4) }, () => [draw.pick(memberNames), drawSmall(draw, depth - 1)]));
  }
};

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value that is good but in one place: changed, left out, doubled, or with something beside it. */
export const spoil = (draw: Draw, value: unknown, size: number): unknown => {
  if (Array.isArray(value) && value.length > 0 && draw.below(3) > 0) {
    const at = draw.below(value.length);
    return value.flatMap((item: unknown, n) => (n === at ? draw.pick([[spoil(draw, item, size)], [item, item], []]) : [item]));
  }
  if (isObject(value) && Object.keys(value).length > 0 && draw.below(4) > 0) {
    const key = draw.pick(Object.keys(value));
    const { [key]: old, ...rest } = value;
    switch (draw.below(5)) {
      case 0:
        return rest;
      case 1:
        return { ...value, [draw.pick(memberNames)]: drawSmall(draw) };
      default:
        return { ...rest, [key]: spoil(draw, old, size) };
    }
  }
  return draw.below(12) === 0 ? drawLarge(draw, size) : drawSmall(draw);
};
