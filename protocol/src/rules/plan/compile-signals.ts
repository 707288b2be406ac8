import type { SensorEntry } from '../../entry.ts';
import { dimensionOf, formatDimension, isSameDimension, kelvin, temperature, type Dimension } from '../dimension.ts';
import type { SignalsDocument } from '../documents/kinds.ts';
import { hintForName } from '../documents/problem.ts';
import type { Path } from '../documents/source.ts';
import { functionNames } from '../expressions/functions.ts';
import type { Slot } from '../expressions/scope.ts';
import { createAggregate } from '../nodes/aggregate.ts';
import { isUnknown, unknown, type Maybe } from '../nodes/node.ts';
import type { Scalar } from '../expressions/scope.ts';
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
  readonly isOptional: boolean;
};

/** What a Signals document gives to those that use it. */
export type CompiledSignals = {
  readonly names: ReadonlyMap<string, Slot>;
  readonly inputs: ReadonlySet<string>;
  readonly planInputs: readonly PlanInput[];
};

const reserved: ReadonlySet<string> = new Set(['sp', 'true', 'false', 'null', 'in', ...functionNames]);

/** Compiles inputs and signals; the order in which signals are written does not matter. */
export const compileSignals = ({ document, source }: Placed<SignalsDocument>, builder: Builder): CompiledSignals => {
  const { id } = document.metadata;
  const names = new Map<string, Slot>();
  const planInputs: PlanInput[] = [];
  const claim = (name: string, path: Path): void => {
    if (reserved.has(name)) builder.complain(source, path, { expected: 'a name that is free', found: `the word ${name}`, atKey: true });
    if (names.has(name))
      builder.complain(source, path, { expected: 'a name that is free', found: `${name}, which is an input`, atKey: true });
  };
  const points = new Map(builder.site.points.map((point) => [point.id, point.quantity]));
  for (const [name, input] of Object.entries(document.spec.inputs)) {
    const path: Path = ['spec', 'inputs', name];
    claim(name, path);
    const quantity = points.get(input.point);
    if (quantity === undefined) {
      const hint = hintForName(input.point, [...points.keys()]);
      builder.complain(source, [...path, 'point'], { expected: 'a point of the site', found: input.point, hint });
      continue;
    }
    if (input.quantity !== undefined && input.quantity !== quantity) {
      builder.complain(source, [...path, 'quantity'], { expected: `${quantity}, as the site says`, found: input.quantity });
    }
    const dimension = dimensionOf(quantity);
    const maxAge = builder.duration(input.maxAge);
    const slot = builder.addSlot(`${id}/${name}`, dimension, unknown, maxAge);
    names.set(name, { slot, dimension });
    const accepts = new Set<string>(input.quality ?? ['good']);
    if (builder.site.isDemonstration) accepts.add('simulated');
    const bounds = input.valid?.map((written, i) => builder.quantity(source, [...path, 'valid', i], written, dimension));
    const [low, high] = bounds ?? [];
    if (low !== undefined && high !== undefined && low > high) {
      builder.complain(source, [...path, 'valid'], { expected: 'the lower bound first', found: `${input.valid?.join(' to ')}` });
    }
    const valid = low === undefined || high === undefined ? undefined : ([low, high] as const);
    planInputs.push({
      name,
      point: input.point,
      slot,
      maxAge,
      valid,
      accepts,
      isBoolean: dimension.kind === 'boolean',
      isOptional: input.optional === true,
    });
  }
  const inputs = new Set(names.keys());
  compileDerived({ document, source }, builder, names, inputs, claim);
  return { names, inputs, planInputs };
};

