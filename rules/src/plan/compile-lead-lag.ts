import { type DeviceValue, reasonOf, type RuleReason } from '@phloem/protocol';
import { boolean, formatDimension, isPlain, plain } from '../units/dimension.ts';
import type { LeadLagDocument } from '../documents/lead-lag.ts';
import type { Path } from '../documents/source.ts';
import type { Expression } from '../expression.ts';
import { explainTerm } from '../expressions/explain-term.ts';
import type { EvaluationContext, Scalar, Scope } from '../expressions/scope.ts';
import { createLeadLag, type LeadLagDevice } from '../nodes/lead-lag.ts';
import { unknown, type Maybe } from '../nodes/node.ts';
import type { DeviceModel } from '../site-model.ts';
import type { Builder, Placed } from './builder.ts';
import { compileUnknown } from './compile-unknown.ts';
import { expectValueOf, toDeviceValue } from './device-value.ts';
import type { BlockReason, RequestSlot } from './request.ts';
import type { Run } from './run.ts';

type Member = {
  readonly device: string;
  readonly model: DeviceModel;
  readonly bar: Expression | undefined;
  readonly reason: string;
  readonly on: DeviceValue;
  readonly off: DeviceValue;
  readonly givenUp: DeviceValue | undefined;
  readonly slots: {
    readonly request: number;
    readonly told: number;
    readonly got: number;
    readonly applied: number;
    readonly manual: number;
  };
};

/** Compiles devices that take turns. Each has a text beside its request, which says why it is chosen or not. */
export const compileLeadLag = ({ document, source }: Placed<LeadLagDocument>, scope: Scope, builder: Builder): readonly RequestSlot[] => {
  const { id } = document.metadata;
  const { spec } = document;
  const countSlot = builder.addSlot(id, plain);
  builder.shown.push({ name: id, slot: countSlot, dimension: plain });
  const needed = builder.expression(source, ['spec', 'needed'], `${spec.needed}`, scope);
  if (needed !== undefined && needed.dimension.kind !== 'boolean' && !isPlain(needed.dimension)) {
    builder.complain(source, ['spec', 'needed'], {
      expected: 'how many devices, or a condition',
      found: formatDimension(needed.dimension),
    });
  }
  const blind = compileUnknown(id, spec.onUnknown, builder);
  const compiled = spec.devices.map((_, i) => compileMember(i, { document, source }, scope, builder));
  const members = compiled.filter((member) => member !== undefined);
  checkTwice(members, { document, source }, builder);
  if (needed === undefined || members.length < compiled.length) return [];
  const params = toParams(spec, members, builder);
  const node = builder.addNode(`${id}#turns`, createLeadLag(params));
  const barSlots = members.flatMap(({ bar }) => bar?.slots ?? []);
  const deviceSlots = members.flatMap(({ slots }) => [slots.got, slots.applied, slots.manual]);
  builder.addStep(
    {
      id,
      reads: [...new Set([...needed.slots, ...barSlots, ...deviceSlots])],
      writes: [countSlot, ...blind.writes, ...members.flatMap(({ slots }) => [slots.request, slots.told])],
      isTimed: true,
      run: (run) => {
        const count = toCount(needed.evaluate(run));
        const devices = members.map((member) => look(run, member));
        const out = run.step(node, { needed: count, devices });
        const { mode } = blind.step(run, count === unknown ? unknown : true);
        const { units, needed: asked } = run.stateOf(node);
        run.set(countSlot, mode === 'given-up' ? unknown : out.value);
        for (const [i, member] of members.entries()) {
          const isChosen = out.chosen[i] === true;
          const unit = units[member.device];
          run.set(member.slots.request, mode === 'given-up' ? (member.givenUp ?? unknown) : isChosen ? member.on : member.off);
          const amount = params.by === 'hours' ? `${((unit?.runMs ?? 0) / 3_600_000).toFixed(1)} h` : `${unit?.starts ?? 0} starts`;
          const why = isChosen ? `has ${amount}` : describeOut(member, devices[i], unit?.outUntilUp ?? null) || `stands by with ${amount}`;
          run.set(member.slots.told, `${asked} of ${members.length} needed, and it ${why}`);
        }
      },
    },
    source,
    ['metadata', 'id'],
  );
  const explain = createExplain({
    rule: id,
    holdMs: builder.duration(spec.onUnknown.hold),
    modeSlot: blind.mode,
    explainNeeded: (evaluation) => explainTerm(needed.term, needed.text, scope, evaluation),
  });
  const blockedBy = (evaluation: EvaluationContext): BlockReason | null => (evaluation.values[blind.mode] === 'known' ? null : 'unknown');
  const expressions = [needed, ...members.flatMap(({ bar }) => bar ?? [])];
  const rest = { rule: id, level: spec.level, asks: undefined, blockedBy, blockedBySlots: [blind.mode], expressions };
  return members.map((member, i) => ({
    ...rest,
    device: member.device,
    slot: member.slots.request,
    explain: explain(member),
    path: ['spec', 'devices', i],
  }));
};

