import { reasonOf, toValueRange, type DeviceValue } from '@phloem/protocol';
import { noteRun } from '@phloem/rules';
import type { CommandRecord } from '../store/hub-store.ts';
import { endNextRequest } from './authority.ts';
import { isIssuedByHub, answeringAlarms, passingAlarms } from './device-machine.ts';
import { isReached, isReadWhereWritten, isRunningAs, isSameValue } from './device-value.ts';
import { isOvertaken, leave } from './overtaken.ts';
import { keepFresh } from './refresh.ts';
import { toHold, toHubHold, type Hold } from './time-limits.ts';
import { change, clear, emit, endCommand, say, type Turn } from './turn.ts';

/** Begins what may begin: what the hub wants first, else the request, unless an interlock or a limit holds it (DE1). */
export function proceed(turn: Turn): Turn {
  const free = leaveOvertaken(turn);
  return free.state.flight.kind === 'rest' ? keepFresh(proceedFree(free)) : free;
}

/** What still moves toward a value that nobody wants any more is left at once. */
function leaveOvertaken(turn: Turn): Turn {
  const { flight } = turn.state;
  const isWaiting = flight.kind === 'ramping' || (flight.kind === 'verifying' && !flight.isReading);
  return isWaiting && isOvertaken(turn, flight.record) ? leave(turn, flight) : turn;
}

function proceedFree(turn: Turn): Turn {
  const { mode, nextHubCommand, nextRequest, restriction } = turn.state;
  if (nextHubCommand !== null) return proceedSafe(turn, nextHubCommand);
  if (nextRequest === null || mode.kind !== 'free') return turn;
  if (nextRequest.op === 'momentary') {
    const { value, why } = turn.now.restrict(nextRequest.value);
    const taken = isSameValue(turn.spec, value, nextRequest.value) ? (restriction?.kind === 'override' ? restriction.why : null) : why;
    if (taken !== null) return endNextRequest(turn, 'cancelled', reasonOf('command/momentary-blocked', { because: taken }));
  } else if (restriction !== null) return turn;
  const hold = toHold(turn.spec, turn.state, nextRequest.value, turn.now.up);
  if (hold !== null) return holdBack(turn, nextRequest, hold);
  return begin(change(turn, { nextRequest: null, heldUntilUp: null }), nextRequest);
}

/** What the hub wants by itself waits for nothing but a compressor's rest, and for peace where something fights for it. */
function proceedSafe(turn: Turn, record: CommandRecord): Turn {
  const { mode, restUntilUp } = turn.state;
  const { up } = turn.now;
  const hold = toHubHold(turn.spec, turn.state, record.value, up);
  if (hold === null && restUntilUp <= up) return begin(change(turn, { nextHubCommand: null, safeHeldUntilUp: null }), record);
  // The hub ends: it cannot wait.
  if (mode.kind === 'safe' && mode.isFinal) {
    if (hold === null) return begin(change(turn, { nextHubCommand: null, safeHeldUntilUp: null }), record);
    return endCommand(
      change(turn, { nextHubCommand: null, safeHeldUntilUp: null }),
      record,
      'cancelled',
      reasonOf('hub/no-time', { limit: hold.limit }),
    );
  }
  const untilUp = Math.max(hold?.untilUp ?? 0, restUntilUp);
  if (record.stage === 'held' && turn.state.safeHeldUntilUp === untilUp) return turn;
  const held = { ...record, stage: 'held' } as const;
  const until = turn.now.at + (untilUp - up);
  const why =
    hold === null ? reasonOf('chatter/waiting', { until }) : reasonOf('limit/waiting', { limit: hold.limit, until, because: record.why });
  const said = say(turn, { phase: 'held', value: record.value, why, untilUp }, held);
  return emit(change(said, { nextHubCommand: held, safeHeldUntilUp: untilUp }), { kind: 'record', record: held });
}

function holdBack(turn: Turn, record: CommandRecord, { limit, untilUp }: Hold): Turn {
  if (turn.state.heldUntilUp === untilUp) return turn;
  const held = { ...record, stage: 'held' } as const;
  const until = turn.now.at + (untilUp - turn.now.up);
  const why = reasonOf('limit/waiting', { limit, until });
  const said = say(turn, { phase: 'held', value: record.value, why, untilUp }, held);
  return emit(change(said, { nextRequest: held, heldUntilUp: untilUp }), { kind: 'record', record: held });
}

