import { reasonOf, textReason, type DeviceValue, type Reason, type Remedy } from '@phloem/protocol';
import type { ReadBackOutcome, WriteOutcome } from '../field/field-port.ts';
import type { CommandRecord } from '../store/hub-store.ts';
import { toSlewed } from '@phloem/rules';
import { isIssuedByHub, type Sent, type Verifying } from './device-machine.ts';
import { isTakenByHand } from './guard-from-above.ts';
import { isReached, isSameValue, toSettleMs } from './device-value.ts';
import { enterFailSafe } from './fail-safe.ts';
import { isOvertaken, isWantedByHub, leave } from './overtaken.ts';
import { confirm, notePulse, toDifference, withReading } from './proceed.ts';
import { change, emit, endCommand, raise, say, appendAside, type CommandEnd, type Turn } from './turn.ts';

/** A write and two retries (DE6). */
export const maxAttempts = 3;
/** Within this time after a write the device has to say that it is as written (DE6). */
export const readBackWithinMs = 1000;
const readBackEveryMs = 200;
const firstPauseMs = 1000;
const progressMs = 5000;
const longestPauseMs = 60_000;

/** INTENT is on disk. The term is asked again: this is the check that counts, with the one on the bus (CO4). */
export function applySynced(turn: Turn): Turn {
  const { flight, mode, nextRequest, isDraining, restriction } = turn.state;
  if (flight.kind !== 'syncing') return turn;
  const { record } = flight;
  const taken = toTaken(turn, record);
  if (taken !== null) return rest(turn, record, record.op === 'set' ? 'superseded' : 'cancelled', taken);
  if (isIssuedByHub(record)) {
    if (!isWantedByHub(turn, record)) return rest(turn, record, 'superseded', restriction?.why ?? reasonOf('fail-safe/released'));
  } else {
    if (isDraining) return rest(turn, record, 'cancelled', reasonOf('hub/draining', { before: 'written' }));
    if (mode.kind !== 'free') return rest(turn, record, 'cancelled', reasonOf('fail-safe/interrupted'));
    if (turn.now.liveTerm !== record.term) return rest(turn, record, 'cancelled', reasonOf('command/lease-ended', { before: 'written' }));
    if (nextRequest !== null && record.op === 'set') {
      return rest(turn, record, 'superseded', reasonOf('command/superseded', { before: 'written' }));
    }
  }
  return write(turn, record, 1);
}

export function applyWritten(turn: Turn, outcome: WriteOutcome): Turn {
  const { flight } = turn.state;
  if (flight.kind !== 'writing') return turn;
  const { record, attempt, value, following } = flight;
  if (following !== null) return follow(turn, following, outcome);
  const isUntouched = attempt === 1 && (outcome.kind === 'withdrawn' || outcome.kind === 'refused');
  // Once something has gone out, nobody knows what the output is until it has been read.
  const written = isUntouched ? turn : change(turn, { expected: null });
  switch (outcome.kind) {
    case 'withdrawn':
      return applyWithdrawn(written, record);
    case 'refused':
      return applyRefused(written, record, attempt, outcome);
    case 'ambiguous':
      if (record.op === 'momentary')
        return endUnknown(notePulse(written), record, reasonOf('write/uncertain', { because: textReason(outcome.why) }));
      return verify(change(written, { sent: toUncertain(turn, value) }), record, attempt, false);
    case 'echoed':
      return applyEchoed(written, flight);
  }
}

function applyRefused(turn: Turn, record: CommandRecord, attempt: number, { why: words, isConfiguration = false }: Refused): Turn {
  const why = textReason(words);
  const raised = raise(turn, 'failed', why);
  if (isIssuedByHub(record) && record.op === 'set') return pauseSafe(raised, record, attempt, { why, isConfiguration });
  return rest(raised, record, 'failed', why);
}

