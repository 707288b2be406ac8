import { type DeviceValue, reasonOf, type RuleReason } from '@phloem/protocol';
import {
  differenceOf,
  formatDimension,
  isNumeric,
  isPlain,
  isRatio,
  isSameDimension,
  multiplyDimensions,
  percent,
  plain,
  toBase,
} from '../units/dimension.ts';
import type { LoopDocument } from '../documents/loop.ts';
import type { Path } from '../documents/source.ts';
import { formatValue } from '../expressions/explain-term.ts';
import type { EvaluationContext, Scope } from '../expressions/scope.ts';
import { unknown } from '../nodes/node.ts';
import { createPid, type PidParams } from '../nodes/pid.ts';
import { parseQuantity, toDimension } from '../units/units.ts';
import type { Builder, Placed } from './builder.ts';
import { toNumber } from './operator-parts.ts';
import { compileUnknown } from './compile-unknown.ts';
import { compileArm, toPair, trackArms } from './loop-arms.ts';
import type { BlockReason, RequestSlot } from './request.ts';

/** Compiles a loop: one controller, whose output is split over the devices that act. */
export const compileLoop = ({ document, source }: Placed<LoopDocument>, scope: Scope, builder: Builder): readonly RequestSlot[] => {
  const { id } = document.metadata;
  const { spec } = document;
  const pv = builder.expression(source, ['spec', 'pv'], spec.pv, scope);
  const sp = builder.expression(source, ['spec', 'sp'], spec.sp, scope);
  const outputSlot = builder.addSlot(id, percent);
  builder.shown.push({ name: id, slot: outputSlot, dimension: percent });
  const blind = compileUnknown(id, spec.onUnknown, builder);
  const params = pv === undefined || sp === undefined ? undefined : toParams({ document, source }, pv.dimension, sp.dimension, builder);
  const arms = spec.split.map((_, i) => compileArm(i, { document, source }, builder));
  checkRanges({ document, source }, builder);
  if (pv === undefined || sp === undefined || params === undefined || arms.some((arm) => arm === undefined)) return [];

  const pid = builder.addNode(`${id}#pid`, createPid(params));
  const whole = arms.filter((arm) => arm !== undefined);
  const explain = (evaluation: EvaluationContext, value: DeviceValue | undefined): RuleReason => {
    const output = evaluation.values[outputSlot];
    const mode = evaluation.values[blind.mode];
    const now = `${spec.pv} ${formatValue(pv.evaluate(evaluation), pv.dimension)} against ${formatValue(sp.evaluate(evaluation), sp.dimension)}`;
    if (mode === 'given-up') {
      return reasonOf('rule/unknown', { rule: id, afterMs: builder.duration(spec.onUnknown.hold), because: now });
    }
    if (mode === 'held') return reasonOf('loop/remembers', { rule: id, because: now });
    const told = { rule: id, isRequesting: value !== undefined, because: now };
    return reasonOf('loop/controls', { ...told, output: typeof output === 'number' ? output : null });
  };
  const reads = [...new Set([...pv.slots, ...sp.slots])];
  builder.addStep(
    {
      id,
      reads,
      writes: [outputSlot, ...blind.writes, ...whole.map((arm) => arm.slot)],
      isTimed: true,
      run: (run) => {
        const got = trackArms(run, toNumber(run.values[outputSlot]), whole, run.values[blind.mode] === 'given-up');
        const out = run.step(pid, { pv: toNumber(pv.evaluate(run)), sp: toNumber(sp.evaluate(run)), ...got });
        const { mode } = blind.step(run, out.value === unknown ? unknown : true);
        run.set(outputSlot, out.output ?? unknown);
        for (const arm of whole) {
          // A time-proportioned arm keeps its windows while nobody listens, so that it does not start again after.
          const value = arm.evaluate(run, out.output ?? unknown);
          run.set(arm.slot, mode === 'given-up' ? (arm.givenUp ?? unknown) : value);
        }
      },
    },
    source,
    ['metadata', 'id'],
  );
  const blockedBy = (evaluation: EvaluationContext): BlockReason | null => (evaluation.values[blind.mode] === 'known' ? null : 'unknown');
  const rest = { rule: id, level: spec.level, asks: undefined, explain, blockedBy, blockedBySlots: [blind.mode], expressions: [pv, sp] };
  return whole.map(({ device, slot }, i) => ({ ...rest, device, slot, path: ['spec', 'split', i, 'to', 'device'] }));
};

