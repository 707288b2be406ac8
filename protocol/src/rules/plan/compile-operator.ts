import {
  boolean,
  differenceOf,
  formatDimension,
  isNumeric,
  isSameDimension,
  multiplyDimensions,
  plain,
  toBase,
  type Dimension,
} from '../dimension.ts';
import type { SignalDeclaration } from '../documents/signals.ts';
import { dayNames } from '../documents/windows.ts';
import { hintForName } from '../documents/problem.ts';
import type { Path, SourceDocument } from '../documents/source.ts';
import type { Expression } from '../expression.ts';
import type { Scalar, Scope, Slot } from '../expressions/scope.ts';
import { createAggregate } from '../nodes/aggregate.ts';
import { createCounter } from '../nodes/counter.ts';
import { createDelay } from '../nodes/delay.ts';
import { createEdge } from '../nodes/edge.ts';
import { createFilter, type FilterParams } from '../nodes/filter.ts';
import { createIntegrate } from '../nodes/integrate.ts';
import { createLatch } from '../nodes/latch.ts';
import { unknown, type Maybe, type Sample } from '../nodes/node.ts';
import { createRate } from '../nodes/rate.ts';
import { createSchedule, type ScheduleWindow } from '../nodes/schedule.ts';
import type { SiteClock } from '../nodes/site-clock.ts';
import { parseUnit } from '../units.ts';
import type { Builder } from './builder.ts';
import { moment, tryMoments } from './daylight.ts';
import type { Run } from './run.ts';

/** What a signal's declaration becomes. `after`: the slots that must be up to date first, where that is not all it reads. */
export type CompiledOperator = {
  readonly dimension: Dimension;
  readonly reads: readonly number[];
  readonly after?: readonly number[];
  readonly isTimed: boolean;
  readonly evaluate: (run: Run) => Maybe<Scalar>;
};

/** Where a signal stands: its document, and the names around it. */
export type OperatorContext = {
  readonly id: string;
  readonly source: SourceDocument;
  readonly builder: Builder;
  readonly scope: Scope;
  readonly names: ReadonlyMap<string, Slot>;
  readonly declared: Readonly<Record<string, SignalDeclaration>>;
  readonly clock: SiteClock | undefined;
};

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
    return withFilter(node, signal.filter, { dimension, reads: slots, isTimed, evaluate }, path, context);
  }
  if ('aggregate' in signal) return withFilter(node, signal.filter, compileAggregate(node, signal.aggregate, path, context), path, context);
  if ('rate' in signal) return compileRate(node, signal.rate, path, context);
  if ('integrate' in signal) return compileIntegrate(node, signal.integrate, path, context);
  if ('delay' in signal) return compileDelay(node, signal.delay, path, context);
  if ('schedule' in signal) {
    const schedule = compileSchedule(node, signal.schedule, [...path, 'schedule'], context);
    return schedule === undefined ? undefined : { dimension: boolean, reads: [], isTimed: true, evaluate: schedule };
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
    reads: reset === undefined ? of.slots : union(of, reset),
    isTimed: of.isTimed || reset?.isTimed === true,
    evaluate: (run) =>
      run.step(counter, { count: toClaim(of.evaluate(run)), reset: reset === undefined ? false : toClaim(reset.evaluate(run)) }).value,
  };
};

/** True inside the windows of a schedule. */
export const compileSchedule = (
  node: string,
  windows: readonly { readonly from: string; readonly to: string; readonly days?: readonly string[] }[],
  path: Path,
  { source, builder, clock }: Pick<OperatorContext, 'source' | 'builder' | 'clock'>,
): ((run: Run) => Maybe<boolean>) | undefined => {
  const read: ScheduleWindow[] = [];
  for (const [i, window] of windows.entries()) {
    const from = moment(window.from, source, [...path, i, 'from'], builder);
    const to = moment(window.to, source, [...path, i, 'to'], builder);
    const days = window.days?.map((day) => dayNames.indexOf(day));
    if (from !== undefined && to !== undefined) read.push({ from, to, ...(days === undefined ? {} : { days }) });
  }
  if (clock === undefined || read.length < windows.length) return undefined;
  const schedule = tryMoments(() => createSchedule({ clock, windows: read }), source, path, builder);
  if (schedule === undefined) return undefined;
  const placed = builder.addNode(`${node}#schedule`, schedule);
  return (run) => run.step(placed, null).value;
};

