import {
  boolean,
  differenceOf,
  formatDimension,
  isNumeric,
  isPlain,
  isSameDimension,
  multiplyDimensions,
  plain,
  toBase,
  type Dimension,
} from '../units/dimension.ts';
import type { SignalDeclaration } from '../documents/signals.ts';
import { hintForName } from '../documents/problem.ts';
import type { Path, SourceDocument } from '../documents/source.ts';
import type { Expression } from '../expression.ts';
import type { Scalar, Slot } from '../expressions/scope.ts';
import { createAggregate } from '../nodes/aggregate.ts';
import { createCounter } from '../nodes/counter.ts';
import { createDelay } from '../nodes/delay.ts';
import { createEdge } from '../nodes/edge.ts';
import { createFilter, type FilterParams } from '../nodes/filter.ts';
import { createLatch } from '../nodes/latch.ts';
import { unknown, type Maybe, type Sample } from '../nodes/node.ts';
import { createRate } from '../nodes/rate.ts';
import { parseDimension } from '../units/units.ts';
import type { Builder } from './builder.ts';
import { compileCycle, compileSchedule } from './compile-schedule.ts';
import { compileIntegrate } from './compile-integrate.ts';
import { toClaim, toNumber, type CompiledOperator, type Declared, type OperatorContext } from './operator-parts.ts';
import type { Run } from './run.ts';

/** Makes the operator of a signal; undefined, and problems, when it cannot be. */
export const compileOperator = (
  name: string,
  signal: SignalDeclaration,
  path: Path,
  context: OperatorContext,
): CompiledOperator | undefined => {
  const { builder, source, scope, id } = context;
  const node = `${id}/${name}`;
  const claim = (part: string, key: string, text: string): Expression | undefined =>
    builder.condition(source, [...path, part, key], text, scope);
  if ('expr' in signal) {
    const expression = builder.expression(source, [...path, 'expr'], signal.expr, scope);
    if (expression === undefined) return undefined;
    const { dimension, slots, isTimed, evaluate } = expression;
    const isWhole = expression.isWhole && signal.filter === undefined;
    return withFilter(node, signal.filter, { dimension, isWhole, reads: slots, isTimed, evaluate }, path, context);
  }
  if ('aggregate' in signal) return withFilter(node, signal.filter, compileAggregate(node, signal.aggregate, path, context), path, context);
  if ('rate' in signal) return compileRate(node, signal.rate, path, context);
  if ('integrate' in signal) return compileIntegrate(node, signal.integrate, path, context);
  if ('delay' in signal) return compileDelay(node, signal.delay, path, context);
  if ('schedule' in signal) {
    const schedule = compileSchedule(node, signal.schedule, [...path, 'schedule'], context);
    return schedule === undefined ? undefined : { dimension: boolean, reads: [], isTimed: true, evaluate: schedule };
  }
  if ('cycle' in signal) {
    const condition = signal.cycle.while === undefined ? undefined : claim('cycle', 'while', signal.cycle.while);
    const cycle = compileCycle(node, signal.cycle, [...path, 'cycle'], context);
    if (cycle === undefined || (signal.cycle.while !== undefined && condition === undefined)) return undefined;
    const evaluate = (run: Run): Maybe<boolean> => cycle(run, condition === undefined ? true : toClaim(condition.evaluate(run)));
    return { dimension: boolean, reads: condition?.slots ?? [], isTimed: true, evaluate };
  }
  if ('latch' in signal) {
    const set = claim('latch', 'set', signal.latch.set);
    const reset = claim('latch', 'reset', signal.latch.reset);
    if (set === undefined || reset === undefined) return undefined;
    const latch = builder.addNode(`${node}#latch`, createLatch({ dominant: signal.latch.dominant ?? 'set' }));
    return {
      dimension: boolean,
      reads: union(set, reset),
      isTimed: set.isTimed || reset.isTimed,
      evaluate: (run) => run.step(latch, { set: toClaim(set.evaluate(run)), reset: toClaim(reset.evaluate(run)) }).value,
    };
  }
  if ('edge' in signal) {
    const of = claim('edge', 'of', signal.edge.of);
    if (of === undefined) return undefined;
    const edge = builder.addNode(`${node}#edge`, createEdge({ on: signal.edge.on ?? 'rising' }));
    return { dimension: boolean, reads: of.slots, isTimed: true, evaluate: (run) => run.step(edge, toClaim(of.evaluate(run))).value };
  }
  const of = claim('counter', 'of', signal.counter.of);
  const reset = signal.counter.reset === undefined ? undefined : claim('counter', 'reset', signal.counter.reset);
  if (of === undefined || (signal.counter.reset !== undefined && reset === undefined)) return undefined;
  const counter = builder.addNode(`${node}#counter`, createCounter());
  return {
    dimension: plain,
    isWhole: true,
    reads: reset === undefined ? of.slots : union(of, reset),
    isTimed: of.isTimed || reset?.isTimed === true,
    evaluate: (run) =>
      run.step(counter, { count: toClaim(of.evaluate(run)), reset: reset === undefined ? false : toClaim(reset.evaluate(run)) }).value,
  };
};