function applyWithdrawn(turn: Turn, record: CommandRecord): Turn {
  const taken = toTaken(turn, record);
  if (taken !== null && record.op === 'set') return rest(turn, record, 'superseded', taken);
  if (turn.state.isDraining) return rest(turn, record, 'cancelled', reasonOf('hub/draining', { before: 'written' }));
  if (isIssuedByHub(record)) return rest(turn, record, 'superseded', reasonOf('command/superseded', { before: 'written' }));
  return rest(turn, record, 'cancelled', taken ?? reasonOf('command/lease-ended', { before: 'written' }));
}

type Refused = Extract<WriteOutcome, { readonly kind: 'refused' }>;
type Writing = Extract<Turn['state']['flight'], { readonly kind: 'writing' }>;

function applyEchoed(turn: Turn, { record, attempt, value }: Writing): Turn {
  const { now, spec } = turn;
  const sent = change(turn, { sent: { value, up: now.up, between: null }, refreshUp: now.up + (spec.refresh ?? 0) });
  if (typeof value === 'number' && value !== record.value) {
    const ramping = { kind: 'ramping', record, attempt: 1, value, againUp: now.up + toStepMs(spec) } as const;
    return sent.state.isDraining ? leave(sent, ramping) : change(sent, { flight: ramping });
  }
  const noted = change(sent, { written: record.value });
  const entry = { phase: 'written', value: record.value, why: record.why } as const;
  // A retry says nothing new of how the device stands.
  const echoed = attempt === 1 ? say(noted, entry, record) : appendAside(noted, entry, record);
  // A momentary output falls back by itself: there is nothing to read back, and the echo is all the proof there is.
  return record.op === 'momentary' ? endPulse(rest(echoed, record, 'confirmed', record.why)) : verify(echoed, record, attempt, true);
}

/** A device that resets itself is at rest again, and has started once; a pulse on an ordinary relay lasts. */
const endPulse = (turn: Turn): Turn =>
  turn.spec.kind === 'momentary' ? say(notePulse(turn), { phase: 'confirmed', value: false, why: reasonOf('pulse/over') }) : turn;

/** The value was written again while the device moves toward it; whatever came of that, it is still followed. */
function follow(turn: Turn, following: Verifying, outcome: WriteOutcome): Turn {
  const { up } = turn.now;
  const isDone = outcome.kind === 'echoed';
  const refreshUp = up + (isDone ? (turn.spec.refresh ?? 0) : Math.min(1000, turn.spec.refresh ?? 1000));
  const { sent } = turn.state;
  // The device may have moved only now, so the next step of a ramp counts from here.
  const arrived = isDone && sent?.between ? { value: sent.value, up, between: null } : sent;
  return change(turn, { refreshUp, sent: arrived, flight: { ...following, isReading: false, againUp: up } });
}

export function applyReadBack(turn: Turn, outcome: ReadBackOutcome): Turn {
  const { flight } = turn.state;
  if (flight.kind !== 'verifying' || !flight.isReading) return turn;
  const { record, attempt } = flight;
  const isThere = outcome.kind === 'value' && isAsWritten(turn, flight, outcome.value);
  if (isThere) return confirm(turn, record, outcome.value);
  if (isOvertaken(turn, record) || isLeftBehind(turn, flight)) return leave(turn, flight);
  const seen = outcome.kind === 'value' ? noteProgress(turn, flight, outcome.value) : { turn, flight };
  const { deadlineUp } = seen.flight;
  if (turn.now.up < deadlineUp) {
    const againUp = Math.min(turn.now.up + toReadAgainMs(turn, seen.flight), deadlineUp);
    return change(reportProgress(seen.turn, record), { flight: { ...seen.flight, isReading: false, againUp } });
  }
  if (outcome.kind !== 'value') {
    const why = reasonOf('device/no-read-back', { because: outcome.why });
    const lost = change(turn, { reading: null });
    return isIssuedByHub(record) ? pauseSafe(raise(lost, 'silent', why), record, attempt, { why }) : endUnknown(lost, record, why);
  }
  if (!isIssuedByHub(record) && turn.now.liveTerm !== record.term)
    return rest(seen.turn, record, 'cancelled', reasonOf('command/lease-ended', { before: 'confirmed' }));
  if (attempt < maxAttempts && (isIssuedByHub(record) || !turn.state.isDraining)) return write(seen.turn, record, attempt + 1);
  return reportDiscrepancy(seen.turn, record, attempt, outcome.value);
}