/** The controller's numbers, checked for their units. */
const toParams = (
  { document, source }: Placed<LoopDocument>,
  pv: Parameters<typeof differenceOf>[0],
  sp: Parameters<typeof differenceOf>[0],
  builder: Builder,
): PidParams | undefined => {
  const { pid, every } = document.spec;
  const complain = (path: Path, expected: string, found: string): undefined => {
    builder.complain(source, ['spec', ...path], { expected, found });
    return undefined;
  };
  if (!isNumeric(pv)) return complain(['pv'], 'a number', formatDimension(pv));
  if (!isSameDimension(pv, sp)) return complain(['sp'], formatDimension(pv), formatDimension(sp));
  const width = differenceOf(pv);
  const perUnit = multiplyDimensions(percent, width, -1) ?? plain;
  // Per cent over something without a unit stays per cent, and a bare number says the same.
  const written = parseQuantity(pid.kp);
  const kp = written === undefined ? undefined : isGain(written.dimension, width) ? written.value : toDimension(written, perUnit);
  const gain = isPlain(width) || isRatio(width) ? 'a gain without a unit, or in %' : `a gain in ${formatDimension(perUnit)}`;
  if (kp === undefined) return complain(['pid', 'kp'], gain, JSON.stringify(pid.kp));
  if (kp === 0) return complain(['pid', 'kp'], 'a gain that is not zero', pid.kp);
  const deadband = pid.deadband === undefined ? 0 : builder.quantity(source, ['spec', 'pid', 'deadband'], pid.deadband, width);
  const perSecond = multiplyDimensions(percent, toBase('s'), -1) ?? plain;
  const slew =
    pid.output.slew === undefined ? Infinity : builder.quantity(source, ['spec', 'pid', 'output', 'slew'], pid.output.slew, perSecond);
  if (deadband === undefined || slew === undefined) return undefined;
  if (deadband < 0) return complain(['pid', 'deadband'], 'zero or more', `${pid.deadband}`);
  if (slew <= 0) return complain(['pid', 'output', 'slew'], 'a speed above zero', `${pid.output.slew}`);
  if (pid.output.min >= pid.output.max) return complain(['pid', 'output'], 'min below max', `${pid.output.min} and ${pid.output.max}`);
  const everyMs = builder.duration(every);
  if (everyMs < 1000) return complain(['every'], 'at least 1s, the pace of the pulse', every);
  const tiMs = pid.ti === undefined ? Infinity : builder.duration(pid.ti);
  const trackingMs = pid.antiWindup === undefined ? Math.min(tiMs, 3_600_000) : builder.duration(pid.antiWindup.tt);
  if (tiMs <= 0) return complain(['pid', 'ti'], 'a time above zero', `${pid.ti}`);
  if (trackingMs <= 0) return complain(['pid', 'antiWindup', 'tt'], 'a time above zero', `${pid.antiWindup?.tt}`);
  const spWeight = pid.spWeight ?? 1;
  if (tiMs === Infinity && spWeight !== 1) return complain(['pid', 'spWeight'], '1 where there is no ti', `${spWeight}`);
  const { min, max } = pid.output;
  const tdMs = builder.duration(pid.td);
  return { everyMs, kp, tiMs, tdMs, derivativeFilter: pid.derivativeFilter ?? 8, spWeight, deadband, min, max, slewPerS: slew, trackingMs };
};

/** `18 %/K` has lost its per cent in `1/K` where shares leave no trace. */
const isGain = (given: Parameters<typeof differenceOf>[0], width: Parameters<typeof differenceOf>[0]): boolean => {
  const perUnit = multiplyDimensions(plain, width, -1);
  const full = given.kind === 'product' && width.kind === 'product' ? { ...width.bases } : {};
  const wanted: Record<string, number> = { '%': 1 };
  for (const [base, exponent] of Object.entries(full)) wanted[base] = (wanted[base] ?? 0) - exponent;
  return (perUnit !== undefined && isSameDimension(given, perUnit)) || isSameDimension(given, { kind: 'product', bases: wanted });
};

const checkRanges = ({ document, source }: Placed<LoopDocument>, builder: Builder): void => {
  const { split, pid } = document.spec;
  const ranges = split.map((arm) => toPair(arm.range));
  for (const [i, [low, high]] of ranges.entries()) {
    const path: Path = ['spec', 'split', i, 'range'];
    if (low >= high) builder.complain(source, path, { expected: 'the lower end first', found: `${low} and ${high}` });
    else if (low < pid.output.min || high > pid.output.max) {
      builder.complain(source, path, { expected: `within the output, ${pid.output.min} to ${pid.output.max}`, found: `${low} to ${high}` });
    } else if (ranges.some(([otherLow, otherHigh], j) => j < i && low < otherHigh && otherLow < high)) {
      builder.complain(source, path, {
        expected: 'ranges apart, so that two devices never fight',
        found: `${low} to ${high}, which overlaps another`,
      });
    }
  }
};
