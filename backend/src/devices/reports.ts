import { reasonOf, type DeviceValue, type Reason, type Remedy } from '@phloem/protocol';
import type { ReadBackOutcome } from '../field/field-port.ts';
import type { DeviceSpec } from '../site/site.ts';
import { isReached, isSameValue, toSettleMs } from './device-value.ts';
import { enterFailSafe, wantSafe } from './fail-safe.ts';
import { commandByHub } from './hub-command.ts';
import { confirm, toDifference, withReading } from './proceed.ts';
import { change, clear, raise, say, type Turn } from './turn.ts';

/** A device that changes by itself this often, each time within a minute of the last, is not fought any longer. */
const maxUnsolicited = 3;
const unsolicitedWithinMs = 60_000;

/** Whatever fights for it switches it too: the more often that was, the longer it is left, so that no relay chatters. */
const toRestMs = (count: number): number => (count <= maxUnsolicited ? 0 : Math.min(60_000, 1000 * 2 ** (count - maxUnsolicited)));

/** How long a device may be silent before that is said: three polls, at least 5 s, as for a point. */
export const toSilenceMs = ({ pollMs }: Pick<DeviceSpec, 'pollMs'>): number => Math.max(5000, 3 * pollMs);

/** A poll of the device. While a command is on its way the read-back alone counts; a hub that goes down looks no more. */
export function applyReport(turn: Turn, outcome: ReadBackOutcome): Turn {
  const { flight, isDraining } = turn.state;
  if (isDraining) return turn;
  if (flight.kind === 'ramping' && outcome.kind === 'value') return withReading(turn, outcome.value);
  if (flight.kind !== 'rest' && flight.kind !== 'pausing') return turn;
  if (outcome.kind === 'unplaced') return noteUnplaced(turn, outcome.why);
  return outcome.kind === 'silent' ? noteSilence(turn, outcome) : noteValue(turn, outcome.value);
}

/** Says, once, that the device gives no value any more; what it said last is no news then. */
export function noteSilence(turn: Turn, { why: cause, isAnswered }: Extract<ReadBackOutcome, { kind: 'silent' }>): Turn {
  const { alarms, silentSinceUp } = turn.state;
  const since = silentSinceUp ?? turn.now.up;
  const noted = change(turn, { silentSinceUp: since });
  if (alarms.includes('silent') || turn.now.up - since < toSilenceMs(turn.spec)) return noted;
  const at = turn.now.at - (turn.now.up - since);
  const why = reasonOf('device/silent', { since: at, isAnswered: isAnswered === true, because: cause });
  return say(raise(change(noted, { reading: null }), 'silent', why), { phase: 'unknown', value: null, why });
}

/** It answers, but nobody knows where it stands: said once. Where that was known, or was asked for in vain, it is asked for again. */
export function noteUnplaced(turn: Turn, why: Reason): Turn {
  const { reading, shown, expected, flight } = turn.state;
  const heard = clear(change(turn, { reading: null, expected: null, silentSinceUp: null, proof: null }), ['silent']);
  const said = reading === null && shown?.phase === 'unknown' ? heard : say(heard, { phase: 'unknown', value: null, why });
  return expected === null || flight.kind !== 'rest' ? said : putRight(said, why);
}

/** A poll that sees the pulse of just now sees no other: its run goes on. */
function withSeenPulse(turn: Turn, value: DeviceValue): Turn {
  const { spec, state, now } = turn;
  const last = state.runs.at(-1);
  if (spec.kind !== 'momentary' || value !== true || last === undefined || last.endUp === null) return turn;
  if (now.up - last.endUp > spec.pollMs + toSettleMs(spec)) return turn;
  const { startUp } = last;
  return change(turn, { runs: [...state.runs.slice(0, -1), { startUp, endUp: null }], switched: { isOn: true, up: startUp } });
}