export const toClaim = (value: Maybe<Scalar>): Maybe<boolean> => (typeof value === 'boolean' ? value : unknown);

export const toNumber = (value: Maybe<Scalar> | undefined): Maybe<number> => (typeof value === 'number' ? value : unknown);

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

type Declared<Key extends string> = Extract<SignalDeclaration, { readonly [K in Key]: unknown }>[Key &
  keyof Extract<SignalDeclaration, { readonly [K in Key]: unknown }>];

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
  const [above = '', below = ''] = declared.unit.split('/').map((part) => part.trim());
  const unit = parseUnit(above);
  const perMs = timeUnits[below];
  const width = differenceOf(of.dimension);
  if (unit === undefined || perMs === undefined || unit.factor !== 1 || !isSameDimension(unit.dimension, width)) {
    builder.complain(source, [...path, 'rate', 'unit'], { expected: `${formatDimension(width)}/s, /min, /h or /d`, found: declared.unit });
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

/** What one unit of a sum is, in the canonical unit times seconds. */
const sums: readonly { readonly of: string; readonly unit: string; readonly base: string; readonly perSecond: number }[] = [
  { of: 'µmol/m²/s', unit: 'mol/m2', base: 'mol/m²', perSecond: 1e-6 },
  { of: 'µmol/m²/s', unit: 'mol/m²', base: 'mol/m²', perSecond: 1e-6 },
  { of: 'W', unit: 'Wh', base: 'Wh', perSecond: 1 / 3600 },
  { of: 'W', unit: 'kWh', base: 'kWh', perSecond: 1 / 3_600_000 },
];

const compileIntegrate = (
  node: string,
  declared: Declared<'integrate'>,
  path: Path,
  context: OperatorContext,
): CompiledOperator | undefined => {
  const { builder, source, clock } = context;
  const of = findNumber(declared.of, [...path, 'integrate', 'of'], context);
  const resetAt = moment(declared.resetAt, source, [...path, 'integrate', 'resetAt'], builder);
  if (of === undefined || resetAt === undefined || clock === undefined) return undefined;
  const base = formatDimension(of.dimension);
  const sum =
    sums.find((candidate) => candidate.of === base && candidate.unit === declared.unit) ??
    (declared.unit === `${base}·h` || declared.unit === `${base} h` ? { base: `${base}·h`, perSecond: 1 / 3600 } : undefined);
  if (sum === undefined) {
    const known = [...sums.filter((candidate) => candidate.of === base).map((candidate) => candidate.unit), `${base}·h`];
    builder.complain(source, [...path, 'integrate', 'unit'], { expected: known.join(' or '), found: declared.unit });
    return undefined;
  }
  const isKnown = tryMoments(() => clock.instantOf(resetAt, 0), source, [...path, 'integrate', 'resetAt'], builder);
  if (isKnown === undefined) return undefined;
  const integrate = builder.addNode(
    `${node}#integrate`,
    createIntegrate({ perSecond: sum.perSecond, maxGapMs: builder.maxGapOf([of.slot]) }),
  );
  return {
    dimension: toBase(sum.base),
    reads: [of.slot],
    isTimed: true,
    evaluate: (run) => run.step(integrate, { value: toNumber(run.values[of.slot]), period: clock.lastOf(resetAt, run.time.at) }).value,
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
  const dimension =
    declared.unit === 'boolean' ? boolean : (parseUnit(declared.unit)?.dimension ?? (declared.unit === '' ? plain : undefined));
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
      builder.complain(source, [...path, 'delay', 'unit'], { expected: formatDimension(of.dimension), found: declared.unit ?? '' });
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
