import type { AlarmPriority, LocationId } from '@phloem/protocol';
import type { AlarmGroup, AlarmLine } from './alarm-view.ts';

/** Which alarms a list shows; an empty part shows all. */
export type AlarmFilter = {
  readonly priorities: readonly AlarmPriority[];
  readonly state: AlarmGroup | null;
  readonly room: LocationId | null;
  readonly text: string;
};

/** The groups in the order of the list: what needs somebody comes first. */
export const alarmGroups: readonly AlarmGroup[] = ['unacknowledged', 'returned', 'acknowledged', 'shelved'];
const priorities: readonly AlarmPriority[] = ['P1', 'P2', 'P3', 'P4'];
const maxText = 100;

/** Reads the filter of an address. What makes no sense counts as not said. */
export const parseAlarmFilter = (search: string): AlarmFilter => {
  const query = new URLSearchParams(search);
  const named = (query.get('priority') ?? '').split(',');
  return {
    priorities: priorities.filter((priority) => named.includes(priority)),
    state: alarmGroups.find((group) => group === query.get('state')) ?? null,
    room: query.get('room') ?? null,
    text: (query.get('text') ?? '').slice(0, maxText),
  };
};

/** The query with this filter, and all else as it was. */
export const withAlarmFilter = (search: string, filter: AlarmFilter): string => {
  const query = new URLSearchParams(search);
  const parts = { priority: filter.priorities.join(','), state: filter.state ?? '', room: filter.room ?? '', text: filter.text };
  for (const [key, value] of Object.entries(parts)) {
    if (value === '') query.delete(key);
    else query.set(key, value);
  }
  return query.toString().replaceAll('%2F', '/').replaceAll('%2C', ',');
};

/** Claims that a filter leaves something out. */
export const isFiltering = ({ priorities: chosen, state, room, text }: AlarmFilter): boolean =>
  chosen.length > 0 || state !== null || room !== null || text.trim() !== '';

/** Pure: the alarms that a filter shows. Each word of the text must be in what the alarm says, or in its name or room. */
export const filterAlarms = (lines: readonly AlarmLine[], { priorities: chosen, state, room, text }: AlarmFilter): readonly AlarmLine[] => {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return lines.filter((line) => {
    const said = [
      line.alarm,
      line.text,
      line.room,
      line.acknowledgedBy,
      line.comment,
      line.shelved?.by,
      line.shelved?.reason,
      ...line.folded,
    ];
    const whole = said.join('\n').toLowerCase();
    return (
      (chosen.length === 0 || chosen.includes(line.priority)) &&
      (state === null || line.group === state) &&
      (room === null || line.rooms.some(({ id }) => id === room)) &&
      words.every((word) => whole.includes(word))
    );
  });
};

/** The alarms in their groups, in the order of the list; a group without alarms is left out. */
export const toAlarmGroups = (
  lines: readonly AlarmLine[],
): readonly { readonly group: AlarmGroup; readonly lines: readonly AlarmLine[] }[] =>
  alarmGroups.map((group) => ({ group, lines: lines.filter((line) => line.group === group) })).filter(({ lines: own }) => own.length > 0);
