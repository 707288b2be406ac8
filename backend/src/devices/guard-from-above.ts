import { reasonOf, toOffValue, type DeviceValue, type Reason } from '@phloem/protocol';
import type { DeviceSpec } from '../site/site.ts';
import type { CommandRecord } from '../store/hub-store.ts';
import { isIssuedByHub, type Restriction } from './device-machine.ts';
import { isReadWhereWritten, isSameValue } from './device-value.ts';
import { commandByHub, wantByHub } from './hub-command.ts';
import { toOverrideReason } from './override.ts';
import { toRest } from './time-limits.ts';
import { change, clear, emit, endCommand, raise, say, type Turn } from './turn.ts';

/**
 * Interlocks come before everything, and an operator's override before all but them (DE1). What these leave of the
 * state that would stand without them is written at once, by the hub; the request waits. When they release it, it is written.
 * Limits in time are not asked by an interlock; they hold a start manually, and no stop.
 */
export function guardFromAbove(turn: Turn): Turn {
  const { mode, restriction, isDraining } = turn.state;
  if (mode.kind === 'starting' || (isDraining && mode.kind !== 'safe')) return turn;
  const base = toBase(turn);
  const { imposed, isContradicted, why } = toImposed(turn, base);
  const told = isContradicted && why !== null ? raise(turn, 'contradicted', why) : clear(turn, ['contradicted']);
  if (imposed === null) return restriction === null ? told : lift(told, restriction);
  const { value } = imposed;
  const isSame = restriction !== null && isSameValue(turn.spec, restriction.value, value);
  const isNews = restriction === null || restriction.by.join() !== imposed.by.join();
  // A safe state is said, even where nothing has to be written, and so is an override of the device. At the end of the hub a
  // state is tried, and not for ever.
  const isReportable = mode.kind === 'safe' ? !isSame : imposed.kind === 'override' && isNews;
  const isDone = isUnderWay(told, value) ? !isReportable : isSame && isDraining;
  return holdRequest(isDone ? change(told, { restriction: imposed }) : impose(told, imposed), imposed.why, isNews);
}

/** What interlocks and an override make of a value; null where they leave it as it is. */
function toImposed(turn: Turn, base: DeviceValue): { imposed: Restriction | null; isContradicted: boolean; why: Reason | null } {
  const override = toHand(turn);
  const wanted = override?.value ?? base;
  const { value, by, why, cause, isContradicted } = turn.now.restrict(wanted);
  if (why !== null && !isSameValue(turn.spec, value, wanted)) {
    const imposed = {
      kind: 'interlock',
      untilUp: null,
      base,
      value,
      by,
      why,
      cause,
      over: reasonOf('interlock/clear', { interlocks: by }),
    } as const;
    return { imposed, isContradicted, why };
  }
  const rested = toRested(turn, base, wanted, override !== null);
  if (rested !== null) return { imposed: rested, isContradicted, why: rested.why };
  if (override === null) return { imposed: null, isContradicted, why };
  const { cause: entry } = override;
  const over = reasonOf('override/ended', { by: override.by });
  const told = toOverrideReason(turn, override);
  return {
    imposed: {
      kind: 'override',
      untilUp: override.untilUp,
      base,
      value,
      by: [`override ${entry.lsn}`],
      why: told,
      cause: entry,
      over,
    },
    isContradicted,
    why,
  };
}

/** A run that has lasted as long as it may ends, no matter who asks for it; a safe state alone goes before that. */
function toRested({ spec, state, now }: Turn, base: DeviceValue, wanted: DeviceValue, isOverridden: boolean): Restriction | null {
  const off = toOffValue(spec);
  if (off === null || (state.mode.kind === 'safe' && !isOverridden)) return null;
  const rest = toRest(spec, state, wanted, now.up);
  if (rest === null || !rest.isDue) return null;
  const why = reasonOf('limit/reached', { limit: rest.limit, until: now.at + (rest.untilUp - now.up) });
  return { kind: 'limit', untilUp: rest.untilUp, base, value: off, by: [rest.limit], why, cause: null, over: reasonOf('limit/over') };
}