function noteValue(turn: Turn, value: DeviceValue): Turn {
  const { expected, flight, reading, shown, movingUntilUp } = turn.state;
  const heard = clear(change(withReading(withSeenPulse(turn, value), value), { silentSinceUp: null }), ['silent']);
  if (flight.kind === 'pausing') {
    return isReached(turn.spec, value, flight.record.value) ? confirm(heard, flight.record, value) : heard;
  }
  // What resets itself is no device that changed by itself.
  if (turn.spec.kind === 'momentary') {
    if (shown?.phase === 'unknown') return reportAnswer(clear(heard, ['unknown']), value);
    // A hub that starts within a pulse finds the device on.
    return shown?.reading === true && value === false ? say(heard, { phase: 'confirmed', value, why: reasonOf('pulse/over') }) : heard;
  }
  if (expected !== null && !isReached(turn.spec, value, expected)) {
    return turn.now.up < movingUntilUp ? heard : noteUnsolicited(heard, value, expected);
  }
  const isNews = expected === null && turn.now.up >= movingUntilUp && (reading === null || !isSameValue(turn.spec, reading, value));
  if (shown?.phase !== 'unknown' && !isNews) return heard;
  return reportAnswer(clear(heard, ['unknown']), value);
}

/** It answers again. Who made it so is said again, where it is still so: an outage of the line is no cause of a state. */
function reportAnswer(turn: Turn, value: DeviceValue): Turn {
  const { mode, proof } = turn.state;
  const phase = mode.kind === 'free' ? 'confirmed' : 'safe';
  if (proof === null || !isReached(turn.spec, value, proof.value)) return say(turn, { phase, value, why: reasonOf('device/answers') });
  return say(turn, { phase, value, why: proof.why, by: proof.by, cause: proof.cause });
}

/** It changed by itself: said at once; then what should be is written again, as a command of the hub. */
function noteUnsolicited(turn: Turn, value: DeviceValue, expected: DeviceValue): Turn {
  const difference = toDifference(turn, value, expected);
  const told = reasonOf('device/unsolicited-change', { ...difference, remedy: toRemedy(turn) });
  const said = say(raise(change(turn, { expected: value, sent: null, proof: null }), 'discrepancy', told), {
    phase: 'discrepancy',
    value,
    why: told,
  });
  return putRight(said, reasonOf('device/unsolicited-change', { ...difference, isRepeated: true }));
}

/** What should be is written again; not for ever where something fights for the device: then `why` is why it goes to its safe state. */
function putRight(said: Turn, why: Reason): Turn {
  const { mode, standing, nextRequest, restriction, unsolicited } = said.state;
  // What interlocks leave is written again, however often.
  if (restriction !== null && restriction.kind !== 'override') return said;
  const { up, liveTerm } = said.now;
  const count = up - unsolicited.up <= unsolicitedWithinMs + toRestMs(unsolicited.count) ? unsolicited.count + 1 : 1;
  const counted = change(said, { unsolicited: { count, up }, restUntilUp: up + toRestMs(count) });
  if (restriction !== null) return counted;
  if (mode.kind === 'safe') return wantSafe(counted, mode.value, mode.why);
  if (mode.kind !== 'free' || nextRequest !== null || standing === null || standing.term !== liveTerm) return said;
  if (count >= maxUnsolicited) return enterFailSafe(counted, why, up);
  const [commanded, record] = commandByHub(counted, { value: standing.value, why: standing.why, term: standing.term });
  return change(commanded, { nextRequest: record, heldUntilUp: null });
}

/** What is done about a device that changed by itself. */
const toRemedy = ({ state: { mode, standing, nextRequest, restriction }, now }: Turn): Remedy => {
  if (restriction !== null) return { kind: 'above', because: restriction.why };
  if (mode.kind === 'safe') return { kind: 'safe-state' };
  if (mode.kind === 'holding') return { kind: 'left' };
  const isRequested = nextRequest === null && standing !== null && standing.term === now.liveTerm;
  return { kind: isRequested ? 'corrected' : 'next-request' };
};
