import type { DeviceValue } from '@phloem/protocol';
import type { ReadBackOutcome } from '../field/field-port.ts';
import type { DeviceSpec } from '../site/site.ts';
import { isSameValue } from './device-value.ts';
import { enterFailSafe, wantSafe } from './fail-safe.ts';
import { commandByHub } from './hub-command.ts';
import { confirm, toDifference, withReading } from './proceed.ts';
import { change, clear, raise, say, type Turn } from './turn.ts';

/** A device that changes by itself this often, each time within a minute of the last, is not fought any longer. */
const maxStrays = 3;
const straysWithinMs = 60_000;

/** Whatever fights for it switches it too: the more often that was, the longer it is left, so that no relay chatters. */
const toRestMs = (count: number): number => (count <= maxStrays ? 0 : Math.min(60_000, 1000 * 2 ** (count - maxStrays)));

/** How long a device may be silent before that is said: three polls, at least 5 s, as for a point. */
export const toSilenceMs = ({ pollMs }: Pick<DeviceSpec, 'pollMs'>): number => Math.max(5000, 3 * pollMs);

/** A poll of the device. While a command is on its way the read-back alone counts; a hub that goes down looks no more. */
export function takeReport(turn: Turn, outcome: ReadBackOutcome): Turn {
  const { flight, isDraining } = turn.state;
  if (isDraining || (flight.kind !== 'rest' && flight.kind !== 'pausing')) return turn;
  return outcome.kind === 'silent' ? noteSilence(turn, outcome.why) : noteValue(turn, outcome.value);
}

/** Says, once, that the device does not answer any more; what it said last is no news then. */
export function noteSilence(turn: Turn, cause: string): Turn {
  const { alarms, silentSinceUp } = turn.state;
  const since = silentSinceUp ?? turn.now.up;
  const noted = change(turn, { silentSinceUp: since });
  if (alarms.includes('silent') || turn.now.up - since < toSilenceMs(turn.spec)) return noted;
  const at = turn.now.at - (turn.now.up - since);
  const why = `has not answered since ${turn.now.toTimeText(at)}: ${cause}`;
  return say(raise(change(noted, { reading: null }), 'silent', why), { phase: 'unknown', value: null, why });
}

function noteValue(turn: Turn, value: DeviceValue): Turn {
  const { expected, flight, reading, mode, shown } = turn.state;
  const heard = clear(change(withReading(turn, value), { silentSinceUp: null }), ['silent']);
  if (flight.kind === 'pausing') {
    return isSameValue(turn.spec, value, flight.record.value) ? confirm(heard, flight.record, value) : heard;
  }
  if (expected !== null && !isSameValue(turn.spec, value, expected)) return noteStray(heard, value, expected);
  const isNews = expected === null && (reading === null || !isSameValue(turn.spec, reading, value));
  if (shown?.phase !== 'unknown' && !isNews) return heard;
  return say(clear(heard, ['unknown']), { phase: mode.kind === 'free' ? 'confirmed' : 'safe', value, why: 'so it answers' });
}

/** It changed by itself: said at once; then what should be is written again, as a command of the hub. */
function noteStray(turn: Turn, value: DeviceValue, expected: DeviceValue): Turn {
  const why = `changed by itself: ${toDifference(turn, value, expected)}`;
  const told = `${why}; ${toRemedy(turn)}`;
  const said = say(raise(change(turn, { expected: value }), 'diverged', told), { phase: 'diverged', value, why: told });
  const { mode, standing, nextWish, restriction, strays } = said.state;
  // What interlocks leave is written again, however often.
  if (restriction?.isByHand === false) return said;
  const { up } = turn.now;
  const count = up - strays.up <= straysWithinMs + toRestMs(strays.count) ? strays.count + 1 : 1;
  const counted = change(said, { strays: { count, up }, restUntilUp: up + toRestMs(count) });
  if (restriction !== null) return counted;
  if (mode.kind === 'safe') return wantSafe(counted, mode.value, mode.why);
  if (mode.kind !== 'free' || nextWish !== null || standing === null || standing.term !== turn.now.liveTerm) return said;
  if (count >= maxStrays) return enterFailSafe(counted, `${why}, again and again`, up);
  const [commanded, record] = commandByHub(counted, { value: standing.value, why: standing.why, term: standing.term });
  return change(commanded, { nextWish: record, heldUntilUp: null });
}

/** What is done about a device that changed by itself. */
const toRemedy = ({ state: { mode, standing, nextWish, restriction }, now }: Turn): string => {
  if (restriction !== null) return `the hub puts it back: ${restriction.why}`;
  if (mode.kind === 'safe') return 'the hub puts it back into its safe state';
  if (mode.kind === 'holding') return 'the hub leaves it as it is, as its site says while nobody commands it';
  const isWished = nextWish === null && standing !== null && standing.term === now.liveTerm;
  return isWished ? 'the hub puts it back' : 'it waits for the next wish of its rule';
};
