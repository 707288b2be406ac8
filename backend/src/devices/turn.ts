import {
  type Author,
  alarmIds,
  type AlarmPriority,
  type DeviceValue,
  type EntryDraft,
  type Phase,
  type Position,
  type Reason,
} from '@phloem/protocol';
import type { CommandRecord } from '../store/hub-store.ts';
import type { AlarmName, DeviceEffect, DeviceMachine, Facts } from './device-machine.ts';

/** A step under way: what the machine is so far, and what the shell has to do for it. */
export type Turn = Facts & { readonly state: DeviceMachine; readonly effects: readonly DeviceEffect[] };

export type CommandEnd = NonNullable<CommandRecord['end']>;

export const change = (turn: Turn, part: Partial<DeviceMachine>): Turn => ({ ...turn, state: { ...turn.state, ...part } });

export const emit = (turn: Turn, ...effects: readonly DeviceEffect[]): Turn => ({ ...turn, effects: [...turn.effects, ...effects] });

/** The newest entry, those of this turn included: what an effect that follows is caused by. */
export const toCause = ({ now, effects }: Turn): Position => ({
  epoch: now.head.epoch,
  lsn: now.head.lsn + effects.filter(({ kind }) => kind === 'append').length,
});

type Saying = {
  readonly phase: Phase;
  readonly value: DeviceValue | null;
  readonly why: Reason;
  readonly by?: Author;
  readonly cause?: Position | null;
  readonly untilUp?: number | null;
};

/** Phases that say what became of a command, and not how the device stands. */
const isAside = (phase: Phase): boolean => phase === 'superseded' || phase === 'refused';

/** Says in the log how the device stands, of its own account or as the outcome of a command. */
export function say(turn: Turn, saying: Saying, record?: CommandRecord): Turn {
  return put(turn, saying, record, false);
}

/** Records something that changes nothing of how the device is shown to stand. */
export const appendAside = (turn: Turn, saying: Saying, record?: CommandRecord): Turn => put(turn, saying, record, true);

function put(
  turn: Turn,
  { phase, value, why, by, cause, untilUp = null }: Saying,
  record: CommandRecord | undefined,
  isQuiet: boolean,
): Turn {
  const { spec, now } = turn;
  const author = by ?? record?.by ?? { kind: 'hub' };
  const until = untilUp === null ? null : now.at + (untilUp - now.up);
  const draft: EntryDraft = {
    kind: 'device',
    device: spec.id,
    phase,
    value,
    by: author,
    why,
    ...(cause === undefined || cause === null ? {} : { cause }),
    ...(record === undefined ? {} : { id: record.id, cause: record.cause }),
    ...(record === undefined || record.term === null ? {} : { term: record.term }),
    ...(until === null ? {} : { until }),
  };
  const said = emit(turn, { kind: 'append', draft });
  if (isAside(phase) || isQuiet) return said;
  return change(said, {
    shown: { phase, by: author, why, since: now.at, reading: turn.state.reading, lsn: toCause(said).lsn, until },
  });
}

/** Stores the one end of a command, and says it. */
export const endCommand = (
  turn: Turn,
  record: CommandRecord,
  end: CommandEnd,
  why: Reason,
  value: DeviceValue | null = record.value,
): Turn => say(emit(turn, { kind: 'record', record: { ...record, stage: 'ended', end } }), { phase: end, value, why }, record);

/** An override that is about to leave a device is a notice; everything else of a device is trouble. */
const toPriority = (name: AlarmName): AlarmPriority => (name === 'override-ends' ? 'P4' : 'P2');

/** Raises the device's alarm, unless it stands. */
export function raise(turn: Turn, name: AlarmName, why: Reason): Turn {
  if (turn.state.alarms.includes(name)) return turn;
  const alarm = alarmIds.device(turn.spec.id, name);
  const raised = emit(turn, {
    kind: 'append',
    draft: { kind: 'alarm', alarm, state: 'active', priority: toPriority(name), by: { kind: 'hub' }, why },
  });
  return change(raised, { alarms: [...turn.state.alarms, name] });
}

/** Clears those of the alarms that stand. */
export function clear(turn: Turn, names: readonly AlarmName[]): Turn {
  const over = turn.state.alarms.filter((name) => names.includes(name));
  if (over.length === 0) return turn;
  const drafts = over.map((name): DeviceEffect => ({
    kind: 'append',
    draft: { kind: 'alarm', alarm: alarmIds.device(turn.spec.id, name), state: 'cleared', priority: toPriority(name), by: { kind: 'hub' } },
  }));
  return change(emit(turn, ...drafts), { alarms: turn.state.alarms.filter((name) => !over.includes(name)) });
}