/** What the device is known to be already is not written again (DE7); anything else becomes an INTENT. */
function begin(turn: Turn, record: CommandRecord): Turn {
  const { reading } = turn.state;
  if (record.op === 'set' && reading !== null && turn.now.up >= turn.state.movingUntilUp) {
    if (isThere(turn, record.value, reading)) return confirm(turn, record, reading);
    if (isWithinDeadband(turn, record)) return confirmAsIs(turn, record, reading);
  }
  const intent = { ...record, stage: 'intent' } as const;
  return emit(change(turn, { flight: { kind: 'syncing', record: intent } }), { kind: 'record', record: intent }, { kind: 'sync' });
}

/**
 * Claims that the device was commanded so before, or was found so to the last digit of its registers. A motor that has tripped reads
 * as if it had been commanded to stop: where it is read elsewhere than it is written, only what it was commanded counts. What it read as
 * before it was commanded something else says nothing.
 */
function isThere({ spec, state: { expected, sent } }: Turn, value: DeviceValue, reading: DeviceValue): boolean {
  if (expected === null) return false;
  const isTold = sent !== null && isSameValue(spec, sent.value, value);
  if (isSameValue(spec, reading, value)) return isTold || (sent === null && isReadWhereWritten(spec));
  return isTold && isReached(spec, reading, value);
}

/** A small change is not worth a write; the ends of the range are always reached. What people and safety want is exact. */
function isWithinDeadband({ spec, state: { expected } }: Turn, { term, value }: CommandRecord): boolean {
  const { deadband } = spec;
  if (deadband === undefined || term === null || typeof value !== 'number' || typeof expected !== 'number') return false;
  const range = toValueRange(spec);
  return value !== range?.min && value !== range?.max && Math.abs(value - expected) < deadband;
}

/** The request ends without a write: the device stays as it is. */
const confirmAsIs = (turn: Turn, record: CommandRecord, reading: DeviceValue): Turn =>
  endCommand(turn, record, 'confirmed', reasonOf('command/within-deadband', { because: record.why }), reading);

/** The device itself says that it is as requested. */
export function confirm(turn: Turn, record: CommandRecord, value: DeviceValue): Turn {
  // A relay that is stuck at off is safe by chance: it does as commanded when it reaches what it would not take.
  const { unreached, flight } = turn.state;
  const isProven = flight.kind !== 'rest' && (!isIssuedByHub(record) || (unreached !== null && isSameValue(turn.spec, unreached, value)));
  const { by, why, cause } = record;
  const read = change(withReading(turn, value), {
    expected: record.value,
    flight: { kind: 'rest' },
    silentSinceUp: null,
    movingUntilUp: 0,
    proof: { value: record.value, by, why, cause },
  });
  const ended = clear(endCommand(read, record, 'confirmed', record.why, value), isProven ? passingAlarms : answeringAlarms);
  return isIssuedByHub(record) ? reportSafe(ended, record, value) : ended;
}

/** Beside what the hub has done stands the request, if one waits for interlocks. */
function reportSafe(turn: Turn, { why }: CommandRecord, value: DeviceValue): Turn {
  const { restriction, nextRequest, standing } = turn.state;
  const request = nextRequest?.op === 'set' ? nextRequest : standing;
  const isOverridden = restriction?.kind === 'override';
  if (isOverridden && request === null) return turn;
  if (restriction === null || request === null) return say(turn, { phase: 'safe', value, why });
  return say(
    turn,
    { phase: 'held', value: request.value, why, untilUp: restriction.untilUp },
    request === nextRequest ? request : undefined,
  );
}

/** Notes what the device said, and when it started or stopped. */
export function withReading(turn: Turn, value: DeviceValue): Turn {
  const { switched } = turn.state;
  const isRunning = isRunningAs(turn.spec, value);
  const runs = noteRun(turn.state.runs, isRunning, turn.now.up, turn.spec);
  if (switched?.isOn === isRunning) return change(turn, { reading: value, runs });
  return change(turn, { reading: value, runs, switched: { isOn: isRunning, up: turn.now.up } });
}

/** A pulse counts as a run of no length: the pause after it and the starts within an hour count from it. */
export const notePulse = (turn: Turn): Turn => (turn.spec.kind === 'momentary' ? withReading(withReading(turn, true), false) : turn);

/** What a device should be, what it was read as, and since when that has been known. */
export const toDifference = ({ now }: Pick<Turn, 'now'>, read: DeviceValue, expected: DeviceValue) =>
  ({ expected, read, since: now.at }) as const;