/** Signals may use one another in any order, so that the dimension of one waits for those that it uses. */
const compileDerived = (
  { document, source }: Placed<SignalsDocument>,
  builder: Builder,
  names: Map<string, Slot>,
  inputs: ReadonlySet<string>,
  claim: (name: string, path: Path) => void,
): void => {
  const { id } = document.metadata;
  const signals = document.spec.signals ?? {};
  const scope = builder.scope(names, inputs);
  const open: string[] = [];
  const resolve = (name: string): void => {
    const signal = signals[name];
    if (signal === undefined || names.has(name) || !Object.hasOwn(signals, name)) return;
    const path: Path = ['spec', 'signals', name];
    if (open.includes(name)) {
      const circle = [...open.slice(open.indexOf(name)), name].join(' → ');
      builder.complain(source, path, { expected: 'signals without a circle', found: circle, atKey: true });
      // Known as something from now on, so that one circle is one problem.
      names.set(name, { slot: -1, dimension: { kind: 'product', bases: {} } });
      return;
    }
    open.push(name);
    for (const other of 'expr' in signal ? mentionedIn(signal.expr) : signal.aggregate.of) resolve(other);
    open.pop();
    if (names.has(name)) return;
    for (const [i, other] of (signal.inputs ?? []).entries()) {
      if (!names.has(other) && !Object.hasOwn(signals, other)) {
        builder.complain(source, [...path, 'inputs', i], {
          expected: 'a known name',
          found: other,
          hint: hintForName(other, [...names.keys()]),
        });
      }
    }
    if ('expr' in signal) {
      const expression = builder.expression(source, [...path, 'expr'], signal.expr, scope);
      if (expression === undefined) return;
      const slot = builder.addSlot(`${id}/${name}`, expression.dimension, unknown, builder.maxAgeOf(expression.slots));
      names.set(name, { slot, dimension: expression.dimension });
      builder.addStep(
        {
          id: `${id}/${name}`,
          reads: expression.slots,
          writes: [slot],
          isTimed: expression.isTimed,
          run: (run) => run.set(slot, expression.evaluate(run)),
        },
        source,
        path,
      );
    } else compileAggregate(name, path);
    builder.shown.push({ name: `${id}/${name}`, slot: names.get(name)?.slot ?? -1, dimension: names.get(name)?.dimension ?? temperature });
  };

  const compileAggregate = (name: string, path: Path): void => {
    const signal = signals[name];
    if (signal === undefined || !('aggregate' in signal)) return;
    const { of, fn, quorum = 1, rejectOutside } = signal.aggregate;
    const members: Slot[] = [];
    for (const [i, member] of of.entries()) {
      const found = names.get(member);
      const at: Path = [...path, 'aggregate', 'of', i];
      if (found === undefined) {
        // A signal that is wrong itself has its own problem.
        if (!Object.hasOwn(signals, member)) {
          builder.complain(source, at, { expected: 'a known name', found: member, hint: hintForName(member, [...names.keys()]) });
        }
      } else if (found.dimension.kind !== 'product' && found.dimension.kind !== 'temperature') {
        builder.complain(source, at, { expected: 'a number', found: formatDimension(found.dimension) });
      } else if (members[0] !== undefined && !isSameDimension(members[0].dimension, found.dimension)) {
        builder.complain(source, at, { expected: formatDimension(members[0].dimension), found: formatDimension(found.dimension) });
      } else members.push(found);
    }
    if (quorum > of.length) {
      builder.complain(source, [...path, 'aggregate', 'quorum'], {
        expected: `at most ${of.length}, the number of members`,
        found: `${quorum}`,
      });
    }
    const [first] = members;
    if (first === undefined || members.length < of.length || quorum > of.length) return;
    const width: Dimension = first.dimension.kind === 'temperature' ? kelvin : first.dimension;
    const limit =
      rejectOutside === undefined ? undefined : builder.quantity(source, [...path, 'aggregate', 'rejectOutside'], rejectOutside, width);
    const reads = members.map((member) => member.slot);
    const slot = builder.addSlot(`${id}/${name}`, first.dimension, unknown, builder.maxAgeOf(reads));
    names.set(name, { slot, dimension: first.dimension });
    const node = builder.addNode(
      `${id}/${name}#aggregate`,
      createAggregate({ fn, quorum, ...(limit === undefined ? {} : { rejectOutside: limit }) }),
    );
    builder.addStep(
      {
        id: `${id}/${name}`,
        reads,
        writes: [slot],
        isTimed: node.node.isTimed,
        run: (run) =>
          run.set(
            slot,
            run.step(
              node,
              reads.map((read) => toNumber(run.values[read])),
            ).value,
          ),
      },
      source,
      path,
    );
  };

  for (const name of Object.keys(signals)) {
    claim(name, ['spec', 'signals', name]);
    resolve(name);
  }
};

const toNumber = (value: Maybe<Scalar> | undefined): Maybe<number> => (typeof value === 'number' ? value : unknown);

/** Every word in the text: more than the names that it uses, never fewer. */
const mentionedIn = (text: string): readonly string[] => [...new Set(text.match(/[A-Za-z_]\w*/g))];

/** What a reading is worth to an input: its value, or unknown when it may not be used. */
export const toUsable = (input: PlanInput, reading: SensorEntry['readings'][string]): Maybe<Scalar> => {
  const { v, q } = reading;
  if (v === null || !input.accepts.has(q)) return unknown;
  if (input.isBoolean) return typeof v === 'boolean' ? v : unknown;
  if (typeof v !== 'number' || !Number.isFinite(v)) return unknown;
  return input.valid !== undefined && (v < input.valid[0] || v > input.valid[1]) ? unknown : v;
};

/** Claims that nothing is known. */
export const isMissing = (value: Maybe<Scalar> | undefined): boolean => value === undefined || isUnknown(value);
