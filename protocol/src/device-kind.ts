import { Type, type Static } from 'typebox';
import { readUnknownAs } from './open-schema.ts';
import { quantities, quantityNames, type Quantity } from './quantity.ts';

const closed = { additionalProperties: false } as const;

/** What a device can be commanded: on or off, a share, a quantity, one of its modes, a position, or one pulse. */
export const deviceKinds = ['switch', 'percent', 'setpoint', 'mode', 'three-point', 'momentary'] as const;
/** The kind of a device. */
export type DeviceKind = (typeof deviceKinds)[number];

/** The name of a mode: `heat`, `cool`, `fan_only`. */
export const modeNamePattern = '^[a-z][a-z0-9_-]{0,31}$';
/** One mode of a device, and the raw number that its register holds for it. */
export const DeviceMode = Type.Object({ name: Type.String({ pattern: modeNamePattern }), raw: Type.Integer() }, closed);
export type DeviceMode = Static<typeof DeviceMode>;

/** Which values a device can have, as it travels in documents of the site and to panels. */
export const deviceShapeParts = {
  kind: Type.Enum([...deviceKinds], readUnknownAs('mode')),
  /** Of a set-point: what the number means. */
  quantity: Type.Optional(Type.Enum([...quantityNames])),
  /** Of a set-point: the smallest and the largest value, in the canonical unit. */
  range: Type.Optional(Type.Object({ min: Type.Number(), max: Type.Number() }, closed)),
  /** Of a set-point or a percentage: values are multiples of it, counted from the smallest. */
  step: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  /** Of a mode device. */
  modes: Type.Optional(Type.Array(DeviceMode, { minItems: 1, maxItems: 64 })),
} as const;

/** Which values a device can have. */
export type DeviceShape = {
  readonly kind: DeviceKind;
  readonly quantity?: Quantity;
  readonly range?: { readonly min: number; readonly max: number };
  readonly step?: number;
  readonly modes?: readonly DeviceMode[];
};

type Value = boolean | number | string;

/** The limits of a device whose values are numbers; null for the other kinds. */
export const toValueRange = ({ kind, range }: DeviceShape): { readonly min: number; readonly max: number } | null => {
  switch (kind) {
    case 'percent':
    case 'three-point':
      return range ?? { min: 0, max: 100 };
    case 'setpoint':
      return range ?? { min: -Number.MAX_VALUE, max: Number.MAX_VALUE };
    case 'switch':
    case 'mode':
    case 'momentary':
      return null;
  }
};

/** The unit of a device's numbers; empty where it has none. */
export const toDeviceUnit = ({ kind, quantity }: DeviceShape): string => {
  if (kind === 'percent' || kind === 'three-point') return '%';
  return kind === 'setpoint' && quantity !== undefined ? quantities[quantity].unit : '';
};

/** The nearest value that a device with steps can take; whole in the decimals of the step, within the range. */
export const toStep = (shape: DeviceShape, value: number): number => {
  const { min, max } = toValueRange(shape) ?? { min: -Number.MAX_VALUE, max: Number.MAX_VALUE };
  const within = Math.min(max, Math.max(min, value));
  const { step } = shape;
  if (step === undefined) return within;
  const origin = shape.range?.min ?? 0;
  const nearest = Number((origin + Math.round((within - origin) / step) * step).toPrecision(12));
  return nearest > max ? Number((nearest - step).toPrecision(12)) : nearest;
};

/** Why a value is none of a device, in words that say what is; null when it is one. */
export const explainDeviceValue = (shape: DeviceShape, value: Value): string | null => {
  const { kind, modes = [] } = shape;
  if (kind === 'switch') return typeof value === 'boolean' ? null : 'the device takes on or off';
  if (kind === 'momentary') return typeof value === 'boolean' ? null : 'the device takes one pulse (on)';
  if (kind === 'mode') {
    if (typeof value === 'string' && modes.some(({ name }) => name === value)) return null;
    return `the device takes one of: ${modes.map(({ name }) => name).join(', ')}`;
  }
  const range = toValueRange(shape);
  const unit = toDeviceUnit(shape);
  if (range === null || typeof value !== 'number' || !Number.isFinite(value) || value < range.min || value > range.max) {
    return range === null ? 'the device takes a number' : `the device takes ${toText(range.min, '')} to ${toText(range.max, unit)}`;
  }
  const nearest = toStep(shape, value);
  if (shape.step === undefined || Math.abs(nearest - value) <= shape.step * 1e-6) return null;
  return `the device takes steps of ${toText(shape.step, unit)}; the nearest is ${toText(nearest, unit)}`;
};

/** Claims that a device can have the value. */
export const isDeviceValue = (shape: DeviceShape, value: Value): boolean => explainDeviceValue(shape, value) === null;

/** Claims that a device runs at this value: it is not off, not at 0, and in no mode named `off`. */
export const isRunning = (value: Value): boolean => value !== false && value !== 0 && value !== 'off';

/** The value at which a device of this shape does not run; null where it has none. */
export const toOffValue = ({ kind, modes = [], ...shape }: DeviceShape): Value | null => {
  if (kind === 'switch' || kind === 'momentary') return false;
  if (kind === 'mode') return modes.some(({ name }) => name === 'off') ? 'off' : null;
  const { min, max } = toValueRange({ kind, ...shape }) ?? { min: 0, max: 0 };
  return min <= 0 && max >= 0 ? 0 : null;
};

/** A device's value as people read it: `on`, `40 %`, `22.5 °C`, `heat`. Without a shape a number is a percentage. */
export const formatDeviceValue = (value: Value, shape?: DeviceShape): string => {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value === 'string') return value;
  return toText(value, shape === undefined ? '%' : toDeviceUnit(shape));
};

const toText = (value: number, unit: string): string => {
  const rounded = Number(value.toFixed(unit === '%' ? 1 : 2));
  return unit === '' ? String(rounded) : `${rounded} ${unit}`;
};
