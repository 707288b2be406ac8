import type { DeviceValue, Term } from '@phloem/protocol';
import type { CommandRecord } from '../store/hub-store.ts';
import { emit, say, toCause, type Turn } from './turn.ts';

/** What the gate writes by itself is a command of the hub, named after the device and the entry that caused it (CO5). */
export function commandByHub(
  turn: Turn,
  { value, why, term = null }: { readonly value: DeviceValue; readonly why: string; readonly term?: Term | null },
): readonly [Turn, CommandRecord] {
  const cause = toCause(turn);
  const record: CommandRecord = {
    id: `hub/${turn.spec.id}/${cause.epoch}/${cause.lsn}`,
    device: turn.spec.id,
    value,
    op: 'set',
    by: 'hub',
    why,
    cause,
    term,
    scope: null,
    accepted: { epoch: cause.epoch, lsn: cause.lsn + 1 },
    stage: 'wished',
    end: null,
  };
  const said = say(turn, { phase: 'wished', value, why }, record);
  return [emit(said, { kind: 'record', record }), record];
}
