import type { DeviceValue } from '../../entry.ts';
import {
  boolean,
  differenceOf,
  formatDimension,
  isNumeric,
  isSameDimension,
  multiplyDimensions,
  percent,
  plain,
  toBase,
} from '../dimension.ts';
import type { LoopDocument } from '../documents/loop.ts';
import type { Path } from '../documents/source.ts';
import { formatValue } from '../expressions/explain-term.ts';
import type { Frame, Scope } from '../expressions/scope.ts';
import { unknown, type Maybe } from '../nodes/node.ts';
import { createPid, type PidParams } from '../nodes/pid.ts';
import { createTimeProportion } from '../nodes/time-proportion.ts';
import { formatDuration, parseQuantity } from '../units.ts';
import type { Builder, Placed } from './builder.ts';
import { toNumber } from './compile-operator.ts';
import { compileUnknown } from './compile-unknown.ts';
import { toDeviceValue } from './device-value.ts';
import type { BlockReason, RequestSlot } from './request.ts';
import type { Run } from './run.ts';

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
  const explain = (frame: Frame, value: DeviceValue | undefined): string => {
    const output = frame.values[outputSlot];
    const mode = frame.values[blind.mode];
    const now = `${spec.pv} ${formatValue(pv.evaluate(frame), pv.dimension)} against ${formatValue(sp.evaluate(frame), sp.dimension)}`;
    if (mode === 'given-up')
      return `${id} does not know, and gave up after ${formatDuration(builder.duration(spec.onUnknown.hold))}: ${now}`;
    if (mode === 'held') return `${id} holds its output from memory: ${now}`;
    return `${id} ${value === undefined ? 'does not ask' : 'acts'}: ${now}, output ${typeof output === 'number' ? `${output.toFixed(1)} %` : 'not known yet'}`;
  };
  const reads = [...new Set([...pv.slots, ...sp.slots])];
  builder.addStep(
    {
      id,
      reads,
      writes: [outputSlot, ...blind.writes, ...whole.map((arm) => arm.slot)],
      isTimed: true,
      run: (run) => {
        const before = run.values[outputSlot];
        const got = appliedOutput(run, typeof before === 'number' ? before : undefined, whole);
        const out = run.step(pid, {
          pv: toNumber(pv.evaluate(run)),
          sp: toNumber(sp.evaluate(run)),
          applied: got.value,
          isTracking: got.isManual || (before === unknown && got.value !== unknown),
        });
        const { mode } = blind.step(run, out.value === unknown ? unknown : true);
        run.set(outputSlot, out.output ?? unknown);
        for (const arm of whole) {
          // A time-proportioned arm keeps its windows while nobody listens, so that it does not start anew after.
          const value = arm.evaluate(run, out.output ?? unknown);
          run.set(arm.slot, mode === 'given-up' ? (arm.givenUp ?? unknown) : value);
        }
      },
    },
    source,
    ['metadata', 'id'],
  );
  const blockedBy = (frame: Frame): BlockReason | null => (frame.values[blind.mode] === 'known' ? null : 'unknown');
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
  const kp =
    written !== undefined && (isSameDimension(written.dimension, perUnit) || isGain(written.dimension, width)) ? written.value : undefined;
  if (kp === undefined) return complain(['pid', 'kp'], `a gain in %/${formatDimension(width)}`, JSON.stringify(pid.kp));
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

type Arm = {
  readonly device: string;
  readonly slot: number;
  readonly applied: number;
  readonly manual: number;
  readonly wish: number;
  readonly range: readonly [number, number];
  readonly map: readonly [number, number];
  readonly isSwitch: boolean;
  readonly givenUp: DeviceValue | undefined;
  readonly evaluate: (run: Run, output: Maybe<number>) => Maybe<DeviceValue>;
};

