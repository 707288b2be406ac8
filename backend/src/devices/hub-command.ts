import { reasonOf, type DeviceValue, type Position, type Reason, type Term } from '@phloem/protocol';
import type { CommandRecord } from '../store/hub-store.ts';
import { change, emit, endCommand, say, toCause, type Turn } from './turn.ts';

/** What the hub wants by itself. `cause` is the newest entry unless said otherwise. */
export type HubRequest = { readonly value: DeviceValue; readonly why: Reason; readonly cause?: Position | null };

/** What the gate writes by itself is a command of the hub, named after the device and the entry before it (CO5). */
export function commandByHub(
  turn: Turn,
  { value, why, term = null, cause }: HubRequest & { readonly term?: Term | null },
): readonly [Turn, CommandRecord] {
  const newest = toCause(turn);
  const record: CommandRecord = {
    id: `hub/${turn.spec.id}/${newest.epoch}/${newest.lsn}`,
    device: turn.spec.id,
    value,
    op: 'set',
    by: { kind: 'hub' },
    why,
    cause: cause ?? newest,
    term,
    scope: null,
    accepted: { epoch: newest.epoch, lsn: newest.lsn + 1 },
    stage: 'requested',
    end: null,
  };
  const said = say(turn, { phase: 'requested', value, why }, record);
  return [emit(said, { kind: 'record', record }), record];
}

/** A value that the hub wants is next, as soon as the wire is free. */
export function wantByHub(turn: Turn, request: HubRequest): Turn {
  const { nextHubCommand } = turn.state;
  const free =
    nextHubCommand === null
      ? turn
      : endCommand(change(turn, { nextHubCommand: null }), nextHubCommand, 'superseded', reasonOf('safe-state/superseded'));
  const [commanded, record] = commandByHub(free, request);
  return change(commanded, { nextHubCommand: record });
}
