import {
  type AlarmReport,
  type DeviceId,
  type DeviceValue,
  type InterlockEntry,
  type Reason,
  reasonOf,
  textReason,
  toOffValue,
  toValueRange,
} from '@phloem/protocol';
import { differenceOf, multiplyDimensions, plain, text, toBase } from '../units/dimension.ts';
import type { InterlockDeclaration, InterlocksDocument } from '../documents/interlocks.ts';
import type { Path, SourceDocument } from '../documents/source.ts';
import type { EvaluationContext, Scope } from '../expressions/scope.ts';
import { unknown } from '../nodes/node.ts';
import { createBlind } from '../plan/blind.ts';
import type { Builder, Placed } from '../plan/builder.ts';
import { compileWhen, type CompiledWhen } from '../plan/compile-when.ts';
import { createDaylight } from '../plan/daylight.ts';
import { expectValueOf, toDeviceDimension, toDeviceNumber, toDeviceValue } from '../plan/device-value.ts';
import type { EngineState } from '../plan/memory.ts';
import type { DeviceModel } from '../site-model.ts';
import { createInterlockLatch, isResettable, type InterlockLatchState, type InterlockPhase } from './interlock-latch.ts';
import type { Restriction } from './restriction.ts';

/** One interlock, ready to be enforced. */
export type CompiledInterlock = {
  readonly id: string;
  readonly device: DeviceId;
  /** The slot of its phase. */
  readonly slot: number;
  readonly source: SourceDocument;
  readonly path: Path;
  readonly action: InterlockDeclaration;
  /** The value that it forces. */
  readonly fixed: DeviceValue | undefined;
  readonly latch: { readonly index: number; readonly rule: { readonly whenClearMs: number } | null };
  readonly restrict: (state: EngineState) => Restriction;
  readonly isResettable: (state: EngineState) => boolean;
  readonly isRamping: (state: EngineState) => boolean;
  readonly explain: (evaluation: EvaluationContext) => Reason;
  readonly alarm: (from: InterlockPhase, to: InterlockPhase) => AlarmReport | undefined;
};

/** The phase of an interlock. */
export const phaseIn = (evaluation: Pick<EvaluationContext, 'values'>, slot: number): InterlockPhase =>
  (evaluation.values[slot] ?? 'clear') as InterlockPhase;

/** Compiles one interlock; undefined, and problems, where it cannot be enforced. */
export const compileInterlock = (
  declared: InterlockDeclaration,
  i: number,
  { document, source }: Placed<InterlocksDocument>,
  scope: Scope,
  builder: Builder,
): CompiledInterlock | undefined => {
  const path: Path = ['spec', 'interlocks', i];
  const id = `${document.metadata.id}/${declared.id}`;
  if (document.spec.interlocks.findIndex((each) => each.id === declared.id) < i) {
    builder.complain(source, [...path, 'id'], { expected: 'an id that no other interlock has', found: declared.id });
  }
  const place: Place = { id, source, path, builder };
  const acts = readAction(declared, place);
  if (acts === undefined) return undefined;
  const { kind } = acts;
  const clock = createDaylight({}, source, builder);
  const when = compileWhen(id, declared.when, [...path, 'when'], { source, scope, clock, builder });
  const device = builder.device(source, [...path, kind, 'device'], acts.device);
  if (when === undefined || device === undefined) return undefined;
  const fixed = readForced(declared, device, place);
  if (declared.deny !== undefined && toOffValue(device) === null) {
    builder.complain(source, [...path, 'deny'], { expected: 'force or limit', found: `deny, but ${device.id} is never off`, atKey: true });
  }
  const limit = readLimit(declared.limit, device, place);
  const latch = declared.latch === undefined ? null : { whenClearMs: builder.duration(declared.latch.whenClear) };
  const { slot, since, node } = addLatchStep(when, { latch, isTrippedByUnknown: declared.onUnknown !== 'ignore' }, place);
  const ceiling = (state: EngineState): number => toCeiling(limit, state.values[since], state.up);
  return {
    id,
    device: device.id,
    slot,
    source,
    path: [...path, kind],
    action: declared,
    fixed,
    latch: { index: node, rule: latch },
    isResettable: (state) => isResettable(state.nodes[node] as InterlockLatchState, latch, state.up),
    isRamping: (state) => phaseIn(state, slot) !== 'clear' && ceiling(state) > limit.max,
    restrict: (state) => {
      if (kind === 'force') return { interlock: id, kind, value: fixed ?? device.fallback };
      if (kind === 'deny') return { interlock: id, kind, isOn: declared.deny?.value === 'on' };
      return { interlock: id, kind, min: limit.min, max: ceiling(state) };
    },
    explain: (evaluation) => explainInterlock(id, when, phaseIn(evaluation, slot), evaluation),
    alarm: (from, to) => {
      if (declared.alarm === undefined || (from === 'clear') === (to === 'clear')) return undefined;
      return {
        alarm: id,
        state: to === 'clear' ? 'cleared' : 'active',
        priority: declared.alarm.priority,
        why: textReason(declared.alarm.text),
      };
    },
  };
};

/** Which interlock is compiled, and where its problems are shown. */
type Place = { readonly id: string; readonly source: SourceDocument; readonly path: Path; readonly builder: Builder };

const actions = ['force', 'deny', 'limit'] as const;