/** The override that counts: when the hub ends, its outputs go to where they may stay, and nobody's hand is on them. */
const toHand = ({ state: { override, mode } }: Turn) => (mode.kind === 'safe' && mode.isFinal ? null : override);

/** Claims that nothing above takes the place of a safe state, so that it may be written. */
export const isLeftAlone = (turn: Turn, value: DeviceValue): boolean => toImposed(turn, value).imposed === null;

/** Claims that an operator's hand wants something else than a request does. */
export const isTakenByHand = (spec: DeviceSpec, restriction: Restriction | null, record: CommandRecord): boolean =>
  !isIssuedByHub(record) && restriction?.kind === 'override' && !isSameValue(spec, restriction.value, record.value);

/** What would stand if nobody came from above; where nobody requests anything, what stood before they came. */
function toBase({ spec: { failSafe }, state }: Turn): DeviceValue {
  const { mode, nextRequest, standing, restriction, expected, reading } = state;
  if (mode.kind === 'safe') return mode.value;
  if (mode.kind === 'holding' && mode.value !== null) return mode.value;
  const request = mode.kind === 'free' ? (nextRequest?.op === 'set' ? nextRequest : standing) : null;
  if (request !== null) return request.value;
  return restriction?.base ?? expected ?? reading ?? ('value' in failSafe ? failSafe.value : failSafe.then);
}

/** Claims that the device is so already, as far as anybody knows, or that the hub is at it. */
function isUnderWay({ spec, state: { flight, nextHubCommand, expected, sent } }: Turn, value: DeviceValue): boolean {
  const isIt = (record: CommandRecord | null): boolean =>
    record !== null && isIssuedByHub(record) && isSameValue(spec, record.value, value);
  if (nextHubCommand !== null) return isIt(nextHubCommand);
  if (flight.kind !== 'rest' && flight.kind !== 'refreshing') return isIt(flight.record);
  const isTold = isReadWhereWritten(spec) || (sent !== null && isSameValue(spec, sent.value, value));
  return expected !== null && isTold && isSameValue(spec, expected, value);
}

function impose(turn: Turn, restriction: Restriction): Turn {
  return wantByHub(stopTrying(change(turn, { restriction }), restriction.why), restriction);
}

function lift(turn: Turn, { over: why, base }: Restriction): Turn {
  const { nextHubCommand, nextRequest, standing, mode } = turn.state;
  const free = stopTrying(change(turn, { restriction: null }), why);
  const isNextHubCommand = nextHubCommand !== null && mode.kind === 'safe' && isSameValue(turn.spec, nextHubCommand.value, mode.value);
  const skipped =
    nextHubCommand === null || isNextHubCommand
      ? free
      : endCommand(change(free, { nextHubCommand: null }), nextHubCommand, 'superseded', why);
  if (mode.kind === 'safe') return isNextHubCommand ? skipped : wantByHub(skipped, mode);
  // Left as it was means as it was before they came.
  if (mode.kind === 'holding') return wantByHub(change(skipped, { mode: { ...mode, value: base } }), { value: base, why });
  if (mode.kind !== 'free' || nextRequest !== null || standing === null || standing.term !== turn.now.liveTerm) return skipped;
  const [commanded, record] = commandByHub(skipped, { value: standing.value, why: standing.why, term: standing.term });
  return change(commanded, { nextRequest: record, heldUntilUp: null });
}

/** A state that could not be confirmed yet is not the one that is wanted any more. */
function stopTrying(turn: Turn, why: Reason): Turn {
  const { flight } = turn.state;
  return flight.kind === 'pausing' ? endCommand(change(turn, { flight: { kind: 'rest' } }), flight.record, 'superseded', why) : turn;
}

function holdRequest(turn: Turn, why: Reason, isNews: boolean): Turn {
  const { nextRequest, mode, restriction } = turn.state;
  if (mode.kind !== 'free' || nextRequest === null || nextRequest.op !== 'set' || (nextRequest.stage === 'held' && !isNews)) return turn;
  const held = { ...nextRequest, stage: 'held' } as const;
  const untilUp = restriction?.untilUp ?? null;
  const said = say(turn, { phase: 'held', value: held.value, why, untilUp }, held);
  return emit(change(said, { nextRequest: held, heldUntilUp: null }), { kind: 'record', record: held });
}
