import type { DeviceValue } from '@phloem/protocol';
import type { CommandRecord } from '../store/hub-store.ts';
import { endNextWish } from './authority.ts';
import { isSafe, answeringAlarms, passingAlarms } from './device-machine.ts';
import { isOn, isSameValue, toWord } from './device-value.ts';
import { toHold, toHubHold, type Hold } from './time-limits.ts';
import { change, clear, emit, endCommand, say, type Turn } from './turn.ts';

/** Begins what may begin: what the hub wants first, else the wish, unless an interlock or a limit holds it (DE1). */
export function proceed(turn: Turn): Turn {
  const { flight, mode, nextSafe, nextWish, restriction } = turn.state;
  if (flight.kind !== 'rest') return turn;
  if (nextSafe !== null) return proceedSafe(turn, nextSafe);
  if (nextWish === null || mode.kind !== 'free') return turn;
  if (nextWish.op === 'momentary') {
    const { value, why } = turn.now.restrict(nextWish.value);
    const taken = isSameValue(turn.spec, value, nextWish.value) ? (restriction?.isByHand === true ? restriction.why : null) : why;
    if (taken !== null) return endNextWish(turn, 'voided', `${taken}; a momentary command does not wait`);
  } else if (restriction !== null) return turn;
  const hold = toHold(turn.spec, turn.state.switched, nextWish.value, turn.now.up);
  if (hold !== null) return holdBack(turn, nextWish, hold);
  return begin(change(turn, { nextWish: null, heldUntilUp: null }), nextWish);
}

/** What the hub wants by itself waits for nothing but a compressor's rest, and for peace where something fights for it. */
function proceedSafe(turn: Turn, record: CommandRecord): Turn {
  const { mode, restUntilUp } = turn.state;
  const { up } = turn.now;
  const hold = toHubHold(turn.spec, turn.state, record.value, up);
  if (hold === null && restUntilUp <= up) return begin(change(turn, { nextSafe: null, safeHeldUntilUp: null }), record);
  // The hub ends: it cannot wait.
  if (mode.kind === 'safe' && mode.isFinal) {
    if (hold === null) return begin(change(turn, { nextSafe: null, safeHeldUntilUp: null }), record);
    return endCommand(
      change(turn, { nextSafe: null, safeHeldUntilUp: null }),
      record,
      'voided',
      `the hub ends before ${hold.limit} has passed`,
    );
  }
  const untilUp = Math.max(hold?.untilUp ?? 0, restUntilUp);
  if (record.stage === 'held' && turn.state.safeHeldUntilUp === untilUp) return turn;
  const held = { ...record, stage: 'held' } as const;
  const until = turn.now.toTimeText(turn.now.at + (untilUp - up));
  const why =
    hold === null ? `it changes by itself again and again; put right at ${until}` : `${record.why}; waits for ${hold.limit} until ${until}`;
  const said = say(turn, { phase: 'held', value: record.value, why, untilUp }, held);
  return emit(change(said, { nextSafe: held, safeHeldUntilUp: untilUp }), { kind: 'record', record: held });
}

function holdBack(turn: Turn, record: CommandRecord, { limit, untilUp }: Hold): Turn {
  if (turn.state.heldUntilUp === untilUp) return turn;
  const held = { ...record, stage: 'held' } as const;
  const until = turn.now.at + (untilUp - turn.now.up);
  const why = `waits for ${limit} until ${turn.now.toTimeText(until)}`;
  const said = say(turn, { phase: 'held', value: record.value, why, untilUp }, held);
  return emit(change(said, { nextWish: held, heldUntilUp: untilUp }), { kind: 'record', record: held });
}

/** What the device is known to be already is not written again (DE7); anything else becomes an INTENT. */
function begin(turn: Turn, record: CommandRecord): Turn {
  const { reading } = turn.state;
  if (record.op === 'set' && reading !== null && isSameValue(turn.spec, reading, record.value)) return confirm(turn, record, reading);
  const intent = { ...record, stage: 'intent' } as const;
  return emit(change(turn, { flight: { kind: 'syncing', record: intent } }), { kind: 'record', record: intent }, { kind: 'sync' });
}

/** The device itself says that it is as wished. */
export function confirm(turn: Turn, record: CommandRecord, value: DeviceValue): Turn {
  // A relay that is stuck at off is safe by chance: it does as it is told when it reaches what it would not take.
  const { unreached, flight } = turn.state;
  const isProven = flight.kind !== 'rest' && (!isSafe(record) || (unreached !== null && isSameValue(turn.spec, unreached, value)));
  const read = change(withReading(turn, value), { expected: value, flight: { kind: 'rest' }, silentSinceUp: null });
  const ended = clear(endCommand(read, record, 'confirmed', record.why, value), isProven ? passingAlarms : answeringAlarms);
  return isSafe(record) ? tellSafe(ended, record, value) : ended;
}

/** Beside what the hub has done stands the wish, if one waits for interlocks. */
function tellSafe(turn: Turn, { why }: CommandRecord, value: DeviceValue): Turn {
  const { restriction, nextWish, standing, override } = turn.state;
  const wish = nextWish?.op === 'set' ? nextWish : standing;
  const isByHand = restriction?.isByHand === true;
  if (isByHand && wish === null) return turn;
  if (restriction === null || wish === null) return say(turn, { phase: 'safe', value, why });
  const untilUp = isByHand ? (override?.untilUp ?? null) : null;
  return say(turn, { phase: 'held', value: wish.value, why, untilUp }, wish === nextWish ? wish : undefined);
}

/** Notes what the device said, and when it started or stopped. */
export function withReading(turn: Turn, value: DeviceValue): Turn {
  const { switched } = turn.state;
  if (switched?.isOn === isOn(value)) return change(turn, { reading: value });
  return change(turn, { reading: value, switched: { isOn: isOn(value), up: turn.now.up } });
}

/** What a device should be, what it was read as, and since when that has been known. */
export const toDifference = ({ now }: Pick<Turn, 'now'>, read: DeviceValue, wanted: DeviceValue): string =>
  `is to be ${toWord(wanted)}, but reads ${toWord(read)} since ${now.toTimeText(now.at)}`;
