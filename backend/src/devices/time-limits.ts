import type { DeviceValue } from '@phloem/protocol';
import { toLimitHold, toRunEnd, type DeviceLimitSet, type DeviceRun, type LimitHold } from '@phloem/rules';
import type { DeviceSpec } from '../site/site.ts';
import type { DeviceMachine } from './device-machine.ts';
import { isOn } from './device-value.ts';

/** A limit in time that holds a value back, and until when in `up`. */
export type Hold = LimitHold;

type Runs = Pick<DeviceMachine, 'switched'> & { readonly runs: readonly DeviceRun[] };

/**
 * Pure: what holds back a start that the hub itself wants, or null. An interlock and a safe state do not ask (DE2), an
 * operator's override does, and so does what a holding puts back; a compressor rests, no matter who requests it.
 */
export function toHubHold(
  spec: DeviceLimitSet & Pick<DeviceSpec, 'protectCompressor'>,
  state: Runs & Pick<DeviceMachine, 'restriction' | 'mode'>,
  value: DeviceValue,
  up: number,
): Hold | null {
  const { restriction, mode } = state;
  const isAsked = restriction?.kind === 'override' || (restriction === null && mode.kind === 'holding');
  if (!isOn(value) || (spec.protectCompressor !== true && !isAsked)) return null;
  return toHold(spec, state, value, up);
}

/** Pure: what holds a request back now, or null (DE2). Where the past is unknown the device is free. */
export const toHold = (limits: DeviceLimitSet, runs: Runs, value: DeviceValue, up: number): Hold | null =>
  toLimitHold(limits, runs, value, up);

/** A run that has to end, and until when the device rests then. */
export type Rest = { readonly limit: Hold['limit']; readonly isDue: boolean; readonly untilUp: number };

/**
 * Pure: what the limits of a run make of a value at which the device runs, or null. `isDue: false` says when the run
 * has to end; `isDue: true` until when it rests.
 */
export function toRest(limits: DeviceLimitSet, { switched, runs }: Runs, value: DeviceValue, up: number): Rest | null {
  const { maxRun, maxOnPerHour } = limits;
  if (!isOn(value) || (maxRun === undefined && maxOnPerHour === undefined)) return null;
  const end = toRunEnd(limits, runs, up);
  if (end === null) return null;
  if (up < end.untilUp) return { ...end, isDue: false };
  const after = runs.map((run) => (run.endUp === null ? { ...run, endUp: up } : run));
  const stopped = { switched: { isOn: false, up: switched?.isOn === false ? switched.up : up }, runs: after };
  return { limit: end.limit, isDue: true, untilUp: toLimitHold(limits, stopped, value, up)?.untilUp ?? up };
}
