import {
  type DeviceEntry,
  type DeviceId,
  type DeviceValue,
  isRunning,
  longestOverrideMs,
  type OverrideEntry,
  type Reason,
  reasonOf,
  toOffValue,
  toValueRange,
} from '@phloem/protocol';
import { noteRun, toLimitHold, toRunEnd, toSlewed, type DeviceRun, type LimitName } from '../device-limits.ts';
import type { RestrictedValue } from '../interlocks/restriction.ts';
import type { DeviceModel } from '../site-model.ts';

/** How a device stands behind the modelled gate. `sinceUp` is null until its first switch: then no minimum time counts. */
export type ModelDevice = {
  readonly request: DeviceValue | null;
  readonly applied: DeviceValue | null;
  readonly sinceUp: number | null;
  readonly held: LimitName | 'slew' | null;
  readonly interlocks: readonly string[];
  /** Somebody's hand, which goes before the request until its time is over. */
  readonly hand: { readonly value: DeviceValue; readonly untilUp: number } | null;
  readonly switches: number;
  /** Its runs of the last hour. */
  readonly runs: readonly DeviceRun[];
  /** When a ramp took its last step; null where none is under way. */
  readonly movedUp: number | null;
};

/** What the gate says of a device: the entry without its stamp. */
export type GateReport = Pick<DeviceEntry, 'kind' | 'device' | 'phase' | 'value' | 'by' | 'why'>;

export const idleDevice: ModelDevice = {
  request: null,
  applied: null,
  sinceUp: null,
  held: null,
  interlocks: [],
  hand: null,
  switches: 0,
  runs: [],
  movedUp: null,
};

type Restrict = (device: DeviceId, request: DeviceValue) => RestrictedValue;
type Step = { readonly state: ModelDevice; readonly reports: readonly GateReport[] };

/**
 * A hub's gate as far as rules can see: interlocks first, then somebody's hand, then the limits of the device, then a device that
 * obeys at once. It is what tests of rules run against, and what a candidate in shadow has for devices.
 */
export const stepModelGate = (state: ModelDevice, model: DeviceModel, restrict: Restrict, up: number): Step => {
  if (state.hand !== null && up >= state.hand.untilUp) return stepModelGate({ ...state, hand: null }, model, restrict, up);
  const request = state.hand?.value ?? state.request;
  if (request === null) return { state, reports: [] };
  if (model.kind === 'momentary') return pulse(state, model, restrict, up);
  const restricted = restrict(model.id, request);
  const rest = restricted.by.length === 0 ? toRested(state, model, restricted.value, up) : null;
  const value = rest === null ? restricted.value : rest.value;
  const by = restricted.by;
  const isSame = value === state.applied || isWithinDeadband(state, model, value, by);
  if (isSame) {
    const held = rest === null ? null : rest.limit;
    const isQuiet = state.held === held && state.movedUp === null && state.interlocks.length === by.length;
    return { state: isQuiet ? state : { ...state, held, interlocks: by, movedUp: null }, reports: [] };
  }
  const hold = toHeld(state, model, value, { by, isResting: rest !== null }, up);
  if (hold !== null) {
    const why = reasonOf('limit/active', { limit: hold.limit, leftMs: hold.untilUp - up });
    const next: ModelDevice = { ...state, held: hold.limit, interlocks: by, movedUp: null };
    return { state: next, reports: state.held === hold.limit ? [] : [toReport(model, 'held', value, why)] };
  }
  const step = toStepOf(state, model, value, by.length === 0, up);
  if (step !== value) {
    const next = switchTo({ ...state, held: 'slew', interlocks: by, movedUp: up }, model, step, up);
    return { state: next, reports: state.held === 'slew' ? [] : [toReport(model, 'held', value, reasonOf('ramp/moving'))] };
  }
  const next = switchTo({ ...state, held: rest === null ? null : rest.limit, interlocks: by, movedUp: null }, model, value, up);
  const why = rest === null ? restricted.why : reasonOf('limit/reached', { limit: rest.limit, until: null });
  return { state: next, reports: [toReport(model, 'written', value, why), toReport(model, 'confirmed', value)] };
};

const toReport = ({ id }: DeviceModel, phase: GateReport['phase'], value: DeviceValue, why: Reason | null = null): GateReport => ({
  kind: 'device',
  device: id,
  phase,
  value,
  by: { kind: 'hub' },
  ...(why === null ? {} : { why }),
});

