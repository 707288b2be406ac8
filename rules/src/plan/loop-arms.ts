import type { DeviceKind, DeviceValue } from '@phloem/protocol';
import { boolean, percent } from '../units/dimension.ts';
import type { LoopDocument } from '../documents/loop.ts';
import type { Path, SourceDocument } from '../documents/source.ts';
import type { DeviceModel } from '../site-model.ts';
import type { Scalar } from '../expressions/scope.ts';
import { createFollow, type FollowInput, type FollowOutput, type FollowState } from '../nodes/follow.ts';
import { isUnknown, unknown, type Maybe } from '../nodes/node.ts';
import type { PidInput } from '../nodes/pid.ts';
import { createTimeProportion } from '../nodes/time-proportion.ts';
import type { Builder, Placed } from './builder.ts';
import { expectValueOf, toDeviceNumber, toDeviceValue, toRequested } from './device-value.ts';
import type { NodeSlot, Run } from './run.ts';

/** One device that a loop acts by, with the part of the output that is its own. */
export type Arm = {
  readonly device: string;
  readonly slot: number;
  readonly applied: number;
  readonly got: number;
  readonly manual: number;
  readonly range: readonly [number, number];
  readonly map: readonly [number, number];
  readonly follow: NodeSlot<FollowState, FollowInput, FollowOutput>;
  readonly givenUp: DeviceValue | undefined;
  readonly evaluate: (run: Run, output: Maybe<number>) => Maybe<DeviceValue>;
};