const compileArm = (i: number, { document, source }: Placed<LoopDocument>, builder: Builder): Arm | undefined => {
  const { id } = document.metadata;
  const { split, onUnknown, every } = document.spec;
  const arm = split[i];
  if (arm === undefined) return undefined;
  const path: Path = ['spec', 'split', i];
  const { to } = arm;
  const device = builder.device(source, [...path, 'to', 'device'], to.device);
  if (device === undefined) return undefined;
  const isSwitch = device.kind === 'switch';
  if (isSwitch !== (to.as === 'time-proportion')) {
    const expected = isSwitch ? 'time-proportion: it is a switch' : 'percent: it is no switch';
    builder.complain(source, [...path, 'to', 'as'], { expected, found: to.as });
    return undefined;
  }
  const givenUp = onUnknown.then === 'release' ? undefined : toDeviceValue(onUnknown.then, device.kind);
  if (onUnknown.then !== 'release' && givenUp === undefined) {
    builder.complain(source, ['spec', 'onUnknown', 'then'], { expected: 'release, on or off', found: JSON.stringify(onUnknown.then) });
  }
  const range = toPair(arm.range);
  const map = toPair(to.map);
  const rest = {
    device: to.device,
    slot: builder.addSlot(`${id}#request${i}`, boolean),
    applied: builder.slotOf(`device ${device.id} applied`),
    manual: builder.slotOf(`device ${device.id} manual`),
    wish: builder.slotOf(`device ${device.id} wish`),
    range,
    map,
    isSwitch,
    givenUp,
  };
  if (to.as === 'percent') {
    const step = to.resolution === undefined ? 1 : builder.quantity(source, [...path, 'to', 'resolution'], to.resolution, percent);
    if (step === undefined || step <= 0) return undefined;
    const evaluate = (_run: Run, output: Maybe<number>): Maybe<DeviceValue> =>
      output === unknown ? unknown : Number((Math.round(toShare(output, range, map) / step) * step).toFixed(3));
    return { ...rest, evaluate };
  }
  const periodMs = builder.duration(to.period);
  const minPulseMs = builder.duration(to.minPulse);
  if (periodMs <= 0 || minPulseMs > periodMs / 2) {
    builder.complain(source, [...path, 'to', 'minPulse'], { expected: 'at most half of the period', found: to.minPulse ?? to.period });
    return undefined;
  }
  // Each device has its own place in the period, so that not all heaters of a site start together.
  const place = builder.site.devices.findIndex((each) => each.id === device.id) / builder.site.devices.length;
  const phaseMs = to.phase === undefined ? Math.round((periodMs * place) / 1000) * 1000 : builder.duration(to.phase);
  const maxGapMs = Math.max(builder.duration(every) * 3, 60_000);
  const node = builder.addNode(`${id}#proportion${i}`, createTimeProportion({ periodMs, minPulseMs, phaseMs, maxGapMs }));
  const evaluate = (run: Run, output: Maybe<number>): Maybe<DeviceValue> =>
    run.step(node, output === unknown ? unknown : toShare(output, range, map)).value;
  return { ...rest, evaluate };
};

const toPair = ([a = 0, b = 0]: readonly number[]): readonly [number, number] => [a, b];

/** The device's share for an output: the range's own line, and its ends beyond. */
const toShare = (output: number, [low, high]: readonly [number, number], [from, to]: readonly [number, number]): number => {
  const inside = Math.min(high, Math.max(low, output));
  return Math.min(100, Math.max(0, from + ((inside - low) / (high - low)) * (to - from)));
};

/** The output that would have given a device this share. */
const toOutput = (share: number, [low, high]: readonly [number, number], [from, to]: readonly [number, number]): number =>
  from === to ? low : low + ((share - from) / (to - from)) * (high - low);

/**
 * What the devices really got, told as an output: the output itself where they got what was asked. A device that is
 * somewhere else (an override, another level, a minimum time, an interlock) says where by its own line.
 */
const appliedOutput = (
  run: Run,
  output: number | undefined,
  arms: readonly Arm[],
): { readonly value: Maybe<number>; readonly isManual: boolean } => {
  const manual = arms.find((arm) => run.values[arm.manual] !== unknown);
  const arm =
    manual ?? (output === undefined ? arms[0] : (arms.find(({ range: [low, high] }) => output >= low && output <= high) ?? undefined));
  if (arm === undefined) return { value: output ?? unknown, isManual: false };
  // What a hand asks for is not what it gets where an interlock stands above it: the device's own word goes first.
  const written = run.values[arm.applied];
  const applied = written === unknown ? run.values[arm.manual] : written;
  if (applied === undefined || applied === unknown) return { value: output ?? unknown, isManual: false };
  const share = typeof applied === 'boolean' ? (applied ? 100 : 0) : Number(applied);
  if (manual === undefined && output !== undefined) {
    const asked = run.values[arm.slot];
    const isAsAsked = arm.isSwitch ? asked === applied : typeof asked === 'number' && Math.abs(asked - share) <= 1;
    if (isAsAsked) return { value: output, isManual: false };
    // A wish that is on its way is no hindrance: only one that somebody else has taken over, or that is held back, is.
    if (run.values[arm.wish] === asked && !arm.isSwitch) return { value: output, isManual: false };
  }
  return { value: toOutput(share, arm.range, arm.map), isManual: manual !== undefined };
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
