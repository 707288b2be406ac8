import type { DeviceValue } from '@phloem/protocol';
import type { DeviceSpec } from '../site/site.ts';
import type { DeviceMachine } from './device-machine.ts';
import { isOn } from './device-value.ts';

/** A limit in time that holds a value back, and until when in `up`. */
export type Hold = { readonly limit: 'min-on' | 'min-off'; readonly untilUp: number };

/**
 * Pure: what holds back a start that the hub itself wants, or null. An interlock and a safe state do not ask (DE2), an
 * operator's hand does; a compressor rests whoever wants it.
 */
export function toHubHold(
  spec: Pick<DeviceSpec, 'minOn' | 'minOff' | 'protectCompressor'>,
  state: DeviceMachine,
  value: DeviceValue,
  up: number,
): Hold | null {
  if (!isOn(value) || (spec.protectCompressor !== true && state.restriction?.isByHand !== true)) return null;
  return toHold(spec, state.switched, value, up);
}

/**
 * Pure: what holds a wish back now, or null (DE2). `minOff` holds a start, `minOn` a stop for comfort; a safety stop
 * does not ask. Where the past is unknown the device is free.
 */
export function toHold(
  { minOn, minOff }: Pick<DeviceSpec, 'minOn' | 'minOff'>,
  switched: DeviceMachine['switched'],
  value: DeviceValue,
  up: number,
): Hold | null {
  if (switched === null || switched.up === null || switched.isOn === isOn(value)) return null;
  const limit = isOn(value) ? 'min-off' : 'min-on';
  const untilUp = switched.up + (limit === 'min-off' ? minOff : minOn);
  return up < untilUp ? { limit, untilUp } : null;
}
