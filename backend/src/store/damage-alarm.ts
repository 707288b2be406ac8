import { alarmIds, type AlarmState, type EntryDraft } from '@phloem/protocol';
import type { Salvaged } from './salvaged.ts';

/** The alarm that stands from a start that had to repair the log to the next start that found it sound. */
export const damageAlarm = alarmIds.hub('data-damaged');

/** What was done about a damaged log, for people. */
export const toRepairText = ({ kept, entries, lost }: Salvaged): string =>
  `The hub's log was damaged and has been repaired: ${entries} entries were saved, ${lost === 0 ? 'none between them is' : `${lost} are`} missing. ` +
  `The damaged file is kept as ${kept}. Check the disk, and check that rules, overrides and set-points are as you expect.`;

/** The alarm that a start raises or clears; null when it stands as it should. */
export const toDamageAlarm = (repairs: readonly Salvaged[], state: AlarmState): Extract<EntryDraft, { kind: 'alarm' }> | null => {
  const newest = repairs.at(-1);
  if (newest === undefined && state === 'cleared') return null;
  const alarm = { kind: 'alarm', alarm: damageAlarm, priority: 'P1', by: { kind: 'hub' } } as const;
  return newest === undefined ? { ...alarm, state: 'cleared' } : { ...alarm, state: 'active', reason: toRepairText(newest).slice(0, 400) };
};
