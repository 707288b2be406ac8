import type { DeviceValue } from '@phloem/protocol';
import type { WriteOutcome } from '../field/field-port.ts';
import type { DeviceSpec } from '../site/site.ts';
import type { DeviceMachine } from './device-machine.ts';
import { isReadWhereWritten } from './device-value.ts';
import { change, emit, type Turn } from './turn.ts';

/**
 * What stands and has to be written again to stand on; null while that is not known, or not the hub's to say. A write of
 * which nobody knows what became is not repeated by this either.
 */
export const toRefreshed = (state: DeviceMachine, spec: DeviceSpec): DeviceValue | null => {
  const { sent, written, expected, reading, mode, isDraining, alarms } = state;
  // A device that is read elsewhere than it is written may answer again, and its last write is as unknown as before.
  if (mode.kind === 'starting' || isDraining || alarms.includes('unknown')) return null;
  // What a device is measured as is not what it was commanded: it may be on its way, or its own watchdog may have stopped it.
  const told = sent?.value ?? (isReadWhereWritten(spec) ? null : written);
  return told ?? expected ?? reading;
};

/** Writes the value that stands again, where the unit falls back without it (DE7). */
export function keepFresh(turn: Turn): Turn {
  const { spec, state, now } = turn;
  const value = toRefreshed(state, spec);
  if (spec.refresh === undefined || state.flight.kind !== 'rest' || value === null || now.up < state.refreshUp) return turn;
  return emit(change(turn, { flight: { kind: 'refreshing', value } }), { kind: 'refresh', value });
}

/** What was not taken is tried again soon: the unit's own watchdog does not wait. */
export function applyRefreshed(turn: Turn, outcome: WriteOutcome): Turn {
  const { flight } = turn.state;
  const { refresh } = turn.spec;
  if (flight.kind !== 'refreshing' || refresh === undefined) return turn;
  const isDone = outcome.kind === 'echoed';
  const refreshUp = turn.now.up + (isDone ? refresh : Math.min(1000, refresh));
  const { sent } = turn.state;
  return change(turn, {
    flight: { kind: 'rest' },
    refreshUp,
    ...(isDone && sent !== null && { sent: { value: sent.value, up: turn.now.up, between: null } }),
  });
}

/** When it has to be written again, in `up`; null where nothing is refreshed, or something else is under way. */
export function nextRefreshUp(state: DeviceMachine, spec: DeviceSpec): number | null {
  const { flight } = state;
  const { refresh } = spec;
  if (refresh === undefined) return null;
  if (flight.kind === 'verifying' && !flight.isReading) return state.refreshUp;
  return flight.kind === 'rest' && toRefreshed(state, spec) !== null ? state.refreshUp : null;
}
