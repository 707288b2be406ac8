import { formatDay, toWeekday } from '@phloem/protocol';
import { formatDimension, isNumeric, isPlain, toBase, type Dimension } from '../units/dimension.ts';
import { didYouMean, hintForName } from '../documents/problem.ts';
import type { Path } from '../documents/source.ts';
import type { Slot } from '../expressions/scope.ts';
import { createIntegrate } from '../nodes/integrate.ts';
import { parseMoment, type Moment } from '../nodes/moment.ts';
import type { SiteClock } from '../nodes/site-clock.ts';
import { moment, tryMoments } from './daylight.ts';
import { toClaim, toNumber, type CompiledOperator, type Declared, type OperatorContext } from './operator-parts.ts';
import type { Run } from './run.ts';

/** Compiles a sum over time, which starts again at a moment, by a condition, or both. */
export const compileIntegrate = (
  node: string,
  declared: Declared<'integrate'>,
  path: Path,
  context: OperatorContext,
): CompiledOperator | undefined => {
  const { builder, source, scope, clock } = context;
  const at: Path = [...path, 'integrate'];
  const of = findSummand(declared.of, [...at, 'of'], context);
  const { resetAt: written, resetWhen, resetEvery } = declared;
  if (written === undefined && resetWhen === undefined) {
    const expected = 'resetAt (a moment, such as "06:00") or resetWhen (a condition)';
    builder.complain(source, at, { expected, found: 'neither', hint: 'a sum that never starts again only grows' });
  }
  if (written === undefined && resetEvery !== undefined) {
    builder.complain(source, [...at, 'resetEvery'], { expected: 'resetAt beside it, such as "00:00"', found: 'nothing' });
    return undefined;
  }
  const resetAt = written === undefined ? undefined : moment(written, source, [...at, 'resetAt'], builder);
  const isMoment = resetWhen !== undefined && parseMoment(resetWhen) !== undefined;
  if (isMoment)
    builder.complain(source, [...at, 'resetWhen'], { expected: 'a condition', found: resetWhen, hint: `write resetAt: ${resetWhen}` });
  const reset = resetWhen === undefined || isMoment ? undefined : builder.condition(source, [...at, 'resetWhen'], resetWhen, scope);
  const isWhole = (written === undefined || resetAt !== undefined) && (resetWhen === undefined || reset !== undefined);
  if (of === undefined || !isWhole || (resetAt === undefined && reset === undefined)) return undefined;
  const sum = toSum(of.dimension, declared.unit);
  if (sum.found === undefined) {
    const meant = didYouMean(declared.unit, sum.known);
    builder.complain(source, [...at, 'unit'], {
      expected: sum.known.join(' or '),
      found: declared.unit === '' ? 'nothing' : declared.unit,
      hint: meant === undefined ? '' : `did you mean ${meant}?`,
    });
    return undefined;
  }
  if (resetAt !== undefined && clock === undefined) return undefined;
  const isKnown =
    resetAt === undefined || clock === undefined || tryMoments(() => clock.instantOf(resetAt, 0), source, [...at, 'resetAt'], builder);
  if (isKnown === undefined) return undefined;
  const toPeriod = resetAt === undefined || clock === undefined ? () => 0 : createPeriods(clock, resetAt, resetEvery ?? 'day');
  const params = { perSecond: sum.found.perSecond, maxGapMs: builder.maxGapOf([of.slot]) };
  const integrate = builder.addNode(`${node}#integrate`, createIntegrate(params));
  return {
    dimension: sum.found.dimension,
    reads: [...new Set([of.slot, ...(reset?.slots ?? [])])],
    isTimed: true,
    evaluate: (run: Run) => {
      const value = run.values[of.slot];
      return run.step(integrate, {
        value: typeof value === 'boolean' ? Number(value) : toNumber(value),
        period: toPeriod(run.time.at),
        reset: reset === undefined ? false : toClaim(reset.evaluate(run)),
      }).value;
    },
  };
};

/** What is summed up: a number, or a condition, which counts the time over which it holds. */
const findSummand = (name: string, path: Path, { names, declared, source, builder, scope }: OperatorContext): Slot | undefined => {
  const found = names.get(name);
  if (found === undefined) {
    // A signal that is wrong itself has a problem of its own.
    if (!Object.hasOwn(declared, name))
      builder.complain(source, path, { expected: 'a known name', found: name, hint: hintForName(name, scope.names()) });
    return undefined;
  }
  if (isNumeric(found.dimension) || found.dimension.kind === 'boolean') return found;
  builder.complain(source, path, { expected: 'a number or a condition', found: formatDimension(found.dimension) });
  return undefined;
};

/** What one unit of a sum is, in the canonical unit times seconds. */
type Sum = { readonly unit: string; readonly dimension: Dimension; readonly perSecond: number };

const times: readonly Sum[] = [
  { unit: 'h', dimension: toBase('h'), perSecond: 1 / 3600 },
  { unit: 'min', dimension: toBase('min'), perSecond: 1 / 60 },
  { unit: 's', dimension: toBase('s'), perSecond: 1 },
  { unit: 'd', dimension: toBase('d'), perSecond: 1 / 86_400 },
];
const special: Readonly<Record<string, readonly Sum[]>> = {
  'µmol/m²/s': ['mol/m²', 'mol/m2'].map((unit) => ({ unit, dimension: toBase('mol/m²'), perSecond: 1e-6 })),
  W: [
    { unit: 'kWh', dimension: toBase('kWh'), perSecond: 1 / 3_600_000 },
    { unit: 'Wh', dimension: toBase('Wh'), perSecond: 1 / 3600 },
  ],
};

/** The sum that a unit means, and the units that there are: a flow in m³/h sums up to m³, a plain number to its hours. */
const toSum = (of: Dimension, unit: string): { readonly found: Sum | undefined; readonly known: readonly string[] } => {
  const base = formatDimension(of);
  const rate = /^(.+)\/(s|min|h|d)$/.exec(base);
  const per = times.find((time) => time.unit === rate?.[2]);
  const flow =
    rate?.[1] === undefined || per === undefined ? [] : [{ unit: rate[1], dimension: toBase(rate[1]), perSecond: per.perSecond }];
  const hours = [`${base}·h`, `${base} h`].map((name) => ({ unit: name, dimension: toBase(`${base}·h`), perSecond: 1 / 3600 }));
  const isTime = of.kind === 'boolean' || isPlain(of);
  const sums = isTime ? times : [...(special[base] ?? flow), ...hours];
  return { found: sums.find((sum) => sum.unit === unit), known: sums.map((sum) => sum.unit).filter((name) => !name.endsWith(' h')) };
};

/** Names the stretch that an instant is in: by the instant at which it began. */
export const createPeriods = (clock: SiteClock, resetAt: Moment, every: 'day' | 'week' | 'month'): ((at: number) => number) => {
  const isFirst = (instant: number): boolean => {
    const day = clock.dayOf(instant);
    return every === 'day' || (every === 'week' ? toWeekday(day) === 1 : formatDay(day).endsWith('-01'));
  };
  let known = { from: NaN, began: NaN };
  return (at) => {
    const from = clock.lastOf(resetAt, at);
    if (from !== known.from) {
      let began = from;
      while (!isFirst(began)) began = clock.lastOf(resetAt, began - 1);
      known = { from, began };
    }
    return known.began;
  };
};
