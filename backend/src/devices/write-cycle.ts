import type { DeviceValue } from '@phloem/protocol';
import type { ReadBackOutcome, WriteOutcome } from '../field/field-port.ts';
import type { CommandRecord } from '../store/hub-store.ts';
import { isSafe } from './device-machine.ts';
import { isTakenByHand } from './guard-from-above.ts';
import { isSameValue, toWord } from './device-value.ts';
import { enterFailSafe } from './fail-safe.ts';
import { confirm, toDifference } from './proceed.ts';
import { change, emit, endCommand, raise, say, type CommandEnd, type Turn } from './turn.ts';

/** A write and two retries (DE6). */
export const maxAttempts = 3;
/** Within this time after a write the device has to say that it is as written (DE6). */
export const readBackWithinMs = 1000;
const readBackEveryMs = 200;
const firstPauseMs = 1000;
const longestPauseMs = 60_000;

/** INTENT is on disk. The term is asked again: this is the check that counts, with the one on the bus (CO4). */
export function takeSynced(turn: Turn): Turn {
  const { flight, mode, nextWish, isDraining, restriction } = turn.state;
  if (flight.kind !== 'syncing') return turn;
  const { record } = flight;
  const taken = toTaken(turn, record);
  if (taken !== null) return rest(turn, record, record.op === 'set' ? 'superseded' : 'voided', taken);
  if (isSafe(record)) {
    if (!isWantedByHub(turn, record)) return rest(turn, record, 'superseded', restriction?.why ?? 'a wish under a live lease came');
  } else {
    if (isDraining) return rest(turn, record, 'voided', 'the hub went down before it was written');
    if (mode.kind !== 'free') return rest(turn, record, 'voided', 'fail-safe came before it was written');
    if (turn.now.liveTerm !== record.term) return rest(turn, record, 'voided', 'its lease ended before it was written');
    if (nextWish !== null && record.op === 'set') {
      return rest(turn, record, 'superseded', 'a newer wish came before it was written');
    }
  }
  return write(turn, record, 1);
}

export function takeWritten(turn: Turn, outcome: WriteOutcome): Turn {
  const { flight } = turn.state;
  if (flight.kind !== 'writing') return turn;
  const { record, attempt } = flight;
  const isUntouched = attempt === 1 && (outcome.kind === 'withdrawn' || outcome.kind === 'refused');
  // Once something has gone out, nobody knows what the output is until it has been read.
  const written = isUntouched ? turn : change(turn, { reading: null, expected: null });
  switch (outcome.kind) {
    case 'withdrawn': {
      const taken = toTaken(turn, record);
      if (taken !== null && record.op === 'set') return rest(written, record, 'superseded', taken);
      if (isSafe(record)) return rest(written, record, 'superseded', 'something newer came before it was written');
      return rest(written, record, 'voided', taken ?? 'its lease ended before it was written');
    }
    case 'refused':
      if (isSafe(record)) return pauseSafe(raise(written, 'failed', outcome.why), record, attempt, outcome.why);
      return rest(raise(written, 'failed', outcome.why), record, 'failed', outcome.why);
    case 'ambiguous':
      if (record.op === 'momentary') return endUnknown(written, record, `${outcome.why}; it may have been done, and is not repeated`);
      return verify(written, record, attempt);
    case 'echoed':
      break;
  }
  const echoed = say(change(written, { written: record.value }), { phase: 'written', value: record.value, why: record.why }, record);
  // A momentary output falls back by itself: there is nothing to read back, and the echo is all the proof there is.
  if (record.op === 'momentary') return rest(echoed, record, 'confirmed', record.why);
  return verify(echoed, record, attempt);
}

export function takeReadBack(turn: Turn, outcome: ReadBackOutcome): Turn {
  const { flight } = turn.state;
  if (flight.kind !== 'verifying' || !flight.isReading) return turn;
  const { record, attempt, deadlineUp } = flight;
  if (outcome.kind === 'value' && isSameValue(turn.spec, outcome.value, record.value)) return confirm(turn, record, outcome.value);
  if (isOvertaken(turn, record)) return rest(turn, record, 'superseded', 'something newer came before it was confirmed');
  if (turn.now.up < deadlineUp) {
    const againUp = Math.min(turn.now.up + readBackEveryMs, deadlineUp);
    return change(turn, { flight: { ...flight, isReading: false, againUp } });
  }
  if (outcome.kind === 'silent') {
    const why = `written, but it did not answer: ${outcome.why}`;
    return isSafe(record) ? pauseSafe(raise(turn, 'silent', why), record, attempt, why) : endUnknown(turn, record, why);
  }
  if (!isSafe(record) && turn.now.liveTerm !== record.term) return rest(turn, record, 'voided', 'its lease ended before it was confirmed');
  if (attempt < maxAttempts && (isSafe(record) || !turn.state.isDraining)) return write(turn, record, attempt + 1);
  return diverge(turn, record, attempt, outcome.value);
}

