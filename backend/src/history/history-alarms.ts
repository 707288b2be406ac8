import { alarmIds, type AlarmPriority, type AlarmState, type EntryDraft } from '@phloem/protocol';
import type { HistoryNotice } from './history-service.ts';

const alarms = {
  building: { alarm: alarmIds.history('building'), priority: 'P4' },
  unwritable: { alarm: alarmIds.history('unwritable'), priority: 'P3' },
} as const satisfies Record<string, { readonly alarm: string; readonly priority: AlarmPriority }>;

/** The alarm that a notice raises or clears, unless it stands so already; null for what is no alarm. */
export function toHistoryAlarm(
  notice: HistoryNotice,
  stateOf: (alarm: string) => AlarmState,
): Extract<EntryDraft, { kind: 'alarm' }> | null {
  if (notice.kind === 'note') return null;
  const { alarm, priority } = alarms[notice.kind];
  if ((stateOf(alarm) === 'cleared') === notice.isOver) return null;
  const state = notice.isOver ? 'cleared' : 'active';
  return { kind: 'alarm', alarm, state, priority, by: { kind: 'hub' }, reason: notice.text.slice(0, 400) };
}