/** Compiles one arm of a split; undefined, and problems, when it cannot be. */
export const compileArm = (i: number, { document, source }: Placed<LoopDocument>, builder: Builder): Arm | undefined => {
  const { id } = document.metadata;
  const { split, onUnknown, every } = document.spec;
  const arm = split[i];
  if (arm === undefined) return undefined;
  const path: Path = ['spec', 'split', i];
  const { to } = arm;
  const device = builder.device(source, [...path, 'to', 'device'], to.device);
  if (device === undefined) return undefined;
  const wanted = loopOutputs[device.kind];
  if (to.as !== wanted) {
    const found = wanted === null ? `${device.id}, a ${device.kind} device` : to.as;
    builder.complain(source, [...path, 'to', wanted === null ? 'device' : 'as'], { expected: toExpected(wanted), found });
    return undefined;
  }
  const givenUp = onUnknown.then === 'release' ? undefined : toDeviceValue(onUnknown.then, device);
  if (onUnknown.then !== 'release' && givenUp === undefined) {
    const expected = `release, or ${expectValueOf(device)}`;
    builder.complain(source, ['spec', 'onUnknown', 'then'], { expected, found: JSON.stringify(onUnknown.then) });
  }
  const range = toPair(arm.range);
  const map = to.as === 'setpoint' ? toValuePair(to.map, [...path, 'to', 'map'], { device, source, builder }) : toPair(to.map);
  if (map === undefined) return undefined;
  const rest = {
    device: to.device,
    slot: builder.addSlot(`${id}#request${i}`, boolean),
    applied: builder.slotOf(`device ${device.id} applied`),
    got: builder.slotOf(`device ${device.id} got`),
    manual: builder.slotOf(`device ${device.id} manual`),
    range,
    map,
    givenUp,
  };
  const everyMs = builder.duration(every);
  // What the gate leaves alone, or the device cannot resolve, is no hindrance. Two acts are time enough for a request to arrive.
  const addFollow = (least: number) => {
    const tolerance = Math.max(least, device.step ?? 0, device.deadband ?? 0);
    return builder.addNode(`${id}#follow${i}`, createFollow({ tolerance, graceMs: Math.max(3000, 2 * everyMs), periodMs: null }));
  };
  if (to.as === 'setpoint') {
    const evaluate = (_run: Run, output: Maybe<number>): Maybe<DeviceValue> =>
      output === unknown ? unknown : toRequested(device, toShare(output, range, map));
    return { ...rest, evaluate, follow: addFollow(Math.abs(map[1] - map[0]) / 100) };
  }
  if (to.as === 'percent') {
    const at: Path = [...path, 'to', 'resolution'];
    const step = to.resolution === undefined ? (device.step ?? 1) : builder.quantity(source, at, to.resolution, percent);
    if (step !== undefined && step <= 0) builder.complain(source, at, { expected: 'a step above 0 %', found: `${to.resolution}` });
    if (step === undefined || step <= 0) return undefined;
    const evaluate = (_run: Run, output: Maybe<number>): Maybe<DeviceValue> =>
      output === unknown ? unknown : Number((Math.round(toShare(output, range, map) / step) * step).toFixed(3));
    return { ...rest, evaluate, follow: addFollow(Math.max(1, step)) };
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
  const maxGapMs = Math.max(everyMs * 3, 60_000);
  const node = builder.addNode(`${id}#proportion${i}`, createTimeProportion({ periodMs, minPulseMs, phaseMs, maxGapMs }));
  const evaluate = (run: Run, output: Maybe<number>): Maybe<DeviceValue> =>
    run.step(node, output === unknown ? unknown : toShare(output, range, map)).value;
  // One pulse more or less is not a difference yet: what was not given is owed, and given later.
  const params = { tolerance: Math.max(5, (100 * minPulseMs) / periodMs), graceMs: 0, periodMs };
  return { ...rest, evaluate, follow: builder.addNode(`${id}#follow${i}`, createFollow(params)) };
};

const toExpected = (wanted: (typeof loopOutputs)[keyof typeof loopOutputs]): string =>
  wanted === null ? 'a switch, or a device that takes numbers' : `${wanted}: ${whatIs[wanted]}`;

/** How a loop acts on a device of each kind; null where it cannot. */
const loopOutputs = {
  switch: 'time-proportion',
  percent: 'percent',
  'three-point': 'percent',
  setpoint: 'setpoint',
  mode: null,
  momentary: null,
} as const satisfies Record<DeviceKind, string | null>;

const whatIs = { 'time-proportion': 'it is a switch', percent: 'it is no switch', setpoint: 'it takes a set-point' } as const;

/** The two values of a set-point between which a loop moves it. */
const toValuePair = (
  map: readonly (number | string)[],
  path: Path,
  { device, source, builder }: { readonly device: DeviceModel; readonly source: SourceDocument; readonly builder: Builder },
): readonly [number, number] | undefined => {
  const [from, to] = map.map((word) => toDeviceNumber(word, device));
  if (from !== undefined && to !== undefined) return [from, to];
  const at = from === undefined ? 0 : 1;
  builder.complain(source, [...path, at], { expected: expectValueOf(device), found: JSON.stringify(map[at]) });
  return undefined;
};

export const toPair = ([a = 0, b = 0]: readonly number[]): readonly [number, number] => [a, b];

/** The device's share for an output: the range's own line, and its ends beyond. */
const toShare = (output: number, [low, high]: readonly [number, number], [from, to]: readonly [number, number]): number => {
  const inside = Math.min(high, Math.max(low, output));
  const value = from + ((inside - low) / (high - low)) * (to - from);
  return Math.min(Math.max(from, to), Math.max(Math.min(from, to), value));
};

/** The output that would have given a device this share; of a share beyond its line the end, so that no other device is meant. */
const toOutput = (share: number, [low, high]: readonly [number, number], [from, to]: readonly [number, number]): number =>
  from === to ? low : Math.min(high, Math.max(low, low + ((share - from) / (to - from)) * (high - low)));

type Tracked = Pick<PidInput, 'applied' | 'tracking' | 'isLost'>;

/**
 * What the devices really got, reported as an output: the output itself where they got what was asked. A device that is
 * somewhere else, no matter who put it there, says where by its own line. The arm at work is the one whose range the output is in.
 */
export const trackArms = (run: Run, output: Maybe<number>, arms: readonly Arm[], isGivenUp: boolean): Tracked => {
  const here = arms.map((arm) => trackArm(run, output, arm, isGivenUp));
  const active = isUnknown(output) ? 0 : arms.findIndex(({ range: [low, high] }) => output >= low && output <= high);
  const { applied, tracking, isLost } = here[active] ?? { applied: output, tracking: 'none', isLost: false };
  // Anyone who holds one of several devices manually stops the others no more than an interlock would.
  const isAside = arms.length > 1 && !isGivenUp && !isUnknown(output) && here.some(({ isManual }) => isManual);
  return { applied, tracking: isAside ? 'side' : tracking, isLost };
};

const trackArm = (run: Run, output: Maybe<number>, arm: Arm, isGivenUp: boolean): Tracked & { readonly isManual: boolean } => {
  const manual = toValue(run.values[arm.manual]);
  const got = toValue(run.values[arm.got]);
  const isLost = isUnknown(got) && run.values[arm.applied] !== unknown;
  // What an override asks for is not what it gets where an interlock stands above it: the device's own word goes first.
  const has = isUnknown(got) && !isLost ? manual : got;
  const share = isUnknown(output) ? unknown : toShare(output, arm.range, arm.map);
  const followed = run.step(arm.follow, { share, asked: toValue(run.values[arm.slot]), got: has });
  const isManual = !isUnknown(manual);
  if (isUnknown(has)) return { applied: output, tracking: isManual ? 'follow' : 'none', isLost, isManual };
  // Manually, after giving up and at the start the device is taken over from where it stands.
  if (isManual || isGivenUp || isUnknown(output)) {
    return { applied: toOutput(toPercent(has), arm.range, arm.map), tracking: 'follow', isLost: false, isManual };
  }
  const isOther = !followed.isAsAsked && !isUnknown(followed.value);
  const applied = isOther ? toOutput(followed.value, arm.range, arm.map) : output;
  return { applied, tracking: 'none', isLost: false, isManual };
};

const toValue = (value: Maybe<Scalar> | undefined): Maybe<boolean | number> =>
  typeof value === 'boolean' || typeof value === 'number' ? value : unknown;

const toPercent = (value: boolean | number): number => (typeof value === 'boolean' ? (value ? 100 : 0) : value);