/** What an interlock does, and to which device; it does one thing. */
const readAction = (
  declared: InterlockDeclaration,
  { source, path, builder }: Place,
): { readonly kind: (typeof actions)[number]; readonly device: DeviceId } | undefined => {
  const given = actions.filter((action) => declared[action] !== undefined);
  const [kind] = given;
  const action = kind === undefined ? undefined : declared[kind];
  if (kind !== undefined && action !== undefined && given.length === 1) return { kind, device: action.device };
  const isAlarm = given.length === 0 && declared.alarm !== undefined;
  builder.complain(source, path, {
    expected: 'one of force, deny and limit',
    found: given.length === 0 ? 'none' : given.join(' and '),
    hint: isAlarm ? 'a condition that only raises an alarm is a document of the kind Alarm: phloem rules new alarm' : '',
  });
  return undefined;
};

const readForced = ({ force }: InterlockDeclaration, device: DeviceModel, { source, path, builder }: Place): DeviceValue | undefined => {
  const fixed = force === undefined ? undefined : toDeviceValue(force.value, device);
  if (force !== undefined && fixed === undefined) {
    const problem = { expected: expectValueOf(device), found: JSON.stringify(force.value) };
    builder.complain(source, [...path, 'force', 'value'], problem);
  }
  return fixed;
};

/** A limit in the unit of the device; `ramp` is how fast the ceiling comes down from `top`, per second. */
type Limit = { readonly min: number; readonly max: number; readonly ramp: number; readonly top: number };

const readLimit = (limit: InterlockDeclaration['limit'], device: DeviceModel, { source, path, builder }: Place): Limit => {
  const range = toValueRange(device);
  const at: Path = [...path, 'limit'];
  if (limit !== undefined && range === null) {
    const hint = `${device.id} is a ${device.kind === 'switch' ? 'switch' : `${device.kind} device`}`;
    builder.complain(source, at, { expected: 'force or deny', found: 'a limit', hint, atKey: true });
  }
  const toEnd = (key: 'min' | 'max', otherwise: number): number => {
    const written = limit?.[key];
    const value = written === undefined ? otherwise : toDeviceNumber(written, device);
    if (value === undefined) builder.complain(source, [...at, key], { expected: expectValueOf(device), found: `${written}` });
    return value ?? otherwise;
  };
  const top = range?.max ?? 100;
  const max = toEnd('max', top);
  const min = toEnd('min', range?.min ?? 0);
  if (min > max) builder.complain(source, at, { expected: 'min at most max', found: `${min} and ${max}`, atKey: true });
  const perSecond = multiplyDimensions(differenceOf(toDeviceDimension(device)), toBase('s'), -1) ?? plain;
  const ramp = limit?.ramp === undefined ? Infinity : (builder.quantity(source, [...at, 'ramp'], limit.ramp, perSecond) ?? Infinity);
  if (ramp <= 0) builder.complain(source, [...at, 'ramp'], { expected: 'a speed above zero', found: `${limit?.ramp}` });
  return { min, max, ramp, top };
};

/** The highest value that a limit allows now; `since` is when it began. */
const toCeiling = ({ max, ramp, top }: Limit, since: unknown, up: number): number => {
  const passed = typeof since === 'number' ? Math.max(0, up - since) / 1000 : 0;
  // In whole steps: each is a write.
  return ramp === Infinity ? max : Math.max(max, top - Math.floor(ramp * passed + 1e-6));
};

type LatchPlan = { readonly latch: { readonly whenClearMs: number } | null; readonly isTrippedByUnknown: boolean };

/** Adds the step that keeps the phase of an interlock; returns the slots of the phase and of its start, and the latch's node. */
const addLatchStep = (
  when: CompiledWhen,
  { latch, isTrippedByUnknown }: LatchPlan,
  { id, source, path, builder }: Place,
): { readonly slot: number; readonly since: number; readonly node: number } => {
  const slot = builder.addSlot(id, text, 'clear');
  const since = builder.addSlot(`${id}#since`, toBase('ms'));
  const told = builder.addSlot(`${id}#told`, text);
  // Ignoring what is unknown means going on as before: dead probes neither trip it nor let it go.
  const known = builder.addNode(`${id}#known`, createBlind(Number.MAX_SAFE_INTEGER));
  const node = builder.addNode(`${id}#latch`, createInterlockLatch(latch));
  builder.addStep(
    {
      id,
      reads: when.reads,
      writes: [slot, since, told, when.progress],
      isTimed: true,
      accepts: (entry, run) => {
        if (entry.kind !== 'interlock' || entry.id !== id) return false;
        run.set(told, toReported(entry));
        // A fresh start goes on from what the log says; later on, this is the echo of one's own word.
        if (entry.state === 'tripped' && run.values[slot] === 'clear') {
          when.resume(run);
          run.step(known, true);
        }
        return true;
      },
      run: (run) => {
        const claim = when.evaluate(run);
        const { isWanted } = run.step(known, claim);
        const isTripped = claim === unknown && isTrippedByUnknown ? true : isWanted;
        const said = run.values[told];
        const { phase, sinceUp } = run.step(node, {
          isTripped,
          isKnown: claim !== unknown,
          told: typeof said === 'string' ? (said as InterlockPhase) : null,
        });
        run.set(told, unknown);
        run.set(slot, phase);
        run.set(since, sinceUp ?? unknown);
      },
    },
    source,
    path,
  );
  return { slot, since, node: node.index };
};

/** What an entry of the log says of a latch. What the hub writes of itself at run time says what is known already. */
const toReported = (entry: InterlockEntry): InterlockPhase => (entry.state === 'clear' ? 'clear' : entry.state);

const explainInterlock = (id: string, when: CompiledWhen, state: InterlockPhase, evaluation: EvaluationContext): Reason => {
  const because =
    state === 'clear'
      ? when.describeOff(evaluation)
      : when.isOn(evaluation) === false
        ? when.describeStill(evaluation)
        : when.describeOn(evaluation);
  return reasonOf('interlock/state', { interlock: id, state, because: because.slice(0, 400) });
};
