import type { DeviceValue } from '@phloem/protocol';
import { endNextWish } from './authority.ts';
import { isLeftAlone } from './guard-from-above.ts';
import { wantByHub } from './hub-command.ts';
import { change, endCommand, raise, say, type Turn } from './turn.ts';

/** Without a valid renewal for `failSafe.after` the safe state takes over (LE4); a holding that has run out ends. */
export function guardByTime(turn: Turn): Turn {
  const { mode, coveredUp, isDraining } = turn.state;
  const { after } = turn.spec.failSafe;
  if (isDraining) return turn;
  if (mode.kind === 'free') {
    if (coveredUp === null) return enterFailSafe(turn, 'nobody commands it since the hub started', null);
    if (turn.now.up - coveredUp >= after) return enterFailSafe(turn, `no automation for ${after / 1000} s`, coveredUp + after);
  }
  if (mode.kind === 'holding' && turn.now.up >= mode.untilUp) {
    return toSafe(turn, { value: toLastResort(turn), why: 'left as it was for as long as it may be' });
  }
  return turn;
}

/**
 * Leaves the standing wish and takes the site's safe state. A safety stop: limits in time are not asked (DE2).
 * `fromUp`: since when a holding counts; null where nobody knows.
 */
export function enterFailSafe(turn: Turn, why: string, fromUp: number | null): Turn {
  const left = change(endNextWish(turn, 'voided', 'fail-safe came before it was written'), { standing: null, restUntilUp: 0 });
  const latched = turn.spec.comeBack === 'operator' ? raise(left, 'latched', `${why}; wishes wait until somebody acknowledges it`) : left;
  return takeSafeState(latched, why, fromUp);
}

/** Takes the safe state as the site says it: a value or, first, the output as it is. */
export function takeSafeState(turn: Turn, why: string, fromUp: number | null): Turn {
  const { failSafe } = turn.spec;
  if ('value' in failSafe) return toSafe(turn, { value: failSafe.value, why });
  const untilUp = fromUp === null ? 0 : fromUp + failSafe.maxHold;
  if (untilUp <= turn.now.up) return toSafe(turn, { value: failSafe.then, why });
  const holding = change(turn, { mode: { kind: 'holding', untilUp, value: null } });
  return say(holding, { phase: 'safe', value: turn.state.reading, why: `${why}; left as it is: ${failSafe.hold}`, untilUp });
}

/** The end of the hub, by Ctrl-C: every output goes to the value that may stay when nobody watches. */
export function driveSafe(turn: Turn): Turn {
  const why = 'the hub was stopped';
  const left = change(endNextWish(turn, 'voided', 'the hub was stopped before it was written'), { standing: null, isDraining: true });
  const { flight } = left.state;
  const rested =
    flight.kind === 'pausing' ? endCommand(change(left, { flight: { kind: 'rest' } }), flight.record, 'superseded', why) : left;
  return toSafe(rested, { value: toLastResort(rested), why, isFinal: true });
}

const toLastResort = ({ spec: { failSafe } }: Turn): DeviceValue => ('value' in failSafe ? failSafe.value : failSafe.then);

type Safe = { readonly value: DeviceValue; readonly why: string; readonly isFinal?: boolean };

function toSafe(turn: Turn, { value, why, isFinal = false }: Safe): Turn {
  return wantSafe(change(turn, { mode: { kind: 'safe', value, why, isFinal } }), value, why);
}

/** The safe value is next; where something above it leaves something else, it is theirs to say what is written. */
export function wantSafe(turn: Turn, value: DeviceValue, why: string): Turn {
  if (isLeftAlone(turn, value)) return wantByHub(turn, { value, why });
  const { restriction, override } = turn.state;
  if (restriction?.isByHand !== true || override === null) return turn;
  return say(turn, { phase: 'held', value, why: `${why}; ${restriction.why}`, untilUp: override.untilUp });
}
