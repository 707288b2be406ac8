import { formatDuration } from '@phloem/protocol';
import { boolean, formatDimension, isSameDimension } from '../units/dimension.ts';
import type { RuleDocument } from '../documents/rule.ts';
import type { Path } from '../documents/source.ts';
import type { Scope } from '../expressions/scope.ts';
import { createIntegrate } from '../nodes/integrate.ts';
import { unknown, type Maybe } from '../nodes/node.ts';
import type { SiteClock } from '../nodes/site-clock.ts';
import { parseQuantity } from '../units/units.ts';
import type { Builder, Placed } from './builder.ts';
import { createPeriods } from './compile-integrate.ts';
import { moment, tryMoments } from './daylight.ts';
import type { Run } from './run.ts';

/** What a rule may use up until it has to stop; the slot is true while nothing is left. */
export type CompiledCap = {
  readonly slot: number;
  readonly reason: string;
  readonly reads: readonly number[];
  /** Claims that it is used up. `isAsking`: what the rule asks for, where nobody says what the device does. */
  readonly step: (run: Run, isAsking: boolean) => Maybe<boolean>;
};

type Cap = NonNullable<RuleDocument['spec']['caps']>[number];
type Context = { readonly scope: Scope; readonly clock: SiteClock | undefined; readonly builder: Builder };
type Of<Key extends string> = Extract<Cap, { readonly [K in Key]: unknown }>;

/** Compiles the caps of a rule; undefined, and problems, for one that cannot be. */
export const compileCaps = (placed: Placed<RuleDocument>, context: Context): readonly (CompiledCap | undefined)[] =>
  (placed.document.spec.caps ?? []).map((cap, i) =>
    'onTime' in cap ? compileOnTime(cap, i, placed, context) : compileAmount(cap, i, placed, context),
  );

/** The time that a device is on, summed up until it starts again. */
const compileOnTime = (
  cap: Of<'onTime'>,
  i: number,
  { document, source }: Placed<RuleDocument>,
  { clock, builder }: Context,
): CompiledCap | undefined => {
  const path: Path = ['spec', 'caps', i];
  const { id } = document.metadata;
  const named = cap.device ?? document.spec.then[0]?.request.device ?? '';
  const device = cap.device === undefined ? builder.devices.get(named) : builder.device(source, [...path, 'device'], named);
  const resetAt = moment(cap.resetAt, source, [...path, 'resetAt'], builder);
  const capMs = builder.duration(cap.onTime);
  if (capMs <= 0) builder.complain(source, [...path, 'onTime'], { expected: 'a time above zero', found: cap.onTime });
  if (device === undefined || resetAt === undefined || clock === undefined || capMs <= 0) return undefined;
  if (tryMoments(() => clock.instantOf(resetAt, 0), source, [...path, 'resetAt'], builder) === undefined) return undefined;
  const toPeriod = createPeriods(clock, resetAt, cap.resetEvery ?? 'day');
  const node = builder.addNode(`${id}#cap${i}`, createIntegrate({ perSecond: 1000, maxGapMs: builder.maxGapOf([]) }));
  const got = builder.slotOf(`device ${device.id} got`);
  return {
    slot: builder.addSlot(`${id}#capped${i}`, boolean, false),
    reason: cap.reason ?? `${device.id} was on for ${formatDuration(capMs)} since ${cap.resetAt}, all that its cap allows`,
    reads: [got],
    step: (run, isAsking) => {
      const value = run.values[got];
      const isOn = value === unknown ? isAsking : value === true || (typeof value === 'number' && value > 0);
      const used = run.step(node, { value: Number(isOn), period: toPeriod(run.time.at), reset: false }).value;
      return used !== unknown && used >= capMs;
    },
  };
};

/** An amount that a signal counts, such as energy or water since midnight, against what it may come to. */
const compileAmount = (
  cap: Of<'of'>,
  i: number,
  { document, source }: Placed<RuleDocument>,
  { scope, builder }: Context,
): CompiledCap | undefined => {
  const path: Path = ['spec', 'caps', i];
  const of = builder.expression(source, [...path, 'of'], cap.of, scope);
  if (of === undefined) return undefined;
  const isQuantity = parseQuantity(cap.max) !== undefined;
  const fixed = isQuantity ? builder.quantity(source, [...path, 'max'], cap.max, of.dimension) : undefined;
  const max = isQuantity ? undefined : builder.expression(source, [...path, 'max'], cap.max, scope);
  if (max !== undefined && !isSameDimension(max.dimension, of.dimension)) {
    builder.complain(source, [...path, 'max'], { expected: formatDimension(of.dimension), found: formatDimension(max.dimension) });
  }
  if (fixed === undefined && max === undefined) return undefined;
  return {
    slot: builder.addSlot(`${document.metadata.id}#capped${i}`, boolean, false),
    reason: cap.reason ?? `${cap.of} came to ${cap.max}, all that its cap allows`,
    reads: [...new Set([...of.slots, ...(max?.slots ?? [])])],
    step: (run) => {
      const [used, most] = [of.evaluate(run), fixed ?? max?.evaluate(run) ?? unknown];
      return typeof used === 'number' && typeof most === 'number' ? used >= most : unknown;
    },
  };
};