/** Why a device is chosen or not. */
const createExplain =
  ({
    rule,
    holdMs,
    modeSlot,
    explainNeeded,
  }: {
    readonly rule: string;
    readonly holdMs: number;
    readonly modeSlot: number;
    readonly explainNeeded: (evaluation: EvaluationContext) => string;
  }) =>
  (member: Member) =>
  (evaluation: EvaluationContext, value: DeviceValue | undefined): RuleReason => {
    const mode = evaluation.values[modeSlot];
    const missing = explainNeeded(evaluation);
    if (mode === 'given-up') return reasonOf('rule/unknown', { rule, afterMs: holdMs, because: missing });
    return reasonOf('lead-lag/assigns', {
      rule,
      value: member.on,
      isRequesting: value === member.on,
      because: String(evaluation.values[member.slots.told] ?? ''),
      memory: mode === 'held' ? missing : null,
    });
  };

const defaultWithinMs = 30_000;
const defaultRetryMs = 900_000;

const toParams = ({ rotate, between, within, retry }: LeadLagDocument['spec'], members: readonly Member[], builder: Builder) => ({
  devices: members.map(({ device }) => device),
  by: rotate?.by ?? 'hours',
  swapAfterMs: rotate?.after === undefined ? Infinity : builder.duration(rotate.after),
  betweenMs: builder.duration(between),
  withinMs: builder.duration(within, defaultWithinMs),
  retryMs: builder.duration(retry, defaultRetryMs),
  maxGapMs: builder.maxGapOf([]),
});

const compileMember = (i: number, { document, source }: Placed<LeadLagDocument>, scope: Scope, builder: Builder): Member | undefined => {
  const { id } = document.metadata;
  const { devices, value = 'on', onUnknown } = document.spec;
  const declared = devices[i];
  if (declared === undefined) return undefined;
  const path: Path = ['spec', 'devices', i];
  const isShort = typeof declared === 'string';
  const device = builder.device(source, isShort ? path : [...path, 'device'], isShort ? declared : declared.device);
  const unless = isShort ? undefined : declared.unless;
  const bar = unless === undefined ? undefined : builder.condition(source, [...path, 'unless'], unless, scope);
  if (device === undefined || (unless !== undefined && bar === undefined)) return undefined;
  const [on, off] = [toDeviceValue(value, device), toDeviceValue('off', device)];
  if (on === undefined || off === undefined) {
    builder.complain(source, ['spec', 'value'], {
      expected: off === undefined ? `a device that goes on and off: ${device.id} does not` : expectValueOf(device),
      found: JSON.stringify(value),
    });
    return undefined;
  }
  const givenUp = onUnknown.then === 'release' ? undefined : toDeviceValue(onUnknown.then, device);
  if (onUnknown.then !== 'release' && givenUp === undefined) {
    const expected = `release, or ${expectValueOf(device)}`;
    builder.complain(source, ['spec', 'onUnknown', 'then'], { expected, found: JSON.stringify(onUnknown.then) });
  }
  const slotOf = (part: string): number => builder.slotOf(`device ${device.id} ${part}`);
  return {
    device: device.id,
    model: device,
    bar,
    reason: isShort ? '' : (declared.reason ?? declared.unless ?? ''),
    on,
    off,
    givenUp,
    slots: {
      request: builder.addSlot(`${id}#request${i}`, boolean),
      told: builder.addSlot(`${id}#told${i}`, { kind: 'text' }),
      got: slotOf('got'),
      applied: slotOf('applied'),
      manual: slotOf('manual'),
    },
  };
};

const checkTwice = (members: readonly Member[], { source }: Placed<LeadLagDocument>, builder: Builder): void => {
  for (const [i, { device }] of members.entries()) {
    if (members.findIndex((other) => other.device === device) === i) continue;
    builder.complain(source, ['spec', 'devices', i], { expected: 'each device once', found: device });
  }
};

/** How many are needed: a condition needs one. */
const toCount = (value: Maybe<Scalar>): Maybe<number> =>
  typeof value === 'boolean' ? Number(value) : typeof value === 'number' ? value : unknown;

const look = (run: Run, { bar, slots }: Member): LeadLagDevice => {
  const got = toRunning(run.values[slots.got]);
  // A device that was written to and cannot be reached now does not run, as far as anybody can count on it.
  const isLost = got === unknown && run.values[slots.applied] !== unknown;
  const manual = toRunning(run.values[slots.manual]);
  return { isRunning: isLost ? false : got, hand: manual === unknown ? null : manual, isBarred: bar?.evaluate(run) === true };
};

const toRunning = (value: Maybe<Scalar> | undefined): Maybe<boolean> =>
  typeof value === 'boolean' ? value : typeof value === 'number' ? value > 0 : unknown;

/** Why a device cannot be chosen; empty where it can. */
const describeOut = ({ reason }: Member, device: LeadLagDevice | undefined, outUntilUp: number | null): string => {
  if (device === undefined) return '';
  if (device.hand !== null) return `is ${device.hand ? 'on' : 'off'} by override`;
  if (device.isBarred) return `is out: ${reason}`;
  return outUntilUp === null ? '' : 'did not run when it was requested, so another stands in for it';
};
