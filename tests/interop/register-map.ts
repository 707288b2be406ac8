/** A value of the foreign server: how it encodes it, and how a profile of the hub describes the same register. */
export type MapPoint = {
  readonly name: string;
  readonly table: 'coil' | 'discrete' | 'input' | 'holding';
  readonly address: number;
  /** The number in the registers is `((index × 97 + counter × 7) mod 800 mod modulus + plus) × times`. */
  readonly number: { readonly index: number; readonly modulus: number; readonly plus: number; readonly times: number };
  /** For the server: type, byte order, and the bits that are the value's own. */
  readonly type: string;
  readonly order: string;
  readonly shift: number;
  readonly width: number;
  /** For the hub: what the point says in its profile besides table, address and type. */
  readonly keys: Readonly<Record<string, unknown>>;
  /** What the hub makes of the number. */
  readonly toValue: (raw: number) => number | boolean;
};

type Shape = Omit<MapPoint, 'name' | 'table' | 'address' | 'number' | 'toValue' | 'order' | 'shift' | 'width'> &
  Partial<Pick<MapPoint, 'toValue' | 'order' | 'shift' | 'width'>> & {
    readonly modulus?: number;
    readonly plus?: number;
    readonly times?: number;
  };

const orders = ['ABCD', 'CDAB', 'BADC', 'DCBA'] as const;
const words: Readonly<Record<string, number>> = { u32: 2, s32: 2, f32: 2, bcd32: 2, u64: 4, s64: 4, f64: 4 };
const number = { quantity: 'number' };

const toBit = (bit: number, invert: boolean): Shape => ({
  type: 'u16',
  shift: bit,
  width: 1,
  modulus: 2,
  keys: { type: 'bit', quantity: 'boolean', bit, ...(invert && { invert }) },
  toValue: (raw) => (raw === 1) !== invert,
});
const toField = (type: string, low: number, high: number, keys: object): Shape => ({
  type,
  shift: low,
  width: high - low + 1,
  modulus: 2 ** (high - low + 1),
  ...(type.startsWith('s') && { plus: -(2 ** (high - low)) }),
  keys: { type, ...number, ...keys },
});
const toByte = (type: string, byte: 'high' | 'low'): Shape => ({
  ...toField(type, byte === 'high' ? 8 : 0, byte === 'high' ? 15 : 7, { byte }),
  ...(type === 'bcd8' && { modulus: 100 }),
});

/** Types that fill their registers, in the orders that they have. Large and negative numbers, all of them exact. */
const wide: readonly Shape[] = [
  ...['u16', 's16'].flatMap((type) => ['ABCD', 'BADC'].map((order) => ({ type, order, keys: {} }))),
  ...['u32', 's32', 'f32', 'u64', 's64', 'f64'].flatMap((type) => orders.map((order) => ({ type, order, keys: {} }))),
].map((shape) => {
  const times: Readonly<Record<string, number>> = {
    s16: 40,
    u16: 80,
    u32: 5_000_011,
    s32: 2_000_003,
    f32: 0.25,
    u64: 1_099_511,
    s64: 1_099_511,
    f64: 0.1,
  };
  return {
    ...shape,
    times: times[shape.type] ?? 1,
    plus: shape.type.startsWith('u') ? 0 : -400,
    keys: { type: shape.type, ...number, ...(shape.order !== 'ABCD' && { wordOrder: shape.order }) },
  };
});

const inRegisters: readonly Shape[] = [
  ...[0, 1, 7, 8, 14, 15].map((bit) => toBit(bit, bit % 2 === 1)),
  ...['u8', 's8'].flatMap((type) => (['high', 'low'] as const).map((byte) => toByte(type, byte))),
  ...(
    [
      [0, 3],
      [4, 9],
      [10, 15],
    ] as const
  ).map(([low, high]) => toField('u16', low, high, { bits: [low, high] })),
  toField('s16', 4, 9, { bits: [4, 9] }),
  toField('u16', 4, 11, { mask: 0x0ff0 }),
  { ...toField('u16', 4, 11, { mask: 0x0ff0, shift: 0 }), toValue: (raw) => raw * 16 },
  toField('u16', 12, 15, { mask: 0xf000 }),
  ...wide,
];

