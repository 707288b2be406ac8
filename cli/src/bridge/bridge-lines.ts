import type { BridgeStatus, RequestsStatus } from '@phloem/bridge';
import { toIsoText, type BridgeAnswer, type Position } from '@phloem/protocol';

const toPlaceText = (place: Position | null): string => (place === null ? 'nothing' : `entry ${place.lsn} (epoch ${place.epoch})`);

/** One line that says how a running bridge stands; the same text as long as nothing that people act on has changed. */
export const toStatusLine = ({ phase, error }: BridgeStatus): string => {
  switch (phase) {
    case 'flowing':
      return error === null ? 'connected' : `connected again, after: ${error.message}`;
    case 'dialing':
    case 'resting':
      return error === null ? 'connecting' : `not connected: ${error.message}; trying again`;
    case 'fenced':
      return `stopped: ${error?.message ?? 'another bridge writes to the target'}. End the other one, then start this one again`;
    case 'closed':
      return error === null ? 'ended' : `ended: ${error.message}`;
    default:
      return phase satisfies never;
  }
};

/** Where a foreign automation shows that it runs. */
type AliveSign = { readonly table: string; readonly column: string; readonly within: string };

/** The same for a bridge that takes the requests of a foreign automation. */
export const toRequestsLine = ({ control, error, counters }: RequestsStatus, { table, column, within }: AliveSign): string => {
  if (error !== null) return `not reading: ${error.message}; trying again`;
  const { unreadable } = counters;
  const rows = unreadable === 0 ? '' : `; cannot read the state in ${unreadable} ${unreadable === 1 ? 'row' : 'rows'}`;
  return control === 'no sign of life'
    ? `no sign of life of the automation: ${table}.${column} has no new time within ${within}, so nothing is requested${rows}`
    : `${control}${rows}`;
};

/** The same for a bridge that takes the requests of a foreign automation from a queue. */
export const toQueueLine = ({ control, error }: RequestsStatus, within: string): string => {
  if (error !== null) return `not reading: ${error.message}; trying again`;
  return control === 'no sign of life' ? `no sign of life of the automation within ${within}, so nothing is requested` : control;
};

/** What the hub knows of a bridge that brings something of another program. */
export type InboundOverview = Pick<BridgeAnswer, 'id' | 'direction' | 'state' | 'automation' | 'error'>;

const carried = { out: 'carries the log', readings: 'reads readings', requests: 'takes requests' } as const;
const automationWords = {
  'no-sign-of-life': 'the foreign automation shows no sign of life',
  'waiting-for-lease': 'the foreign automation waits for the lease',
  'in-control': 'the foreign automation is in control',
} as const;
const stateWords = {
  flowing: 'connected',
  'no-sign-of-life': 'connected',
  connecting: 'connecting',
  stopped: 'stopped',
  silent: 'does not run',
} as const;

export const toInboundLine = ({ id, direction, state, automation, error }: InboundOverview): string => {
  const life = automation === null ? [] : [`${automationWords[automation.code]} since ${toIsoText(automation.since)}`];
  return `${id}: ${[carried[direction], stateWords[state], ...life, ...(error === null ? [] : [error.message])].join('; ')}`;
};

/** What can be said of a bridge from outside: where its target ends, and where the log does. */
export type BridgeOverview = {
  readonly id: string;
  readonly target: string;
  readonly direction: 'out';
  readonly position: Position | null;
  readonly error: string | null;
  readonly head: number | null;
};

/** How many entries the target lacks; null where that is not known. */
export const toBehind = ({ position, head, error }: BridgeOverview): number | null =>
  error !== null || head === null ? null : Math.max(0, head - (position?.lsn ?? 0));

export const toReportLines = (report: BridgeOverview): readonly string[] => {
  const { id, target, position, error, head } = report;
  if (error !== null) return [`${id}: ${target} cannot be asked: ${error}`];
  // Where an empty target begins is for `fill` to say: often at the end of the log.
  if (position === null && head !== null) return [`${id}: ${target} holds nothing yet; the log ends at ${head}`];
  const behind = toBehind(report);
  const log =
    head === null
      ? 'no hub answers, so how far it is behind is not known'
      : `the log ends at ${head}: ${behind} ${behind === 1 ? 'entry' : 'entries'} behind`;
  return [`${id}: ${target} holds ${position === null ? 'nothing yet' : `everything up to ${toPlaceText(position)}`}; ${log}`];
};
