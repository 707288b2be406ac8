import { alarmIds, renderReason, type AlarmPriority, type AlarmState, type EntryDraft } from '@phloem/protocol';
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
  const { why } = notice;
  if ((stateOf(alarm) === 'cleared') === (why === null)) return null;
  return { kind: 'alarm', alarm, state: why === null ? 'cleared' : 'active', priority, by: { kind: 'hub' }, ...(why !== null && { why }) };
}

const over = { building: 'the history is built', unwritable: 'the history is written again' } as const;

/** What a notice says in the log file of the hub. */
export const toNoticeText = (notice: HistoryNotice): string => {
  if (notice.kind === 'note') return notice.text;
  return notice.why === null ? over[notice.kind] : renderReason(notice.why, { time: String });
};