const bcd: readonly Shape[] = [
  toByte('bcd8', 'high'),
  toByte('bcd8', 'low'),
  ...['ABCD', 'BADC'].map((order) => ({ type: 'bcd16', order, keys: { type: 'bcd16', ...number, wordOrder: order } })),
  ...orders.map((order) => ({ type: 'bcd32', order, times: 12_345, keys: { type: 'bcd32', ...number, wordOrder: order } })),
];

/** Numbers in a unit of the instrument, or scaled. */
const scaled: readonly Shape[] = [
  { type: 's16', keys: { type: 's16', quantity: 'temperature', unit: '°F', scale: 0.1 }, toValue: (raw) => ((raw * 0.1 - 32) * 5) / 9 },
  {
    type: 'f32',
    order: 'CDAB',
    times: 0.25,
    keys: { type: 'f32', wordOrder: 'CDAB', quantity: 'temperature', unit: '°F' },
    toValue: (raw) => ((raw - 32) * 5) / 9,
  },
  {
    type: 'u16',
    plus: 13_000,
    keys: { type: 'u16', quantity: 'temperature', unit: 'K', scale: 0.02 },
    toValue: (raw) => raw * 0.02 - 273.15,
  },
  {
    type: 'u16',
    plus: 10_000,
    keys: { type: 'u16', quantity: 'temperature', scale: 0.01, offset: -100 },
    toValue: (raw) => raw * 0.01 - 100,
  },
  { type: 'u16', modulus: 200, keys: { type: 'u16', quantity: 'temperature', scale: 0.5, offset: -15 }, toValue: (raw) => raw * 0.5 - 15 },
  { type: 'u16', keys: { type: 'u16', quantity: 'pressure', unit: 'mbar' }, toValue: (raw) => raw / 10 },
  { type: 'u32', times: 1000, keys: { type: 'u32', quantity: 'energy', unit: 'Wh' }, toValue: (raw) => raw / 1000 },
  { type: 'u16', keys: { type: 'u16', quantity: 'volume_flow', unit: 'l/min' }, toValue: (raw) => raw * 0.06 },
  { type: 'u16', keys: { type: 'u16', quantity: 'conductivity', unit: 'µS/cm' }, toValue: (raw) => raw / 1000 },
  { type: 'u16', modulus: 3, keys: { type: 'u16', ...number, values: { off: 0, cool: 1, heat: 2 } } },
];

const place = (shapes: readonly Shape[], table: MapPoint['table'], from: number): readonly MapPoint[] => {
  let address = from;
  return shapes.map((shape, i) => {
    const { modulus = 800, plus = 0, times = 1, order = 'ABCD', shift = 0, width = 0, toValue = (raw) => raw, type, keys } = shape;
    const at = address;
    address += words[type] ?? 1;
    const index = at + i;
    const name = `${table}_${at}_${String(keys['type'])}${order === 'ABCD' ? '' : `_${order.toLowerCase()}`}`;
    return { name, table, address: at, number: { index, modulus, plus, times }, type, order, shift, width, keys, toValue };
  });
};

const coils = [false, true, false, true].map((invert): Shape => ({
  type: 'bit',
  modulus: 2,
  keys: { type: 'bit', quantity: 'boolean', ...(invert && { invert }) },
  toValue: (raw) => (raw === 1) !== invert,
}));

/** Every table, type, field and order that a profile can declare. */
export const mapPoints: readonly MapPoint[] = [
  ...place(coils, 'coil', 3),
  ...place(coils, 'discrete', 5),
  ...place(inRegisters, 'input', 0),
  ...place(bcd, 'input', 200),
  ...place(inRegisters, 'holding', 0),
  ...place(bcd, 'holding', 200),
  ...place(scaled, 'input', 300),
];

/** The number that the server encodes when its counter stands there. */
export const toRawAt = ({ number: { index, modulus, plus, times } }: MapPoint, counter: number): number =>
  ((((index * 97 + counter * 7) % 800) % modulus) + plus) * times;

/** The profile by which the hub reads the map. */
export const toMapProfile = (): object => ({
  profile: 'interop-map',
  version: 1,
  title: 'Every type of register',
  source: { document: 'tests/interop/register-map.ts' },
  status: 'unverified',
  points: Object.fromEntries(
    mapPoints.map(({ name, table, address, keys }) => [name, { title: name, table, address, ...keys, access: 'read' }]),
  ),
});
