import { toRunEnd } from '@phloem/rules';
import { acknowledge, drain, applyGrant, acceptRequest } from './authority.ts';
import type { DeviceEffect, DeviceEvent, DeviceMachine, Facts } from './device-machine.ts';
import { driveSafe, guardByTime } from './fail-safe.ts';
import { guardFromAbove } from './guard-from-above.ts';
import { guardOverrideTime, nextOverrideWake, releaseOverride, takeOverride } from './override.ts';
import { proceed } from './proceed.ts';
import { applyReport } from './reports.ts';
import { applyStart, applyStartReport, readAgain, settleUnread } from './start-device.ts';
import { nextRefreshUp, applyRefreshed } from './refresh.ts';
import { coveredAfterPause } from './own-pause.ts';
import { change, type Turn } from './turn.ts';
import { applyReadBack, applySynced, applyWritten, wakeFlight } from './write-cycle.ts';

/**
 * Pure: one device, one event. After each event the rules of time are asked (fail-safe, an override's end), then what comes from above (interlocks, overrides), and then
 * whatever may begin begins. An event that does not fit changes nothing.
 */
export function stepDevice(state: DeviceMachine, event: DeviceEvent, facts: Facts): readonly [DeviceMachine, readonly DeviceEffect[]] {
  const taken = take(cover({ ...facts, state, effects: [] }), event);
  const { state: next, effects } = proceed(guardFromAbove(guardByTime(guardOverrideTime(taken))));
  return [next, effects];
}

function take(turn: Turn, event: DeviceEvent): Turn {
  switch (event.kind) {
    case 'start':
      return applyStart(turn, event.open);
    case 'request':
      return acceptRequest(turn, event.record, event.validUp);
    case 'granted':
      return applyGrant(turn, event.term);
    case 'synced':
      return applySynced(turn);
    case 'written':
      return applyWritten(turn, event.outcome);
    case 'refreshed':
      return applyRefreshed(turn, event.outcome);
    case 'read-back':
      return applyReadBack(turn, event.outcome);
    case 'report':
      return turn.state.mode.kind === 'starting' ? applyStartReport(turn, event.outcome) : applyReport(turn, event.outcome);
    case 'acknowledge':
      return acknowledge(turn, event.by);
    case 'override':
      return takeOverride(turn, event.order);
    case 'release':
      return releaseOverride(turn, event.by, event.reason);
    case 'drive-safe':
      // A reading after a safe state was written says nothing of what came before.
      return driveSafe(settleUnread(turn));
    case 'drain':
      return drain(turn);
    case 'interlock':
    case 'tick':
      break;
  }
  return readAgain(wakeFlight(turn));
}

/** A renewal moves the moment from which fail-safe counts. */
const cover = (turn: Turn): Turn => {
  const { coveredUp } = turn.state;
  const { renewedUp, pause = null } = turn.now;
  const isNewer = renewedUp !== null && (coveredUp === null || coveredUp < renewedUp);
  const covered = isNewer ? change(turn, { coveredUp: renewedUp }) : turn;
  const excused = coveredAfterPause(pause, { renewedUp, coveredUp: covered.state.coveredUp, afterMs: turn.spec.failSafe.after });
  return excused === null ? covered : change(covered, { coveredUp: excused });
};

/** The next moment, in `up`, at which time alone may change something; null when there is none. */
export function nextDeviceWake(state: DeviceMachine, { spec }: Pick<Facts, 'spec'>): number | null {
  const {
    mode,
    flight,
    coveredUp,
    heldUntilUp,
    nextRequest,
    isDraining,
    override,
    nextHubCommand,
    safeHeldUntilUp,
    alarms,
    restriction,
    runs,
  } = state;
  const receivedUp = runs.at(-1)?.startUp ?? 0;
  const moments: number[] = [];
  if (flight.kind === 'verifying' && !flight.isReading) moments.push(flight.againUp);
  if (flight.kind === 'pausing' || flight.kind === 'ramping') moments.push(flight.againUp);
  if (isDraining) return earliest(moments);
  const refreshUp = nextRefreshUp(state, spec);
  if (refreshUp !== null) moments.push(refreshUp);
  // What a limit has ended already waits for the device to stop.
  const end = restriction?.kind === 'limit' ? null : toRunEnd(spec, runs, receivedUp);
  if (end !== null && !isSafeWithoutOverride(state)) moments.push(end.untilUp);
  if (override !== null) moments.push(nextOverrideWake(override, alarms.includes('override-ends')));
  if (nextHubCommand !== null && safeHeldUntilUp !== null) moments.push(safeHeldUntilUp);
  if (mode.kind === 'starting' && !mode.isReading) moments.push(mode.readAgainUp);
  if (mode.kind === 'free') moments.push(coveredUp === null ? 0 : coveredUp + spec.failSafe.after);
  if (mode.kind === 'holding') moments.push(mode.untilUp);
  if (nextRequest !== null && mode.kind === 'free' && heldUntilUp !== null) moments.push(heldUntilUp);
  return earliest(moments);
}

/** A safe state runs for as long as it has to. */
const isSafeWithoutOverride = ({ mode, override }: DeviceMachine): boolean => mode.kind === 'safe' && override === null;

const earliest = (moments: readonly number[]): number | null => (moments.length === 0 ? null : Math.min(...moments));
