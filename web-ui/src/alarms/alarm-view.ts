import type { AlarmPriority, AlarmStatus, LocationId, SiteLayout } from '@phloem/protocol';
import { toDurationText } from '../words/duration.ts';
import type { SiteTime } from '../words/site-time.ts';

/** One active alarm as it is drawn. */
export type AlarmLine = {
  readonly alarm: string;
  readonly priority: AlarmPriority;
  readonly isAcknowledged: boolean;
  /** The room that it is about; null when it is about none, or about more than one. */
  readonly location: LocationId | null;
  readonly time: string;
  readonly age: string;
  readonly room: string;
  readonly text: string;
};

/** The alarms as the strip shows them: those that need somebody first. */
export type AlarmsView = {
  readonly lines: readonly AlarmLine[];
  readonly counts: Readonly<Record<AlarmPriority, number>>;
  readonly quiet: string;
};

/** What each priority is called. */
export const priorityWords: Readonly<Record<AlarmPriority, string>> = { P1: 'critical', P2: 'high', P3: 'medium', P4: 'low' };

/** The active alarms, most urgent first, then newest; and what to say when there is none. */
export const toAlarmsView = (alarms: Iterable<AlarmStatus>, site: SiteLayout | null, at: number, time: SiteTime): AlarmsView => {
  const known = [...alarms];
  const active = known
    .filter(({ state }) => state !== 'cleared')
    .toSorted(
      (a, b) =>
        a.priority.localeCompare(b.priority) ||
        Number(a.state === 'acknowledged') - Number(b.state === 'acknowledged') ||
        b.since - a.since,
    );
  const lastCleared = Math.max(...known.map(({ since }) => since));
  const count = (priority: AlarmPriority): number => active.filter((alarm) => alarm.priority === priority).length;
  return {
    lines: active.map((alarm) => toLine(alarm, site, at, time)),
    counts: { P1: count('P1'), P2: count('P2'), P3: count('P3'), P4: count('P4') },
    quiet: Number.isFinite(lastCleared)
      ? `No active alarms since ${time.moment(lastCleared, at)} (${toDurationText(at - lastCleared)})`
      : 'No active alarms',
  };
};

const toLine = ({ alarm, priority, state, reason, since }: AlarmStatus, site: SiteLayout | null, at: number, time: SiteTime): AlarmLine => {
  const rooms = (site?.locations ?? []).filter(({ id }) => alarm.split(/[^a-z0-9_]+/).includes(id));
  const room = rooms.length === 1 ? rooms[0] : undefined;
  return {
    alarm,
    priority,
    isAcknowledged: state === 'acknowledged',
    location: room?.id ?? null,
    time: time.moment(since, at),
    age: toDurationText(at - since),
    room: room?.title ?? '',
    text: reason === null || reason === '' ? alarm.replaceAll('_', ' ') : [toSubject(alarm, site), reason].filter(Boolean).join(' '),
  };
};

/** What the alarm is about, when its name holds the id of a device or a point: `Heater`. */
const toSubject = (alarm: string, site: SiteLayout | null): string => {
  const path = `/${alarm.split(/[^a-z0-9_]+/).join('/')}/`;
  return [...(site?.devices ?? []), ...(site?.points ?? [])].find(({ id }) => path.includes(`/${id}/`))?.title ?? '';
};
