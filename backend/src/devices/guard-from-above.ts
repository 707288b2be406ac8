import type { DeviceValue } from '@phloem/protocol';
import type { DeviceSpec } from '../site/site.ts';
import type { CommandRecord } from '../store/hub-store.ts';
import { isSafe, type Restriction } from './device-machine.ts';
import { isSameValue } from './device-value.ts';
import { commandByHub, wantByHub } from './hub-command.ts';
import { tellOverride, toPerson } from './override.ts';
import { change, clear, emit, endCommand, raise, say, type Turn } from './turn.ts';

/**
 * Interlocks come before everything, and an operator's override before all but them (DE1). What these leave of the
 * state that would stand without them is written at once, by the hub; the wish waits. When they let go it is written.
 * Limits in time are not asked by an interlock; they hold a start by hand, and no stop.
 */
export function guardFromAbove(turn: Turn): Turn {
  const { mode, restriction, isDraining } = turn.state;
  if (mode.kind === 'starting' || (isDraining && mode.kind !== 'safe')) return turn;
  const base = toBase(turn);
  const { imposed, isContradicted, why } = toImposed(turn, base);
  const told = isContradicted ? raise(turn, 'contradicted', why) : clear(turn, ['contradicted']);
  if (imposed === null) return restriction === null ? told : lift(told, restriction);
  const { value } = imposed;
  const isSame = restriction !== null && isSameValue(turn.spec, restriction.value, value);
  const isNews = restriction === null || restriction.by.join() !== imposed.by.join();
  // A safe state is said, even where nothing has to be written, and so is a hand on the device. At the end of the hub a
  // state is tried, and not for ever.
  const isToBeSaid = mode.kind === 'safe' ? !isSame : imposed.isByHand && isNews;
  const isDone = isUnderWay(told, value) ? !isToBeSaid : isSame && isDraining;
  return holdWish(isDone ? change(told, { restriction: imposed }) : impose(told, imposed), imposed.why, isNews);
}

/** What interlocks and an override make of a value; null where they leave it as it is. */
function toImposed(turn: Turn, base: DeviceValue): { imposed: Restriction | null; isContradicted: boolean; why: string } {
  const override = toHand(turn);
  const wanted = override?.value ?? base;
  const { value, by, why, cause, isContradicted } = turn.now.restrict(wanted);
  if (!isSameValue(turn.spec, value, wanted)) {
    const imposed = { base, value, by, why, cause, isByHand: false, over: `${by.join(', ')} is clear` };
    return { imposed, isContradicted, why };
  }
  if (override === null) return { imposed: null, isContradicted, why };
  const { cause: entry } = override;
  const over = `the override by ${toPerson(override.by)} is over`;
  const told = tellOverride(turn, override);
  return {
    imposed: { base, value, by: [`override ${entry.lsn}`], why: told, cause: entry, isByHand: true, over },
    isContradicted,
    why,
  };
}

/** The override that counts: when the hub ends, its outputs go to where they may stay, and nobody's hand is on them. */
const toHand = ({ state: { override, mode } }: Turn) => (mode.kind === 'safe' && mode.isFinal ? null : override);

/** Claims that nothing above takes the place of a safe state, so that it may be written. */
export const isLeftAlone = (turn: Turn, value: DeviceValue): boolean => toImposed(turn, value).imposed === null;

/** Claims that an operator's hand wants something else than a wish does. */
export const isTakenByHand = (spec: DeviceSpec, restriction: Restriction | null, record: CommandRecord): boolean =>
  !isSafe(record) && restriction?.isByHand === true && !isSameValue(spec, restriction.value, record.value);

/** What would stand if nobody came from above; where nobody wishes anything, what stood before they came. */
function toBase({ spec: { failSafe }, state }: Turn): DeviceValue {
  const { mode, nextWish, standing, restriction, expected, reading } = state;
  if (mode.kind === 'safe') return mode.value;
  if (mode.kind === 'holding' && mode.value !== null) return mode.value;
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

function lift(turn: Turn, { over: why, base }: Restriction): Turn {
  const { nextSafe, nextWish, standing, mode } = turn.state;
  const free = stopTrying(change(turn, { restriction: null }), why);
  const isNextSafe = nextSafe !== null && mode.kind === 'safe' && isSameValue(turn.spec, nextSafe.value, mode.value);
  const skipped = nextSafe === null || isNextSafe ? free : endCommand(change(free, { nextSafe: null }), nextSafe, 'superseded', why);
  if (mode.kind === 'safe') return isNextSafe ? skipped : wantByHub(skipped, mode);
  // Left as it was means as it was before they came.
  if (mode.kind === 'holding') return wantByHub(change(skipped, { mode: { ...mode, value: base } }), { value: base, why });
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
  const { nextWish, mode, restriction, override } = turn.state;
  if (mode.kind !== 'free' || nextWish === null || nextWish.op !== 'set' || (nextWish.stage === 'held' && !isNews)) return turn;
  const held = { ...nextWish, stage: 'held' } as const;
  const untilUp = restriction?.isByHand === true ? (override?.untilUp ?? null) : null;
  const said = say(turn, { phase: 'held', value: held.value, why, untilUp }, held);
  return emit(change(said, { nextWish: held, heldUntilUp: null }), { kind: 'record', record: held });
}
