import { reasonOf, type DeviceValue, type Reason } from '@phloem/protocol';
import { noteRun } from '@phloem/rules';
import type { ReadBackOutcome } from '../field/field-port.ts';
import type { CommandRecord } from '../store/hub-store.ts';
import { isLatched, answeringAlarms, type DeviceMachine } from './device-machine.ts';
import { isReached, isRunningAs } from './device-value.ts';
import { takeSafeState } from './fail-safe.ts';
import { notePulse } from './proceed.ts';
import { noteSilence, noteUnplaced } from './reports.ts';
import { change, clear, emit, endCommand, raise, say, type Turn } from './turn.ts';

type Silent = Extract<ReadBackOutcome, { readonly kind: 'silent' }>;

const readAgainMs = 1000;

/** The hub has started: what was accepted and not begun is void, since its lease is gone; the output is read first (DE5). */
export function applyStart(turn: Turn, open: readonly CommandRecord[]): Turn {
  const { mode } = turn.state;
  if (mode.kind !== 'starting' || mode.isReading) return turn;
  const unsettled = open.filter(({ stage }) => stage === 'intent');
  const cancelled = open
    .filter(({ stage }) => stage !== 'intent')
    .reduce((next, record) => endCommand(next, record, 'cancelled', reasonOf('hub/restarted', { found: 'not-written' })), turn);
  return read(change(cancelled, { unsettled, shown: null }));
}

/** The first reading. An INTENT without an outcome is settled by it alone and never written again (CO5). */
export function applyStartReport(turn: Turn, outcome: ReadBackOutcome): Turn {
  if (outcome.kind === 'silent') return outcome.isAnswered === true ? applyStartUnusable(turn, outcome) : applyStartSilence(turn, outcome);
  if (outcome.kind === 'unplaced') return applyStartUnplaced(turn, outcome.why);
  const { value } = outcome;
  const settled = turn.state.unsettled.reduce(
    (next, record) => {
      if (record.op === 'momentary') return settleUnknown(next, record);
      return isReached(turn.spec, value, record.value)
        ? endCommand(next, record, 'confirmed', record.why, value)
        : endCommand(next, record, 'cancelled', reasonOf('hub/restarted', { found: 'not-done' }));
    },
    clear(turn, answeringAlarms),
  );
  const free = change(settled, {
    mode: { kind: 'free' },
    unsettled: [],
    reading: value,
    expected: value,
    silentSinceUp: null,
    switched: toSwitched(settled, isRunningAs(turn.spec, value)),
    runs: noteRun(settled.state.runs, isRunningAs(turn.spec, value), turn.now.up, turn.spec),
  });
  if (isLatched(free.state)) return takeSafeState(free, reasonOf('fail-safe/awaiting-operator'), free.state.coveredUp);
  return turn.state.nextRequest === null ? reportFound(free, value) : free;
}

/** It answers, and nobody knows where it stands: what was under way is void, and the first command finds it out. */
function applyStartUnplaced(turn: Turn, why: Reason): Turn {
  const settled = turn.state.unsettled.reduce(
    (next, record) => endCommand(next, record, 'cancelled', reasonOf('hub/restarted', { found: 'not-reached' })),
    clear(turn, answeringAlarms),
  );
  const free = noteUnplaced(change(settled, { mode: { kind: 'free' }, unsettled: [] }), why);
  return isLatched(free.state) ? takeSafeState(free, reasonOf('fail-safe/awaiting-operator'), free.state.coveredUp) : free;
}

/** A restart of the hub is no cause of a state either: who made it so is said again, where it is still so. */
function reportFound(turn: Turn, value: DeviceValue): Turn {
  const { proof } = turn.state;
  if (proof === null || !isReached(turn.spec, value, proof.value)) {
    return say(change(turn, { proof: null }), { phase: 'confirmed', value, why: reasonOf('device/found') });
  }
  return say(turn, { phase: 'confirmed', value, why: proof.why, by: proof.by, cause: proof.cause });
}

/** Since when it has been so. Where nobody knows, a compressor counts as just stopped (DE2). */
function toSwitched({ spec, state: { switched }, now }: Turn, isRunning: boolean): DeviceMachine['switched'] {
  const known = switched?.isOn === isRunning ? switched : { isOn: isRunning, up: null };
  return spec.protectCompressor === true && !isRunning && known.up === null ? { isOn: false, up: now.up } : known;
}

/** Asks again, as long as the device has not been read. */
export const readAgain = (turn: Turn): Turn => {
  const { mode, isDraining } = turn.state;
  return mode.kind === 'starting' && !mode.isReading && turn.now.up >= mode.readAgainUp && !isDraining ? read(turn) : turn;
};

const read = (turn: Turn): Turn =>
  emit(change(turn, { mode: { kind: 'starting', isReading: true, readAgainUp: turn.now.up } }), { kind: 'read' });

/**
 * It answers with what is no value of its own, such as 0 before it was ever written: it takes commands, and the first one
 * puts it right. A compressor counts as just stopped.
 */
function applyStartUnusable(turn: Turn, outcome: Silent): Turn {
  const { spec, state, now } = turn;
  const switched = spec.protectCompressor === true ? { isOn: false, up: now.up } : state.switched;
  const noted = noteSilence(change(turn, { mode: { kind: 'free' }, switched }), outcome);
  const free = settleUnread(noted);
  return isLatched(free.state) ? takeSafeState(free, reasonOf('fail-safe/awaiting-operator'), free.state.coveredUp) : free;
}

function applyStartSilence(turn: Turn, outcome: Silent): Turn {
  const waiting = change(turn, { mode: { kind: 'starting', isReading: false, readAgainUp: turn.now.up + readAgainMs } });
  const noted = noteSilence(waiting, outcome);
  if (!noted.state.alarms.includes('silent')) return noted;
  return settleUnread(noted);
}

/** Ends what was on its way before the start, where no reading can say what came of it. */
export const settleUnread = (turn: Turn): Turn => change(turn.state.unsettled.reduce(settleUnknown, turn), { unsettled: [] });

const settleUnknown = (turn: Turn, record: CommandRecord): Turn => {
  const why = reasonOf('hub/restarted', { found: 'unknown' });
  const counted = record.op === 'momentary' ? change(notePulse(turn), { reading: turn.state.reading }) : turn;
  return endCommand(raise(counted, 'unknown', why), record, 'unknown', why, null);
};