/**
 * Claims that the hub goes down and does not wait for a device that follows slowly, nor for an actuator that it stops, nor for a
 * request where the last safe state is next. A safe state that a device takes at once is still tried again.
 */
function isLeftBehind({ spec, now, state: { isDraining, mode } }: Turn, { record, startUp }: Verifying): boolean {
  if (!isDraining || spec.threePoint !== undefined) return isDraining;
  if (mode.kind === 'safe' && mode.isFinal && !isIssuedByHub(record)) return true;
  return now.up - startUp > readBackWithinMs && (mode.kind !== 'safe' || toSettleMs(spec) > readBackWithinMs);
}

/** A write that may have been lost is only done when the device reads exactly so; one that was echoed, within the tolerance. */
const isAsWritten = ({ spec }: Turn, { record, isEchoed }: Verifying, read: DeviceValue): boolean =>
  isEchoed ? isReached(spec, read, record.value) : isSameValue(spec, read, record.value);

/** A device that comes nearer has all the time that it may take to follow, whichever write it was that moved it. */
function noteProgress(turn: Turn, flight: Verifying, read: DeviceValue): { readonly turn: Turn; readonly flight: Verifying } {
  const noted = withReading(turn, read);
  const { value } = flight.record;
  if (typeof read !== 'number' || typeof value !== 'number') return { turn: noted, flight };
  const distance = Math.abs(value - read);
  const isNearer = flight.distance !== null && distance < flight.distance - 1e-9;
  const deadlineUp = isNearer ? Math.max(flight.deadlineUp, flight.startUp + toSettleMs(turn.spec)) : flight.deadlineUp;
  return { turn: noted, flight: { ...flight, deadlineUp, distance: Math.min(distance, flight.distance ?? distance) } };
}

/** A long movement is reported now and then, so that people see how far it has come. */
function reportProgress(turn: Turn, record: CommandRecord): Turn {
  const { shown, reading } = turn.state;
  if (shown?.phase !== 'written' || typeof reading !== 'number' || turn.now.at - shown.since < progressMs) return turn;
  if (typeof shown.reading === 'number' && isReached(turn.spec, reading, shown.reading)) return turn;
  return say(turn, { phase: 'written', value: record.value, why: record.why }, record);
}

/** Often at first, then at the pace of what is slow. */
const toReadAgainMs = ({ spec, now }: Turn, { startUp }: Verifying): number =>
  now.up - startUp < readBackWithinMs ? readBackEveryMs : Math.max(readBackEveryMs, Math.min(1000, toSettleMs(spec) / 20));

/** Reads back again, takes the next step of a ramp, or writes a safe state again, when its time has come. */
export function wakeFlight(turn: Turn): Turn {
  const { flight, refreshUp, isDraining } = turn.state;
  const { up } = turn.now;
  if (flight.kind === 'ramping' && up >= flight.againUp) return write(turn, flight.record, flight.attempt);
  if (flight.kind === 'pausing' && up >= flight.againUp) return write(turn, flight.record, flight.attempt + 1);
  if (flight.kind !== 'verifying' || flight.isReading) return turn;
  const { record, attempt } = flight;
  if (turn.spec.refresh !== undefined && up >= refreshUp && !isDraining && !isOvertaken(turn, record)) {
    // What went out last, which may be a step of a ramp of which nobody knows whether it arrived.
    const value = turn.state.sent?.value ?? record.value;
    const writing = { kind: 'writing', record, attempt, value, following: flight } as const;
    return emit(change(turn, { flight: writing }), { kind: 'write', record, value });
  }
  return up < flight.againUp ? turn : emit(change(turn, { flight: { ...flight, isReading: true } }), { kind: 'read-back' });
}

