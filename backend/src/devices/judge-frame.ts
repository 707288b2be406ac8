import {
  explainDeviceValue,
  frameTtl,
  reasonOf,
  toLocation,
  toLocations,
  type DeviceStateFrame,
  type Reason,
  type SentFrame,
} from '@phloem/protocol';
import type { DeviceSpec } from '../site/site.ts';
import type { CommandAuthority } from './device-gate.ts';
import { isLatched, type DeviceMachine } from './device-machine.ts';
import { toHold } from './time-limits.ts';

/** What is so when a frame comes. */
export type FrameFacts = {
  readonly authority: CommandAuthority;
  readonly isTermLive: boolean;
  readonly isDraining: boolean;
  readonly up: number;
  /** When the entry that caused the frame was appended; null when this log does not have it. */
  readonly causeUp: number | null;
  readonly device: { readonly spec: DeviceSpec; readonly state: DeviceMachine; readonly hasOlderInBatch: boolean } | null;
};

/** Claims that a frame has a value, and a time to live that a frame may have. */
export const isWholeFrame = (frame: SentFrame): frame is DeviceStateFrame =>
  frame.value !== null && frame.ttlMs !== null && frame.ttlMs >= frameTtl.min && frame.ttlMs <= frameTtl.max;

/** Why a frame that is not whole is refused, whatever it is for. */
export const explainBrokenFrame = ({ value, ttlMs }: SentFrame): Reason =>
  value === null ? reasonOf('command/no-value') : reasonOf('command/ttl', { ttlMs, minMs: frameTtl.min, maxMs: frameTtl.max });

/** Pure: null when the frame may be taken, otherwise the first reason why not. */
export function judgeFrame(frame: DeviceStateFrame, facts: FrameFacts): Reason | null {
  const { authority, device, causeUp, up } = facts;
  if (facts.isDraining) return reasonOf('command/draining');
  if (!facts.isTermLive) return reasonOf('command/term', { term: authority.term });
  if (device === null) return reasonOf('command/unknown-device', { device: frame.device });
  if (!toLocations(authority.scope).includes(toLocation(frame.device))) {
    return reasonOf('command/scope', { scope: authority.scope });
  }
  if (explainDeviceValue(device.spec, frame.value) !== null) return reasonOf('command/value', { value: frame.value });
  if (device.spec.kind === 'momentary' && frame.op !== 'momentary') return reasonOf('command/op');
  if (causeUp === null) return reasonOf('command/cause-lost', { lsn: frame.cause.lsn });
  if (up - causeUp > frame.ttlMs) return reasonOf('command/late', { agoMs: up - causeUp, ttlMs: frame.ttlMs });
  return frame.op === 'momentary' ? judgeMomentary(frame, device, up) : null;
}

/** A momentary command is done now or not at all (CO6). */
function judgeMomentary(
  frame: DeviceStateFrame,
  { spec, state, hasOlderInBatch }: NonNullable<FrameFacts['device']>,
  up: number,
): Reason | null {
  const refuse = (because: Reason): Reason => reasonOf('command/busy', { because });
  if (state.mode.kind === 'starting') return refuse(reasonOf('device/unread'));
  if (state.override !== null) return refuse(reasonOf('override/present'));
  if (isLatched(state)) return refuse(reasonOf('fail-safe/awaiting-operator'));
  if (hasOlderInBatch || state.flight.kind !== 'rest' || state.nextRequest !== null || state.nextHubCommand !== null) {
    return refuse(reasonOf('command/in-progress'));
  }
  const hold = toHold(spec, state, frame.value, up);
  return hold === null ? null : refuse(reasonOf('limit/active', { limit: hold.limit, leftMs: hold.untilUp - up }));
}
