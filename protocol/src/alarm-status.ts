import type { AlarmEntry } from './entry.ts';
import type { AlarmStatus } from './stream.ts';

/** Claims that nobody needs to be shown it any more. */
export const isAlarmOver = ({ state, isAcknowledged }: Pick<AlarmStatus, 'state' | 'isAcknowledged'>): boolean =>
  state === 'cleared' && isAcknowledged;

/** Pure: how an alarm stands after an entry of the log about it; null while it was never active. */
export const stepAlarmStatus = (before: AlarmStatus | null, entry: AlarmEntry): AlarmStatus | null => {
  if (before !== null && entry.lsn <= before.lsn) return before;
  switch (entry.state) {
    case 'active':
      return raise(before, entry);
    case 'acknowledged':
      return acknowledge({ ...(before ?? raise(null, entry)), state: 'acknowledged', since: entry.at }, entry);
    case 'cleared':
      return before === null ? null : clear(before, entry);
  }
};

const raise = (before: AlarmStatus | null, { alarm, priority, reason, locations, at, lsn }: AlarmEntry): AlarmStatus => ({
  alarm,
  state: 'active',
  priority,
  reason: reason ?? null,
  ...(locations !== undefined && { locations }),
  since: at,
  raised: at,
  isAcknowledged: false,
  acknowledgedBy: null,
  count: before === null || isAlarmOver(before) ? 1 : before.count + 1,
  lsn,
});

const acknowledge = (status: AlarmStatus, { by, lsn }: AlarmEntry): AlarmStatus => ({
  ...status,
  isAcknowledged: true,
  acknowledgedBy: by ?? null,
  lsn,
});

/** What tells of trouble stays to be seen until somebody has; what is only a notice (P4) is over when it is. */
const clear = (before: AlarmStatus, entry: AlarmEntry): AlarmStatus => {
  if (before.state === 'cleared') return entry.isAcknowledged === true ? acknowledge(before, entry) : { ...before, lsn: entry.lsn };
  const isSeen = before.isAcknowledged || before.priority === 'P4';
  return { ...before, state: 'cleared', since: entry.at, isAcknowledged: isSeen, lsn: entry.lsn };
};