/** Sends the value out, or on a ramp the next step toward it. */
function write(turn: Turn, record: CommandRecord, attempt: number): Turn {
  const value = toNextStep(turn, record);
  const isFirst = turn.state.flight.kind !== 'ramping' && value !== record.value;
  const told = isFirst ? reportRamp(turn, record) : turn;
  const { sent } = turn.state;
  // The time of the next step has not come: what went out last is not written again.
  if (value !== record.value && typeof value === 'number' && sent?.value === value) {
    const againUp = sent.up + toStepMs(turn.spec);
    if (turn.now.up < againUp) return change(told, { flight: { kind: 'ramping', record, attempt, value, againUp } });
  }
  return emit(change(told, { flight: { kind: 'writing', record, attempt, value, following: null } }), { kind: 'write', record, value });
}

/** How long one step of a ramp lasts: a second, or as long as the smallest step of the device takes. */
const toStepMs = ({ slewPerS, step }: Turn['spec']): number =>
  slewPerS === undefined || step === undefined ? 1000 : Math.max(1000, (step / slewPerS) * 1000);

/** Where a ramp begins: what went out last, else what the device was read as. */
const toRampStart = ({ sent, expected, reading }: Turn['state']): DeviceValue | null => sent?.value ?? expected ?? reading;

/** A write without an answer: the device has the value, or still has what it had before. */
function toUncertain({ state, now }: Turn, value: DeviceValue): Sent {
  const before = toRampStart(state);
  if (typeof value !== 'number' || typeof before !== 'number') return { value, up: now.up, between: null };
  const { low, high } = state.sent?.between ?? { low: before, high: before };
  return { value, up: now.up, between: { low: Math.min(low, value), high: Math.max(high, value) } };
}

/** What may go out now. An interlock and a safe state do not wait for a ramp; a person does. */
function toNextStep({ spec, state, now }: Turn, { value, term }: CommandRecord): DeviceValue {
  const { slewPerS, step } = spec;
  const from = toRampStart(state);
  const isCut = term === null && state.restriction?.kind !== 'override';
  if (slewPerS === undefined || isCut || typeof value !== 'number' || typeof from !== 'number') return value;
  const longest = toStepMs(spec);
  const ms = state.sent === null ? longest : Math.min(longest, now.up - state.sent.up);
  // Wherever the device is, the step is no longer than the rate allows.
  const { low, high } = state.sent?.between ?? { low: from, high: from };
  const next = value > from ? Math.max(from, toSlewed(low, value, slewPerS, ms)) : Math.min(from, toSlewed(high, value, slewPerS, ms));
  if (step === undefined || next === value) return next;
  const whole = Math.floor(Math.abs(next - from) / step + 1e-9) * step;
  return Number((from + Math.sign(value - from) * whole).toPrecision(12));
}

function reportRamp(turn: Turn, record: CommandRecord): Turn {
  const { spec, state, now } = turn;
  const from = toRampStart(state);
  if (typeof from !== 'number' || typeof record.value !== 'number' || spec.slewPerS === undefined) return turn;
  const untilUp = now.up + (Math.abs(record.value - from) / spec.slewPerS) * 1000;
  const perMinute = Number((spec.slewPerS * 60).toPrecision(6));
  const why = reasonOf('ramp/moving', { perMinute, until: now.at + (untilUp - now.up), because: record.why });
  return say(turn, { phase: 'held', value: record.value, why, untilUp }, record);
}

function verify(turn: Turn, record: CommandRecord, attempt: number, isEchoed: boolean): Turn {
  const { up } = turn.now;
  // The first write has all the time that the device may take; a repeated one has to show that something moves.
  const patience = isEchoed && attempt === 1 ? toSettleMs(turn.spec) : Math.min(readBackWithinMs, toSettleMs(turn.spec));
  const flight: Verifying = {
    kind: 'verifying',
    record,
    attempt,
    isReading: true,
    againUp: up,
    startUp: up,
    deadlineUp: up + patience,
    isEchoed,
    distance: null,
  };
  return emit(change(turn, { flight }), { kind: 'read-back' });
}

