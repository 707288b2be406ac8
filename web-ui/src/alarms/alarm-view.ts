import {
  isAlarmOver,
  type AlarmPriority,
  type AlarmStatus,
  type InterlockStatus,
  type LocationId,
  type SiteLayout,
} from '@phloem/protocol';
import { toAlarmDeed, type DeviceDeed } from '../devices/device-deeds.ts';
import { toRoomAtHref } from '../route/route.ts';
import { toDurationText } from '../words/duration.ts';
import type { SiteTime } from '../words/site-time.ts';

/** Where an alarm stands between the process and the people: still so or over, seen or not. */
export type AlarmGroup = 'unacknowledged' | 'acknowledged' | 'returned';

/** One alarm as it is drawn. */
export type AlarmLine = {
  readonly alarm: string;
  readonly priority: AlarmPriority;
  readonly group: AlarmGroup;
  readonly isAcknowledged: boolean;
  readonly acknowledgedBy: string;
  /** The room that it is about; null when it is about none, or about more than one. */
  readonly location: LocationId | null;
  readonly time: string;
  /** Where the chart of its room shows its onset; empty where it is about no room. */
  readonly trend: string;
  readonly age: string;
  /** The rooms that it is about, in the site's order, and what they are called together. */
  readonly rooms: readonly { readonly id: LocationId; readonly title: string }[];
  readonly room: string;
  /** The room to be named before the text; empty where the text names it. */
  readonly lead: string;
  readonly text: string;
  /** How often it has come since somebody was done with it. */
  readonly count: number;
  /** When it went, of one that went by itself; empty otherwise. */
  readonly cleared: string;
  /** What waits for a person, besides that he has seen it. */
  readonly deed: DeviceDeed | null;
};

/** The alarms as strip and list show them: those that need somebody first. */
export type AlarmsView = {
  /** The active ones. */
  readonly lines: readonly AlarmLine[];
  /** Those that went before anybody had seen them. */
  readonly returned: readonly AlarmLine[];
  readonly counts: Readonly<Record<AlarmPriority, number>>;
  readonly quiet: string;
};

/** What each priority is called. */
export const priorityWords: Readonly<Record<AlarmPriority, string>> = { P1: 'critical', P2: 'high', P3: 'medium', P4: 'low' };

/** What each group is called: its heading, and its word in a row. */
export const groupWords: Readonly<Record<AlarmGroup, { readonly title: string; readonly word: string }>> = {
  unacknowledged: { title: 'Not acknowledged', word: 'active' },
  acknowledged: { title: 'Acknowledged, still active', word: 'acknowledged' },
  returned: { title: 'Gone again, not acknowledged', word: 'gone' },
};

/** The alarms, most urgent first, then newest; and what to say when there is none. */
export const toAlarmsView = (
  alarms: Iterable<AlarmStatus>,
  site: SiteLayout | null,
  at: number,
  time: SiteTime,
  interlocks: ReadonlyMap<string, InterlockStatus> = new Map(),
): AlarmsView => {
  const known = [...alarms];
  const lines = known
    .filter((alarm) => !isAlarmOver(alarm))
    .toSorted((a, b) => a.priority.localeCompare(b.priority) || Number(a.isAcknowledged) - Number(b.isAcknowledged) || b.raised - a.raised)
    .map((alarm) => ({ ...toLine(alarm, site, at, time), deed: toAlarmDeed(alarm, { interlocks }) }));
  const active = lines.filter(({ group }) => group !== 'returned');
  const lastCleared = Math.max(...known.map(({ since }) => since));
  const count = (priority: AlarmPriority): number => active.filter((line) => line.priority === priority).length;
  return {
    lines: active,
    returned: lines.filter(({ group }) => group === 'returned'),
    counts: { P1: count('P1'), P2: count('P2'), P3: count('P3'), P4: count('P4') },
    quiet: Number.isFinite(lastCleared)
      ? `No active alarms since ${time.moment(lastCleared, at)} (${toDurationText(at - lastCleared)})`
      : 'No active alarms',
  };
};

const toLine = (status: AlarmStatus, site: SiteLayout | null, at: number, time: SiteTime): Omit<AlarmLine, 'deed'> => {
  const { alarm, priority, state, reason, since, raised, isAcknowledged, acknowledgedBy, count } = status;
  const named = status.locations ?? alarm.split(/[^a-z0-9_]+/);
  const rooms = (site?.locations ?? []).filter(({ id }) => named.includes(id));
  const room = rooms.length === 1 ? rooms[0] : undefined;
  return {
    alarm,
    priority,
    group: state === 'cleared' ? 'returned' : isAcknowledged ? 'acknowledged' : 'unacknowledged',
    isAcknowledged,
    acknowledgedBy: (acknowledgedBy ?? '').replace(/^(user|node):/, ''),
    location: room?.id ?? null,
    time: time.moment(raised, at),
    trend: rooms[0] === undefined ? '' : toRoomAtHref(rooms[0].id, raised),
    age: toDurationText(at - raised),
    rooms,
    room: rooms.map(({ title }) => title).join(', '),
    lead: status.locations === undefined ? (room?.title ?? '') : '',
    text: toAlarmText(alarm, reason, site),
    count,
    cleared: state === 'cleared' ? time.moment(since, at) : '',
  };
};

/** What an alarm says: `Heater reads off`; its name where it gives no reason. */
export const toAlarmText = (alarm: string, reason: string | null, site: SiteLayout | null): string =>
  reason === null || reason === '' ? alarm.replaceAll('_', ' ') : [toSubject(alarm, site), reason].filter(Boolean).join(' ');

/** What the alarm is about, when its name holds the id of a device or a point: `Heater`. */
const toSubject = (alarm: string, site: SiteLayout | null): string => {
  const path = `/${alarm.split(/[^a-z0-9_]+/).join('/')}/`;
  return [...(site?.devices ?? []), ...(site?.points ?? [])].find(({ id }) => path.includes(`/${id}/`))?.title ?? '';
};
