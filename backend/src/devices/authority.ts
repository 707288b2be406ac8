import { type Author, reasonOf, type Reason, type Term } from '@phloem/protocol';
import type { CommandRecord } from '../store/hub-store.ts';
import { isLatched } from './device-machine.ts';
import { leave } from './overtaken.ts';
import { change, clear, emit, endCommand, say, type Turn } from './turn.ts';

/** A request was accepted: it supersedes the one before it, and ends fail-safe unless an operator has to. */
export function acceptRequest(turn: Turn, record: CommandRecord, validUp: number): Turn {
  if (turn.now.liveTerm !== record.term)
    return endCommand(turn, record, 'cancelled', reasonOf('command/lease-ended', { before: 'written' }));
  const { coveredUp } = turn.state;
  const covered = change(turn, { coveredUp: Math.max(coveredUp ?? validUp, validUp) });
  const shown = {
    phase: 'requested',
    by: record.by,
    why: record.why,
    since: turn.now.at,
    reading: turn.state.reading,
    lsn: record.accepted.lsn,
    until: null,
  } as const;
  const next = change(endNextRequest(covered, 'superseded', reasonOf('command/superseded', { before: 'written' })), {
    nextRequest: record,
    heldUntilUp: null,
    shown,
  });
  const standing = record.op === 'set' ? change(next, { standing: record, unsolicited: { count: 0, up: 0 } }) : next;
  return isLatched(standing.state) ? holdForOperator(standing, record) : release(standing);
}

/** A new lease: nothing that was requested under an older one may still be written (LE3). The output stays as it is. */
export function applyGrant(turn: Turn, term: Term): Turn {
  const { nextRequest, standing } = turn.state;
  const isOld = (record: CommandRecord | null): boolean => record !== null && record.term !== term;
  const cancelled = isOld(nextRequest) ? endNextRequest(turn, 'cancelled', reasonOf('command/new-term', { term })) : turn;
  return isOld(standing) ? change(cancelled, { standing: null }) : cancelled;
}

/** An operator has seen that the device went to its safe state: requests count again. */
export function acknowledge(turn: Turn, by: Author): Turn {
  const { nextRequest, mode } = turn.state;
  if (!isLatched(turn.state)) return turn;
  const seen = clear(turn, ['latched']);
  if (mode.kind === 'starting') return seen;
  const said = say(seen, { phase: 'safe', value: turn.state.reading, why: reasonOf('operator/acknowledged', { by }), by });
  return nextRequest === null ? said : release(said);
}

/** The hub goes down and leaves outputs as they are (DR1): what has not been written will not be. */
export function drain(turn: Turn): Turn {
  const { nextHubCommand } = turn.state;
  const why = reasonOf('hub/draining', { before: 'written' });
  const cancelled = endNextRequest(leaveWaiting(change(turn, { isDraining: true, nextHubCommand: null })), 'cancelled', why);
  return nextHubCommand === null ? cancelled : endCommand(cancelled, nextHubCommand, 'cancelled', why);
}

/** What waits for its next step, for its next try, or for an actuator that is about to be stopped, would wait in vain. */
function leaveWaiting(turn: Turn): Turn {
  const { flight } = turn.state;
  const isStopped = flight.kind === 'verifying' && !flight.isReading && turn.spec.threePoint !== undefined;
  const isWaiting = flight.kind === 'ramping' || flight.kind === 'pausing' || isStopped;
  return isWaiting ? leave(turn, flight) : turn;
}

/** Ends the request that waits, if one does. */
export function endNextRequest(turn: Turn, end: 'superseded' | 'cancelled', why: Reason): Turn {
  const { nextRequest } = turn.state;
  return nextRequest === null ? turn : endCommand(change(turn, { nextRequest: null, heldUntilUp: null }), nextRequest, end, why);
}

function holdForOperator(turn: Turn, record: CommandRecord): Turn {
  const held = { ...record, stage: 'held' } as const;
  const why = reasonOf('fail-safe/awaiting-operator');
  const said = say(turn, { phase: 'held', value: record.value, why }, held);
  return emit(change(said, { nextRequest: held }), { kind: 'record', record: held });
}

/** Fail-safe ends for a request under a live lease. A safe state that is on the wire ends by itself. */
function release(turn: Turn): Turn {
  const { mode, flight, nextHubCommand, restriction } = turn.state;
  if (mode.kind !== 'safe' && mode.kind !== 'holding') return turn;
  // What is under way then is what interlocks leave.
  if (restriction !== null) return change(turn, { mode: { kind: 'free' } });
  const why = reasonOf('fail-safe/released');
  const free = change(turn, { mode: { kind: 'free' }, nextHubCommand: null });
  const skipped = nextHubCommand === null ? free : endCommand(free, nextHubCommand, 'superseded', why);
  return flight.kind === 'pausing' ? endCommand(change(skipped, { flight: { kind: 'rest' } }), flight.record, 'superseded', why) : skipped;
}
