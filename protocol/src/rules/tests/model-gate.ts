import type { DeviceEntry, DeviceValue, OverrideEntry } from '../../entry.ts';
import { longestOverrideMs } from '../../http/overrides.ts';
import type { DeviceId } from '../../names.ts';
import type { RestrictedValue } from '../interlocks/restriction.ts';
import type { DeviceModel } from '../site-model.ts';

/** How a device stands behind the modelled gate. `sinceUp` is null until its first switch: then no minimum time counts. */
export type ModelDevice = {
  readonly wish: DeviceValue | null;
  readonly applied: DeviceValue | null;
  readonly sinceUp: number | null;
  readonly held: 'min-on' | 'min-off' | null;
  readonly interlocks: readonly string[];
  /** Somebody's hand, which goes before the wish until its time is over. */
  readonly hand: { readonly value: DeviceValue; readonly untilUp: number } | null;
  readonly switches: number;
};

/** What the gate says of a device: the entry without its stamp. */
export type GateReport = Pick<DeviceEntry, 'kind' | 'device' | 'phase' | 'value' | 'by' | 'why'>;

export const idleDevice: ModelDevice = { wish: null, applied: null, sinceUp: null, held: null, interlocks: [], hand: null, switches: 0 };

/**
 * A hub's gate as far as rules can tell: interlocks first, then somebody's hand, then minimum times, then a device that
 * obeys at once. It is what tests of rules run against, and what a candidate in shadow has for devices.
 */
export const stepModelGate = (
  state: ModelDevice,
  model: DeviceModel,
  restrict: (device: DeviceId, wish: DeviceValue) => RestrictedValue,
  up: number,
): { readonly state: ModelDevice; readonly reports: readonly GateReport[] } => {
  const { id, kind, minOn, minOff } = model;
  if (state.hand !== null && up >= state.hand.untilUp) return stepModelGate({ ...state, hand: null }, model, restrict, up);
  const wish = state.hand?.value ?? state.wish;
  if (wish === null) return { state, reports: [] };
  const { value, by, why } = restrict(id, wish);
  const report = (phase: GateReport['phase'], told?: string): GateReport => ({
    kind: 'device',
    device: id,
    phase,
    value,
    by: 'hub',
    ...(told === undefined ? {} : { why: told }),
  });
  if (value === state.applied) {
    const isSame = state.held === null && state.interlocks.length === by.length;
    return { state: isSame ? state : { ...state, held: null, interlocks: by }, reports: [] };
  }
  const stood = state.sinceUp === null ? Infinity : up - state.sinceUp;
  // An interlock and a hand cut a minimum on-time, but not a minimum off-time.
  const isStart = kind === 'switch' && value === true;
  const isStop = kind === 'switch' && value === false && by.length === 0 && state.hand === null;
  const held: ModelDevice['held'] = isStart && stood < minOff ? 'min-off' : isStop && stood < minOn ? 'min-on' : null;
  if (held !== null) {
    const left = Math.ceil(((held === 'min-off' ? minOff : minOn) - stood) / 1000);
    const next = { ...state, held, interlocks: by };
    return { state: next, reports: state.held === held ? [] : [report('held', `waits for ${held}, ${left} s left`)] };
  }
  const isSwitch = state.applied !== null;
  const next: ModelDevice = {
    ...state,
    applied: value,
    sinceUp: isSwitch ? up : state.sinceUp,
    held: null,
    interlocks: by,
    switches: state.switches + (isSwitch ? 1 : 0),
  };
  return { state: next, reports: [report('written', why === '' ? undefined : why), report('confirmed')] };
};

/** What an override, or the end of one, makes of a modelled device. */
export const takeByHand = (state: ModelDevice, { value, released, forMs = longestOverrideMs, up }: OverrideEntry): ModelDevice => ({
  ...state,
  hand: released === true || value === undefined ? null : { value, untilUp: up + forMs },
});
