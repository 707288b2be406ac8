import { alarmIds, reasonOf, type AlarmState, type EntryDraft, type Reason } from '@phloem/protocol';
import type { Salvaged } from './salvaged.ts';

/** The alarm that stands from a start that had to repair the log to the next start that found it sound. */
export const damageAlarm = alarmIds.hub('data-damaged');

/** What was done about a damaged log. */
export const toRepairReason = ({ kept, entries, lost }: Salvaged): Reason => reasonOf('log/repaired', { kept, entries, lost });

/** The alarm that a start raises or clears; null when it stands as it should. */
export const toDamageAlarm = (repairs: readonly Salvaged[], state: AlarmState): Extract<EntryDraft, { kind: 'alarm' }> | null => {
  const newest = repairs.at(-1);
  if (newest === undefined && state === 'cleared') return null;
  const alarm = { kind: 'alarm', alarm: damageAlarm, priority: 'P1', by: { kind: 'hub' } } as const;
  return newest === undefined ? { ...alarm, state: 'cleared' } : { ...alarm, state: 'active', why: toRepairReason(newest) };
};