const union = (a: Expression, b: Expression): readonly number[] => [...new Set([...a.slots, ...b.slots])];

/** The number that another signal or input gives; undefined, and a problem, when there is none. */
const findNumber = (name: string, path: Path, { names, declared, source, builder, scope }: OperatorContext): Slot | undefined => {
  const found = names.get(name);
  if (found === undefined) {
    // A signal that is wrong itself has a problem of its own.
    if (!Object.hasOwn(declared, name))
      builder.complain(source, path, { expected: 'a known name', found: name, hint: hintForName(name, scope.names()) });
    return undefined;
  }
  if (isNumeric(found.dimension)) return found;
  builder.complain(source, path, { expected: 'a number', found: formatDimension(found.dimension) });
  return undefined;
};

const compileAggregate = (
  node: string,
  declared: Declared<'aggregate'>,
  path: Path,
  context: OperatorContext,
): CompiledOperator | undefined => {
  const { builder, source } = context;
  const { of, fn, quorum = 1, rejectOutside } = declared;
  const members: Slot[] = [];
  for (const [i, name] of of.entries()) {
    const at: Path = [...path, 'aggregate', 'of', i];
    const member = findNumber(name, at, context);
    if (member === undefined) continue;
    if (members[0] !== undefined && !isSameDimension(members[0].dimension, member.dimension)) {
      builder.complain(source, at, { expected: formatDimension(members[0].dimension), found: formatDimension(member.dimension) });
    } else members.push(member);
  }
  if (quorum > of.length) {
    builder.complain(source, [...path, 'aggregate', 'quorum'], {
      expected: `at most ${of.length}, the number of members`,
      found: `${quorum}`,
    });
  }
  const [first] = members;
  if (first === undefined || members.length < of.length || quorum > of.length) return undefined;
  const limit =
    rejectOutside === undefined
      ? Infinity
      : builder.quantity(source, [...path, 'aggregate', 'rejectOutside'], rejectOutside, differenceOf(first.dimension));
  if (limit !== undefined && limit < 0) {
    builder.complain(source, [...path, 'aggregate', 'rejectOutside'], {
      expected: 'a distance of zero or more',
      found: `${rejectOutside}`,
    });
  }
  if (limit === undefined || limit < 0) return undefined;
  const reads = members.map((member) => member.slot);
  const aggregate = builder.addNode(`${node}#aggregate`, createAggregate({ fn, quorum, rejectOutside: limit }));
  return {
    dimension: first.dimension,
    reads,
    isTimed: false,
    evaluate: (run) =>
      run.step(
        aggregate,
        reads.map((slot) => toNumber(run.values[slot])),
      ).value,
  };
};

/** A value with the time at which the newest reading behind it was reported. */
const sampleOf = (run: Run, value: Maybe<Scalar> | undefined, inputs: readonly number[]): Sample => {
  let newest = -1;
  for (const slot of inputs) newest = Math.max(newest, run.reported[slot] ?? -1);
  return { value: toNumber(value), up: newest < 0 ? run.up : newest };
};

const withFilter = (
  node: string,
  declared: Extract<SignalDeclaration, { readonly expr: string }>['filter'],
  inner: CompiledOperator | undefined,
  path: Path,
  { builder, source }: OperatorContext,
): CompiledOperator | undefined => {
  if (inner === undefined || declared === undefined) return inner;
  if (!isNumeric(inner.dimension)) {
    builder.complain(source, [...path, 'filter'], {
      expected: 'a filter on a number',
      found: formatDimension(inner.dimension),
      atKey: true,
    });
    return undefined;
  }
  const maxGapMs = builder.maxGapOf(inner.reads);
  const inputs = builder.inputsOf(inner.reads);
  const params = toFilter(declared, inner.dimension, maxGapMs, [...path, 'filter'], source, builder);
  if (params === undefined) return undefined;
  const filter = builder.addNode(`${node}#filter`, createFilter(params));
  return { ...inner, isTimed: true, evaluate: (run) => run.step(filter, sampleOf(run, inner.evaluate(run), inputs)).value };
};

