import { toLocation, toLocations, type DeviceStateFrame, type FaultCode } from '@phloem/protocol';
import type { DeviceSpec } from '../site/site.ts';
import type { CommandAuthority } from './device-gate.ts';
import { isLatched, type DeviceMachine } from './device-machine.ts';
import { isValueOf, toWord } from './device-value.ts';
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

/** Why a frame is not taken (CO3). */
export type Refusal = { readonly code: FaultCode; readonly why: string };

/** Pure: null when the frame may be taken, otherwise the first reason why not. */
export function judgeFrame(frame: DeviceStateFrame, facts: FrameFacts): Refusal | null {
  const { authority, device, causeUp, up } = facts;
  if (facts.isDraining) return { code: 'command/draining', why: 'the hub is going down and takes no new commands' };
  if (!facts.isTermLive) return { code: 'command/term', why: `term ${authority.term} is not the live one` };
  if (device === null) return { code: 'command/unknown-device', why: `the site has no device ${frame.device}` };
  if (!toLocations(authority.scope).includes(toLocation(frame.device))) {
    return { code: 'command/term', why: `the lease over ${authority.scope} does not cover it` };
  }
  if (!isValueOf(device.spec.kind, frame.value)) {
    return { code: 'command/value', why: `${toWord(frame.value)} is no value of a ${device.spec.kind}` };
  }
  if (causeUp === null) return { code: 'command/late', why: `its cause, entry ${frame.cause.lsn}, is not in this log any more` };
  if (up - causeUp > frame.ttlMs) {
    return { code: 'command/late', why: `too late: decided ${(up - causeUp) / 1000} s ago, to be taken within ${frame.ttlMs / 1000} s` };
  }
  return frame.op === 'momentary' ? judgeMomentary(frame, device, up) : null;
}

/** A momentary command is done now or not at all (CO6). */
function judgeMomentary(
  frame: DeviceStateFrame,
  { spec, state, hasOlderInBatch }: NonNullable<FrameFacts['device']>,
  up: number,
): Refusal | null {
  const refuse = (why: string): Refusal => ({ code: 'command/busy', why: `a momentary command cannot wait: ${why}` });
  if (state.mode.kind === 'starting') return refuse('the device has not been read yet');
  if (state.override !== null) return refuse('somebody has taken the device by hand');
  if (isLatched(state)) return refuse('fail-safe came, and an operator has to acknowledge it');
  if (hasOlderInBatch || state.flight.kind !== 'rest' || state.nextWish !== null || state.nextSafe !== null) {
    return refuse('another command is under way');
  }
  const hold = toHold(spec, state.switched, frame.value, up);
  return hold === null ? null : refuse(`${hold.limit} for another ${Math.ceil((hold.untilUp - up) / 1000)} s`);
}
