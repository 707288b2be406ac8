import {
  isAlarmShelvable,
  toAlarmList,
  toPersonText,
  type AlarmGuidance,
  type AlarmPriority,
  type AlarmStatus,
  type InterlockStatus,
  type ListedAlarm,
  type Reason,
  type LocationId,
  type SiteLayout,
} from '@phloem/protocol';
import { toAlarmReason, type AlarmPlace } from '../why/alarm-reason.ts';
import { toActionOfAlarm, type DeviceAction } from '../devices/device-actions.ts';
import { toRoomAtHref } from '../route/route.ts';
import { toDurationText } from '../format/duration.ts';
import type { SiteTime } from '../format/site-time.ts';

/** Where an alarm stands by ISA-18.2: active or returned to normal, acknowledged or not, or shelved. */
export type AlarmGroup = ListedAlarm['phase'];

/** Until when an alarm is shelved, by whom and why. */
export type ShelvedText = { readonly by: string; readonly reason: string; readonly until: string; readonly left: string };

/** One alarm as it is drawn. */
export type AlarmLine = {
  readonly alarm: string;
  readonly priority: AlarmPriority;
  readonly group: AlarmGroup;
  readonly isAcknowledged: boolean;
  readonly acknowledgedBy: string;
  /** What the person who acknowledged it wrote. */
  readonly comment: string;
  readonly isActive: boolean;
  readonly isShelvable: boolean;
  readonly shelved: ShelvedText | null;
  /** The room that it is about; null when it is about none, or about more than one. */
  readonly location: LocationId | null;
  readonly time: string;
  /** Where the chart of its room shows its onset; empty where it is about no room. */
  readonly trend: string;
  /** How long it has been active, or was from its onset to its end. */
  readonly age: string;
  /** The alarms that come from it. */
  readonly folded: readonly string[];
  readonly guidance: AlarmGuidance | null;
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
  readonly action: DeviceAction | null;
};

/** The alarms as strip and list show them: those that need somebody first. */
export type AlarmsView = {
  /** The active ones. */
  readonly lines: readonly AlarmLine[];
  /** Those that returned to normal before anybody acknowledged them. */
  readonly returned: readonly AlarmLine[];
  /** Those that are shelved: the list alone shows them. */
  readonly shelved: readonly AlarmLine[];
  /** The unacknowledged ones by priority, those that returned to normal included. */
  readonly counts: Readonly<Record<AlarmPriority, number>>;
  /** The most urgent priority among them; null where there is none. */
  readonly worstUnacknowledged: AlarmPriority | null;
  readonly quiet: string;
};

/** What each priority is called. */
export const priorityWords: Readonly<Record<AlarmPriority, string>> = { P1: 'critical', P2: 'high', P3: 'medium', P4: 'low' };

/** What each group is called: its heading, and its word in a row. */
export const groupWords: Readonly<Record<AlarmGroup, { readonly title: string; readonly word: string }>> = {
  unacknowledged: { title: 'Active, unacknowledged', word: 'active' },
  acknowledged: { title: 'Active, acknowledged', word: 'acknowledged' },
  returned: { title: 'Returned to normal, unacknowledged', word: 'returned to normal' },
  shelved: { title: 'Shelved', word: 'shelved' },
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
  const lines = toAlarmList(known)
    .toSorted(
      ({ status: a }, { status: b }) =>
        a.priority.localeCompare(b.priority) || Number(a.isAcknowledged) - Number(b.isAcknowledged) || b.raised - a.raised,
    )
    .map((listed) => ({ ...toLine(listed, site, at, time), action: toActionOfAlarm(listed.status, { interlocks, site, time }) }));
  const ofGroup = (group: AlarmGroup): readonly AlarmLine[] => lines.filter((line) => line.group === group);
  const active = lines.filter(({ group }) => group === 'unacknowledged' || group === 'acknowledged');
  const lastCleared = Math.max(...known.map(({ since }) => since));
  const waiting = lines.filter(({ group }) => group === 'unacknowledged' || group === 'returned');
  const count = (priority: AlarmPriority): number => waiting.filter((line) => line.priority === priority).length;
  return {
    lines: active,
    returned: ofGroup('returned'),
    shelved: ofGroup('shelved'),
    counts: { P1: count('P1'), P2: count('P2'), P3: count('P3'), P4: count('P4') },
    worstUnacknowledged: waiting.map(({ priority }) => priority).toSorted()[0] ?? null,
    quiet: Number.isFinite(lastCleared)
      ? `No active alarms since ${time.moment(lastCleared, at)} (${toDurationText(at - lastCleared)})`
      : 'No active alarms',
  };
};

const toLine = ({ status, phase, folded }: ListedAlarm, site: SiteLayout | null, at: number, time: SiteTime): Omit<AlarmLine, 'action'> => {
  const { alarm, priority, state, why, since, raised, isAcknowledged, acknowledgedBy, comment = '', count, shelved } = status;
  const named = status.locations ?? alarm.split(/[^a-z0-9_]+/);
  const rooms = (site?.locations ?? []).filter(({ id }) => named.includes(id));
  const room = rooms.length === 1 ? rooms[0] : undefined;
  return {
    alarm,
    priority,
    group: phase,
    isAcknowledged,
    acknowledgedBy: acknowledgedBy === undefined || acknowledgedBy === null ? '' : toPersonText(acknowledgedBy),
    comment,
    isActive: state !== 'cleared',
    isShelvable: isAlarmShelvable(status),
    shelved:
      shelved === undefined
        ? null
        : {
            by: toPersonText(shelved.by),
            reason: shelved.reason,
            until: time.moment(shelved.until, at),
            left: toDurationText(shelved.until - at),
          },
    location: room?.id ?? null,
    time: time.moment(raised, at),
    trend: rooms[0] === undefined ? '' : toRoomAtHref(rooms[0].id, raised),
    age: toDurationText((state === 'cleared' ? since : at) - raised),
    folded: folded.map((each) => toAlarmText(each.alarm, each.why, { site, time })),
    guidance: status.guidance ?? null,
    rooms,
    room: rooms.map(({ title }) => title).join(', '),
    lead: status.locations === undefined ? (room?.title ?? '') : '',
    text: toAlarmText(alarm, why, { site, time }),
    count,
    cleared: state === 'cleared' ? time.moment(since, at) : '',
  };
};

/** What an alarm says: `Heater reads off`; its name where it gives no reason. */
export const toAlarmText = (alarm: string, why: Reason | null | undefined, place: AlarmPlace): string => {
  const reason = toAlarmReason(alarm, why, place);
  return reason === '' ? alarm.replaceAll('_', ' ') : [toSubject(alarm, place.site), reason].filter(Boolean).join(' ');
};

/** What the alarm is about, when its name holds the id of a device or a point: `Heater`. */
const toSubject = (alarm: string, site: SiteLayout | null): string => {
  const path = `/${alarm.split(/[^a-z0-9_]+/).join('/')}/`;
  return [...(site?.devices ?? []), ...(site?.points ?? [])].find(({ id }) => path.includes(`/${id}/`))?.title ?? '';
};