/** Reads back again, or writes a safe state again, when its time has come. */
export function wakeFlight(turn: Turn): Turn {
  const { flight } = turn.state;
  if (flight.kind === 'verifying' && !flight.isReading && turn.now.up >= flight.againUp) {
    return emit(change(turn, { flight: { ...flight, isReading: true } }), { kind: 'read-back' });
  }
  if (flight.kind === 'pausing' && turn.now.up >= flight.againUp) return write(turn, flight.record, flight.attempt + 1);
  return turn;
}

const write = (turn: Turn, record: CommandRecord, attempt: number): Turn =>
  emit(change(turn, { flight: { kind: 'writing', record, attempt } }), { kind: 'write', record });

function verify(turn: Turn, record: CommandRecord, attempt: number): Turn {
  const { up } = turn.now;
  const flight = { kind: 'verifying', record, attempt, isReading: true, againUp: up, deadlineUp: up + readBackWithinMs } as const;
  return emit(change(turn, { flight }), { kind: 'read-back' });
}

const rest = (turn: Turn, record: CommandRecord, end: CommandEnd, why: string): Turn =>
  endCommand(change(turn, { flight: { kind: 'rest' } }), record, end, why, end === 'unknown' ? null : record.value);

/** Nobody knows whether it was done. A `set` is what the next poll is compared with; a momentary is over. */
const endUnknown = (turn: Turn, record: CommandRecord, why: string): Turn =>
  rest(raise(record.op === 'set' ? change(turn, { expected: record.value }) : turn, 'unknown', why), record, 'unknown', why);

/** Claims that the hub or a newer wish wants something else by now: what is on its way is not worth a retry. */
const isOvertaken = (turn: Turn, record: CommandRecord): boolean => {
  const { nextWish, nextSafe, mode, restriction } = turn.state;
  if (nextSafe !== null) return true;
  return isSafe(record) ? !isWantedByHub(turn, record) : mode.kind !== 'free' || nextWish !== null || restriction !== null;
};

/** Claims that a value of the hub's own is still the one: from above, else of fail-safe. */
const isWantedByHub = ({ spec, state: { mode, restriction } }: Pick<Turn, 'spec' | 'state'>, { value }: CommandRecord): boolean => {
  const wanted = restriction?.value ?? (mode.kind === 'safe' || mode.kind === 'holding' ? mode.value : null);
  return wanted !== null && isSameValue(spec, wanted, value);
};

/** Claims that a command that waits for the bus is still what is wanted, as far as the device's own state goes. */
export const isStillWanted = (device: Pick<Turn, 'spec' | 'state'>, record: CommandRecord): boolean =>
  isSafe(record) ? isWantedByHub(device, record) : !isTakenByHand(device.spec, device.state.restriction, record);

/** What takes the value of a command away, or null: interlocks and hands are asked again right before a write (DE3). */
const toTaken = ({ spec, now, state: { restriction } }: Turn, record: CommandRecord): string | null => {
  const left = now.restrict(record.value);
  if (!isSameValue(spec, left.value, record.value)) return left.why;
  return restriction !== null && isTakenByHand(spec, restriction, record) ? restriction.why : null;
};

/** After the retries it still says something else: that is said, and the safe state follows (DE6). */
function diverge(turn: Turn, record: CommandRecord, attempt: number, read: DeviceValue): Turn {
  const why = `${toDifference(turn, read, record.value)}, after ${attempt} writes`;
  const told = `${why}; ${isSafe(record) ? 'the hub writes it again and again until it is so' : toFallBack(turn)}`;
  const isNews = !turn.state.alarms.includes('diverged');
  const raised = raise(change(turn, { reading: read, unreached: record.value }), 'diverged', told);
  const said = isNews || !isSafe(record) ? say(raised, { phase: 'diverged', value: read, why: told }, record) : raised;
  if (isSafe(record)) return pauseSafe(said, record, attempt, why);
  return enterFailSafe(rest(said, record, 'failed', why), why, turn.now.up);
}

/** What is done about a device that does not follow. */
const toFallBack = ({ spec: { failSafe, comeBack } }: Turn): string => {
  const safe =
    'value' in failSafe ? `the hub writes its safe state, ${toWord(failSafe.value)}, until it is so` : 'the hub leaves it as it is';
  return comeBack === 'operator' ? `${safe}; rules may command it when somebody has acknowledged it` : safe;
};

/** A safe state is tried until it is confirmed, ever more seldom; at the end of the hub only once. */
function pauseSafe(turn: Turn, record: CommandRecord, attempt: number, why: string): Turn {
  const { mode } = turn.state;
  if (mode.kind === 'safe' && mode.isFinal) return rest(turn, record, turn.state.reading === null ? 'unknown' : 'failed', why);
  const againUp = turn.now.up + Math.min(longestPauseMs, firstPauseMs * 2 ** Math.max(0, attempt - maxAttempts));
  const paused = change(turn, { flight: { kind: 'pausing', record, attempt, againUp } });
  const isSaid = turn.state.shown?.phase === 'diverged' || turn.state.shown?.phase === 'unknown';
  // The same is done for what a hand or an interlock wants.
  const what = mode.kind === 'safe' ? 'safe state not confirmed' : 'not confirmed';
  return isSaid ? paused : say(paused, { phase: 'unknown', value: null, why: `${what}: ${why}` });
}