const toFilter = (
  declared: NonNullable<Extract<SignalDeclaration, { readonly expr: string }>['filter']>,
  dimension: Dimension,
  maxGapMs: number,
  path: Path,
  source: SourceDocument,
  builder: Builder,
): FilterParams | undefined => {
  if ('median' in declared) return { kind: 'median', samples: declared.median, maxGapMs };
  if ('ewma' in declared) {
    const tauMs = builder.duration(declared.ewma);
    if (tauMs > 0) return { kind: 'ewma', tauMs, maxGapMs };
    builder.complain(source, [...path, 'ewma'], { expected: 'a time constant above zero', found: declared.ewma });
    return undefined;
  }
  const perSecond = multiplyDimensions(differenceOf(dimension), toBase('s'), -1) ?? plain;
  const speed = builder.quantity(source, [...path, 'slew'], declared.slew, perSecond);
  if (speed !== undefined && speed <= 0)
    builder.complain(source, [...path, 'slew'], { expected: 'a speed above zero', found: declared.slew });
  return speed === undefined || speed <= 0 ? undefined : { kind: 'slew', risePerS: speed, fallPerS: speed, maxGapMs };
};

const timeUnits: Readonly<Record<string, number>> = { s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

const compileRate = (node: string, declared: Declared<'rate'>, path: Path, context: OperatorContext): CompiledOperator | undefined => {
  const { builder, source } = context;
  const of = findNumber(declared.of, [...path, 'rate', 'of'], context);
  const windowMs = builder.duration(declared.window);
  if (windowMs <= 0) builder.complain(source, [...path, 'rate', 'window'], { expected: 'a window above zero', found: declared.window });
  if (of === undefined || windowMs <= 0) return undefined;
  const at = declared.unit.lastIndexOf('/');
  const below = declared.unit.slice(at + 1).trim();
  const perMs = timeUnits[below];
  const width = differenceOf(of.dimension);
  const above = at < 0 ? undefined : parseDimension(declared.unit.slice(0, at));
  if (perMs === undefined || above === undefined || !isSameDimension(above, width)) {
    const unit = isPlain(width) ? '1' : formatDimension(width);
    const expected = `${unit}/s, ${unit}/min, ${unit}/h or ${unit}/d`;
    builder.complain(source, [...path, 'rate', 'unit'], { expected, found: declared.unit });
    return undefined;
  }
  const rate = builder.addNode(`${node}#rate`, createRate({ windowMs, minSamples: declared.minSamples ?? 2, perMs }));
  const inputs = builder.inputsOf([of.slot]);
  return {
    // The hour is kept as a base of its own: the value is in K/h, and must not be taken for K/s.
    dimension: multiplyDimensions(width, toBase(below), -1) ?? plain,
    reads: [of.slot],
    isTimed: true,
    evaluate: (run) => run.step(rate, sampleOf(run, run.values[of.slot], inputs)).value,
  };
};

const compileDelay = (node: string, declared: Declared<'delay'>, path: Path, context: OperatorContext): CompiledOperator | undefined => {
  const { builder, source, names, scope } = context;
  const byMs = builder.duration(declared.by);
  const delay = createDelay({ byMs });
  if (declared.unit === undefined) {
    const of = names.get(declared.of);
    if (of === undefined) {
      builder.complain(source, [...path, 'delay', 'of'], {
        expected: 'a known name',
        found: declared.of,
        hint: hintForName(declared.of, scope.names()),
      });
      return undefined;
    }
    const placed = builder.addNode(`${node}#delay`, delay);
    return {
      dimension: of.dimension,
      reads: [of.slot],
      isTimed: true,
      evaluate: (run) => run.step(placed, toPlainValue(run.values[of.slot])).value,
    };
  }
  // It may look back at what is only worked out after it: its value of the pass before is what a delay wants.
  const dimension = declared.unit === 'boolean' ? boolean : parseDimension(declared.unit);
  if (dimension === undefined) {
    builder.complain(source, [...path, 'delay', 'unit'], { expected: 'a unit, or boolean', found: declared.unit });
    return undefined;
  }
  const placed = builder.addNode(`${node}#delay`, delay);
  let slot = -1;
  builder.later(() => {
    const of = names.get(declared.of);
    slot = of?.slot ?? -1;
    if (of === undefined) {
      builder.complain(source, [...path, 'delay', 'of'], {
        expected: 'a known name',
        found: declared.of,
        hint: hintForName(declared.of, scope.names()),
      });
    } else if (!isSameDimension(of.dimension, dimension)) {
      builder.complain(source, [...path, 'delay', 'unit'], {
        expected: of.dimension.kind === 'boolean' ? 'boolean' : formatDimension(of.dimension),
        found: declared.unit ?? '',
      });
    }
  });
  return {
    dimension,
    reads: [],
    after: [],
    isTimed: true,
    evaluate: (run) => run.step(placed, toPlainValue(run.values[slot])).value,
  };
};

const toPlainValue = (value: Maybe<Scalar> | undefined): Maybe<boolean | number> =>
  typeof value === 'boolean' || typeof value === 'number' ? value : unknown;
