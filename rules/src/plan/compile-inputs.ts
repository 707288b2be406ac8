import type { NamedValues, SensorEntry } from '@phloem/protocol';
import { dimensionOf } from '../units/dimension.ts';
import type { SignalsDocument } from '../documents/signals.ts';
import { hintForName } from '../documents/problem.ts';
import type { Path } from '../documents/source.ts';
import type { Scalar, Slot } from '../expressions/scope.ts';
import { unknown, type Maybe } from '../nodes/node.ts';
import type { Builder, Placed } from './builder.ts';

/** A point as a bundle takes it in. */
export type PlanInput = {
  readonly name: string;
  readonly point: string;
  readonly slot: number;
  readonly maxAge: number;
  readonly valid: readonly [number, number] | undefined;
  readonly isBoolean: boolean;
  readonly accepts: ReadonlySet<string>;
  /** Nearly all readings are good, and nearly all inputs want good ones. */
  readonly acceptsGood: boolean;
  /** What its values are called. */
  readonly valueNames?: NamedValues;
};

/** Gives the inputs of a Signals document their slots. */
export const compileInputs = (
  { document, source }: Placed<SignalsDocument>,
  builder: Builder,
  names: Map<string, Slot>,
): readonly PlanInput[] => {
  const points = new Map(builder.site.points.map((point) => [point.id, point]));
  const inputs: PlanInput[] = [];
  for (const [name, input] of Object.entries(document.spec.inputs)) {
    const path: Path = ['spec', 'inputs', name];
    const point = points.get(input.point);
    if (point === undefined) {
      const hint = hintForName(input.point, [...points.keys()]);
      builder.complain(source, [...path, 'point'], { expected: 'a point of the site', found: input.point, hint });
      continue;
    }
    const { quantity, names: valueNames } = point;
    if (input.quantity !== undefined && input.quantity !== quantity) {
      builder.complain(source, [...path, 'quantity'], { expected: `${quantity}, as the site says`, found: input.quantity });
    }
    const dimension = dimensionOf(quantity);
    const maxAge = builder.duration(input.maxAge);
    const slot = builder.addSlot(`${document.metadata.id}/${name}`, dimension, unknown, { maxAge, isInput: true });
    builder.notePoint(slot, input.point);
    names.set(name, { slot, dimension, ...(valueNames !== undefined && { names: valueNames }) });
    const accepts = new Set<string>(input.quality ?? ['good']);
    if (builder.site.isDemonstration) accepts.add('simulated');
    const [low, high] = input.valid?.map((written, i) => builder.quantity(source, [...path, 'valid', i], written, dimension)) ?? [];
    if (low !== undefined && high !== undefined && low > high) {
      builder.complain(source, [...path, 'valid'], { expected: 'the lower bound first', found: `${input.valid?.join(' to ')}` });
    }
    inputs.push({
      name,
      point: input.point,
      slot,
      maxAge,
      valid: low === undefined || high === undefined ? undefined : [low, high],
      accepts,
      acceptsGood: accepts.has('good'),
      isBoolean: dimension.kind === 'boolean',
      ...(valueNames !== undefined && { valueNames }),
    });
  }
  return inputs;
};

/** What a reading is worth to an input: its value, or unknown when it may not be used. */
export const toUsable = (input: PlanInput, reading: SensorEntry['readings'][string]): Maybe<Scalar> => {
  const { v, q, limited = false } = reading;
  // 100.3 % in a saturated room is limited to 100 %: anyone who takes good values has to go on there.
  if (v === null || (q === 'good' || limited ? !input.acceptsGood : !input.accepts.has(q))) return unknown;
  if (input.isBoolean) return typeof v === 'boolean' ? v : unknown;
  if (typeof v !== 'number' || !Number.isFinite(v)) return unknown;
  return input.valid !== undefined && (v < input.valid[0] || v > input.valid[1]) ? unknown : v;
};
