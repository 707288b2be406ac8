import type { DeviceValue } from '@phloem/protocol';
import type { CommandRecord } from '../store/hub-store.ts';
import { isSafe, type Restriction } from './device-machine.ts';
import { isSameValue } from './device-value.ts';
import { commandByHub, wantByHub } from './hub-command.ts';
import { change, clear, emit, endCommand, raise, say, type Turn } from './turn.ts';

/**
 * Interlocks come before everything (DE1). What they leave of the state that would stand without them is written at
 * once, by the hub, and limits in time are not asked; the wish waits. When they let go it is written.
 */
export function guardByInterlocks(turn: Turn): Turn {
  const { mode, restriction, isDraining } = turn.state;
  if (mode.kind === 'starting' || (isDraining && mode.kind !== 'safe')) return turn;
  const base = toBase(turn);
  const { value, by, why, cause, isContradicted } = turn.now.restrict(base);
  const told = isContradicted ? raise(turn, 'contradicted', why) : clear(turn, ['contradicted']);
  if (isSameValue(turn.spec, value, base)) return restriction === null ? told : lift(told, restriction);
  const isSame = restriction !== null && isSameValue(turn.spec, restriction.value, value);
  const isNews = restriction === null || restriction.by.join() !== by.join();
  // A safe state is said, even where nothing has to be written. At the end of the hub a state is tried, and not for ever.
  const isDone = isUnderWay(told, value) ? isSame || mode.kind !== 'safe' : isSame && isDraining;
  const imposed = isDone ? change(told, { restriction: { base, value, by, why, cause } }) : impose(told, { base, value, by, why, cause });
  return holdWish(imposed, why, isNews);
}

/** What would stand without interlocks; where nobody wishes anything, what stood before they came. */
function toBase({ spec: { failSafe }, state }: Turn): DeviceValue {
  const { mode, nextWish, standing, restriction, expected, reading } = state;
  if (mode.kind === 'safe') return mode.value;
  const wish = mode.kind === 'free' ? (nextWish?.op === 'set' ? nextWish : standing) : null;
  if (wish !== null) return wish.value;
  return restriction?.base ?? expected ?? reading ?? ('value' in failSafe ? failSafe.value : failSafe.then);
}

/** Claims that the device is so already, as far as anybody knows, or that the hub is at it. */
function isUnderWay({ spec, state: { flight, nextSafe, expected } }: Turn, value: DeviceValue): boolean {
  const isIt = (record: CommandRecord | null): boolean => record !== null && isSafe(record) && isSameValue(spec, record.value, value);
  if (nextSafe !== null) return isIt(nextSafe);
  return flight.kind === 'rest' ? expected !== null && isSameValue(spec, expected, value) : isIt(flight.record);
}

function impose(turn: Turn, restriction: Restriction): Turn {
  return wantByHub(stopTrying(change(turn, { restriction }), restriction.why), restriction);
}

function lift(turn: Turn, { by }: Restriction): Turn {
  const why = `${by.join(', ')} is clear`;
  const { nextSafe, nextWish, standing, mode } = turn.state;
  const free = stopTrying(change(turn, { restriction: null }), why);
  const isNextSafe = nextSafe !== null && mode.kind === 'safe' && isSameValue(turn.spec, nextSafe.value, mode.value);
  const skipped = nextSafe === null || isNextSafe ? free : endCommand(change(free, { nextSafe: null }), nextSafe, 'superseded', why);
  if (mode.kind === 'safe') return isNextSafe ? skipped : wantByHub(skipped, mode);
  if (mode.kind !== 'free' || nextWish !== null || standing === null || standing.term !== turn.now.liveTerm) return skipped;
  const [commanded, record] = commandByHub(skipped, { value: standing.value, why: standing.why, term: standing.term });
  return change(commanded, { nextWish: record, heldUntilUp: null });
}

/** A state that could not be confirmed yet is not the one that is wanted any more. */
function stopTrying(turn: Turn, why: string): Turn {
  const { flight } = turn.state;
  return flight.kind === 'pausing' ? endCommand(change(turn, { flight: { kind: 'rest' } }), flight.record, 'superseded', why) : turn;
}

function holdWish(turn: Turn, why: string, isNews: boolean): Turn {
  const { nextWish, mode } = turn.state;
  if (mode.kind !== 'free' || nextWish === null || nextWish.op !== 'set' || (nextWish.stage === 'held' && !isNews)) return turn;
  const held = { ...nextWish, stage: 'held' } as const;
  const said = say(turn, { phase: 'held', value: held.value, why }, held);
  return emit(change(said, { nextWish: held, heldUntilUp: null }), { kind: 'record', record: held });
}