const rest = (turn: Turn, record: CommandRecord, end: CommandEnd, why: Reason): Turn =>
  endCommand(change(turn, { flight: { kind: 'rest' } }), record, end, why, end === 'unknown' ? null : record.value);

/** Nobody knows whether it was done. A `set` is what the next poll is compared with; a momentary is over. */
const endUnknown = (turn: Turn, record: CommandRecord, why: Reason): Turn =>
  rest(raise(record.op === 'set' ? change(turn, { expected: record.value }) : turn, 'unknown', why), record, 'unknown', why);

/** What takes the value of a command away, or null: interlocks and hands are asked again right before a write (DE3). */
const toTaken = ({ spec, now, state: { restriction } }: Turn, record: CommandRecord): Reason | null => {
  const left = now.restrict(record.value);
  if (!isSameValue(spec, left.value, record.value)) return left.why;
  return restriction !== null && isTakenByHand(spec, restriction, record) ? restriction.why : null;
};

/** After the retries the read-back still differs: the outcome is recorded, and the safe state follows (DE6). */
function reportDiscrepancy(turn: Turn, record: CommandRecord, attempt: number, read: DeviceValue): Turn {
  const difference = { ...toDifference(turn, read, record.value), writes: attempt };
  const why = reasonOf('device/discrepancy', difference);
  const { isDraining } = turn.state;
  const fallBack: Remedy = isDraining ? { kind: 'left' } : isIssuedByHub(record) ? { kind: 'retried' } : toFallBack(turn);
  const told = reasonOf('device/discrepancy', { ...difference, remedy: fallBack });
  const isNews = !turn.state.alarms.includes('discrepancy');
  const raised = raise(change(turn, { reading: read, expected: read, sent: null, unreached: record.value }), 'discrepancy', told);
  const said = isNews || !isIssuedByHub(record) ? say(raised, { phase: 'discrepancy', value: read, why: told }, record) : raised;
  if (isIssuedByHub(record)) return pauseSafe(said, record, attempt, { why });
  const failed = rest(said, record, 'failed', why);
  return isDraining ? failed : enterFailSafe(failed, why, turn.now.up);
}

/** What is done about a device that does not follow. */
const toFallBack = ({ spec: { failSafe, restart } }: Turn): Remedy => ({
  kind: 'fail-safe',
  value: 'value' in failSafe ? failSafe.value : null,
  isLatching: restart === 'manual',
});

type Failure = { readonly why: Reason; readonly isConfiguration?: boolean };

/**
 * A safe state is tried until it is confirmed, ever more seldom; at the end of the hub only once. What the unit refused as
 * a mistake of the configuration is not worth haste (FB8): once a minute.
 */
function pauseSafe(turn: Turn, record: CommandRecord, attempt: number, { why, isConfiguration = false }: Failure): Turn {
  const { mode, isDraining } = turn.state;
  if (isDraining) return rest(turn, record, turn.state.reading === null ? 'unknown' : 'failed', why);
  const pauseMs = isConfiguration ? longestPauseMs : Math.min(longestPauseMs, firstPauseMs * 2 ** Math.max(0, attempt - maxAttempts));
  const againUp = turn.now.up + pauseMs;
  const paused = change(turn, { flight: { kind: 'pausing', record, attempt, againUp } });
  const isSaid = turn.state.shown?.phase === 'discrepancy' || turn.state.shown?.phase === 'unknown';
  // The same is done for what an override or an interlock wants.
  const code = mode.kind === 'safe' ? 'safe-state/unconfirmed' : 'command/unconfirmed';
  return isSaid ? paused : say(paused, { phase: 'unknown', value: null, why: reasonOf(code, { because: why }) });
}
