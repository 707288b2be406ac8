import type { ReadBackOutcome } from '../field/field-port.ts';
import type { CommandRecord } from '../store/hub-store.ts';
import { isLatched, answeringAlarms, type DeviceMachine } from './device-machine.ts';
import { isOn, isSameValue } from './device-value.ts';
import { takeSafeState } from './fail-safe.ts';
import { noteSilence } from './reports.ts';
import { change, clear, emit, endCommand, raise, say, type Turn } from './turn.ts';

const readAgainMs = 1000;

/** The hub has started: what was accepted and not begun is void, since its lease is gone; the output is read first (DE5). */
export function takeStart(turn: Turn, open: readonly CommandRecord[]): Turn {
  const { mode } = turn.state;
  if (mode.kind !== 'starting' || mode.isReading) return turn;
  const unsettled = open.filter(({ stage }) => stage === 'intent');
  const voided = open
    .filter(({ stage }) => stage !== 'intent')
    .reduce((next, record) => endCommand(next, record, 'voided', 'the hub was restarted before it was written'), turn);
  return read(change(voided, { unsettled, shown: null }));
}

/** The first reading. An INTENT without an outcome is settled by it alone and never written again (CO5). */
export function takeStartReport(turn: Turn, outcome: ReadBackOutcome): Turn {
  if (outcome.kind === 'silent') return takeStartSilence(turn, outcome.why);
  const { value } = outcome;
  const settled = turn.state.unsettled.reduce(
    (next, record) => {
      if (record.op === 'momentary') return settleUnknown(next, record);
      return isSameValue(turn.spec, value, record.value)
        ? endCommand(next, record, 'confirmed', record.why, value)
        : endCommand(next, record, 'voided', 'the hub was restarted, and it had not been done');
    },
    clear(turn, answeringAlarms),
  );
  const free = change(settled, {
    mode: { kind: 'free' },
    unsettled: [],
    reading: value,
    expected: value,
    silentSinceUp: null,
    switched: toSwitched(turn, isOn(value)),
  });
  if (isLatched(free.state)) return takeSafeState(free, 'waits until somebody acknowledges it', free.state.coveredUp);
  return turn.state.nextWish === null ? say(free, { phase: 'confirmed', value, why: 'read when the hub started' }) : free;
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

function takeStartSilence(turn: Turn, why: string): Turn {
  const waiting = change(turn, { mode: { kind: 'starting', isReading: false, readAgainUp: turn.now.up + readAgainMs } });
  const noted = noteSilence(waiting, why);
  if (!noted.state.alarms.includes('silent')) return noted;
  return change(noted.state.unsettled.reduce(settleUnknown, noted), { unsettled: [] });
}

const settleUnknown = (turn: Turn, record: CommandRecord): Turn => {
  const why = 'the hub was restarted while it was written, and nobody knows whether it was done';
  return endCommand(raise(turn, 'unknown', why), record, 'unknown', why, null);
};
