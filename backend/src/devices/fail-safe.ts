import { reasonOf, type DeviceValue, type Reason } from '@phloem/protocol';
import { endNextRequest } from './authority.ts';
import { isIssuedByHub } from './device-machine.ts';
import { isSameValue } from './device-value.ts';
import { isLeftAlone } from './guard-from-above.ts';
import { wantByHub } from './hub-command.ts';
import { change, endCommand, raise, say, type Turn } from './turn.ts';

/** Without a valid renewal for `failSafe.after` the safe state takes over (LE4); a holding that has run out ends. */
export function guardByTime(turn: Turn): Turn {
  const { mode, coveredUp, isDraining } = turn.state;
  const { after } = turn.spec.failSafe;
  if (isDraining) return turn;
  if (mode.kind === 'free') {
    if (coveredUp === null) return enterFailSafe(turn, reasonOf('fail-safe/not-commanded'), null);
    if (turn.now.up - coveredUp >= after)
      return enterFailSafe(turn, reasonOf('fail-safe/no-automation', { afterMs: after }), coveredUp + after);
  }
  if (mode.kind === 'holding' && turn.now.up >= mode.untilUp) {
    return toSafe(turn, { value: toLastResort(turn), why: reasonOf('fail-safe/hold-over') });
  }
  return turn;
}

/**
 * Leaves the standing request and takes the site's safe state. A safety stop: limits in time are not asked (DE2).
 * `fromUp`: since when a holding counts; null where nobody knows.
 */
export function enterFailSafe(turn: Turn, why: Reason, fromUp: number | null): Turn {
  const left = change(endNextRequest(turn, 'cancelled', reasonOf('fail-safe/interrupted')), { standing: null, restUntilUp: 0 });
  const latched = turn.spec.restart === 'manual' ? raise(left, 'latched', reasonOf('fail-safe/latched', { because: why })) : left;
  return takeSafeState(latched, why, fromUp);
}

/** Takes the safe state as the site says it: a value or, first, the output as it is. */
export function takeSafeState(turn: Turn, why: Reason, fromUp: number | null): Turn {
  const { failSafe } = turn.spec;
  if ('value' in failSafe) return toSafe(turn, { value: failSafe.value, why });
  const untilUp = fromUp === null ? 0 : fromUp + failSafe.maxHold;
  if (untilUp <= turn.now.up) return toSafe(turn, { value: failSafe.then, why });
  const holding = change(turn, { mode: { kind: 'holding', untilUp, value: null } });
  const left = reasonOf('fail-safe/holding', { because: why, note: failSafe.hold });
  return say(holding, { phase: 'safe', value: turn.state.reading, why: left, untilUp });
}

/** The end of the hub, by Ctrl-C: every output goes to the value that may stay when nobody watches. */
export function driveSafe(turn: Turn): Turn {
  const why = reasonOf('hub/stopped');
  const left = change(endNextRequest(turn, 'cancelled', reasonOf('hub/stopped', { before: 'written' })), {
    standing: null,
    isDraining: true,
  });
  const { flight } = left.state;
  const rested =
    flight.kind === 'pausing' ? endCommand(change(left, { flight: { kind: 'rest' } }), flight.record, 'superseded', why) : left;
  const last = { value: toLastResort(rested), why, isFinal: true };
  // There is no time to start again with what is on its way already.
  return isOnItsWay(rested, last.value) ? change(rested, { mode: { kind: 'safe', ...last } }) : toSafe(rested, last);
}

/** Claims that the hub has begun by itself to make the device so, and nothing else is next. */
const isOnItsWay = ({ spec, state: { flight, nextHubCommand, restriction } }: Turn, value: DeviceValue): boolean =>
  'record' in flight &&
  isIssuedByHub(flight.record) &&
  isSameValue(spec, flight.record.value, value) &&
  nextHubCommand === null &&
  restriction === null;

const toLastResort = ({ spec: { failSafe } }: Turn): DeviceValue => ('value' in failSafe ? failSafe.value : failSafe.then);

type Safe = { readonly value: DeviceValue; readonly why: Reason; readonly isFinal?: boolean };

function toSafe(turn: Turn, { value, why, isFinal = false }: Safe): Turn {
  return wantSafe(change(turn, { mode: { kind: 'safe', value, why, isFinal } }), value, why);
}

/** The safe value is next; where something above it leaves something else, it is theirs to say what is written. */
export function wantSafe(turn: Turn, value: DeviceValue, why: Reason): Turn {
  if (isLeftAlone(turn, value)) return wantByHub(turn, { value, why });
  const { restriction, override } = turn.state;
  if (restriction?.kind !== 'override' || override === null) return turn;
  const held = reasonOf('fail-safe/overridden', { because: why, override: restriction.why });
  return say(turn, { phase: 'held', value, why: held, untilUp: override.untilUp });
}