/** The device is another value now. One that was never switched has no times yet. */
const switchTo = (state: ModelDevice, model: DeviceModel, applied: DeviceValue, up: number): ModelDevice => {
  const isSwitch = state.applied !== null;
  const isOtherSide = state.applied === null || isRunning(state.applied) !== isRunning(applied);
  return {
    ...state,
    applied,
    sinceUp: isSwitch && isOtherSide ? up : state.sinceUp,
    runs: noteRun(state.runs, applied, up, model),
    switches: state.switches + (isSwitch && state.movedUp === null ? 1 : 0),
  };
};

/** A run that has lasted as long as it may; the device rests. */
const toRested = ({ runs }: ModelDevice, model: DeviceModel, value: DeviceValue, up: number) => {
  const off = toOffValue(model);
  const end = isRunning(value) ? toRunEnd(model, runs, up) : null;
  return off === null || end === null || up < end.untilUp ? null : { value: off, limit: end.limit };
};

const isWithinDeadband = (
  { applied, hand, movedUp }: ModelDevice,
  model: DeviceModel,
  value: DeviceValue,
  by: readonly string[],
): boolean => {
  const { deadband } = model;
  if (deadband === undefined || hand !== null || by.length > 0 || movedUp !== null) return false;
  const range = toValueRange(model);
  if (typeof value !== 'number' || typeof applied !== 'number' || value === range?.min || value === range?.max) return false;
  return Math.abs(value - applied) < deadband;
};

/** What holds a value back. An interlock and an override cut a minimum on-time; an interlock a start, but for a compressor's. */
const toHeld = (
  { applied, sinceUp, runs, hand }: ModelDevice,
  model: DeviceModel,
  value: DeviceValue,
  { by, isResting }: { readonly by: readonly string[]; readonly isResting: boolean },
  up: number,
) => {
  if (applied === null || isResting || isRunning(applied) === isRunning(value)) return null;
  if (!isRunning(value) && (by.length > 0 || hand !== null)) return null;
  if (isRunning(value) && by.length > 0 && model.protectCompressor !== true) return null;
  return toLimitHold(model, { switched: { isOn: isRunning(applied), up: sinceUp }, runs }, value, up);
};

/** The next step of a ramp toward a value, or the value itself. */
const toStepOf = (
  { applied, movedUp }: ModelDevice,
  { slewPerS }: DeviceModel,
  value: DeviceValue,
  isSlewed: boolean,
  up: number,
): DeviceValue =>
  slewPerS === undefined || !isSlewed || typeof applied !== 'number' || typeof value !== 'number'
    ? value
    : toSlewed(applied, value, slewPerS, movedUp === null ? 1000 : up - movedUp);

/** One pulse for one request; a device that resets itself is at rest again at once. */
const pulse = (state: ModelDevice, model: DeviceModel, restrict: Restrict, up: number): Step => {
  const { value, by, why } = restrict(model.id, state.request ?? false);
  const idle = { ...state, request: null, applied: false, interlocks: by };
  if (state.request !== true || state.hand !== null || value !== true) {
    const isTaken = state.request === true;
    return { state: idle, reports: isTaken ? [toReport(model, 'refused', true, why ?? reasonOf('override/present'))] : [] };
  }
  const hold = toLimitHold(model, { switched: { isOn: false, up: state.sinceUp }, runs: state.runs }, true, up);
  if (hold !== null) {
    const wait = reasonOf('limit/active', { limit: hold.limit, leftMs: hold.untilUp - up });
    return { state: { ...idle, held: hold.limit }, reports: [toReport(model, 'refused', true, wait)] };
  }
  const runs = noteRun(noteRun(state.runs, true, up, model), false, up, model);
  const next: ModelDevice = { ...idle, held: null, runs, sinceUp: up, switches: state.switches + 1 };
  return { state: next, reports: [toReport(model, 'confirmed', true), toReport(model, 'confirmed', false, reasonOf('pulse/over'))] };
};

/** What an override, or the end of one, makes of a modelled device. */
export const takeByHand = (state: ModelDevice, { value, released, forMs = longestOverrideMs, up }: OverrideEntry): ModelDevice => ({
  ...state,
  hand: released === true || value === undefined ? null : { value, untilUp: up + forMs },
});
