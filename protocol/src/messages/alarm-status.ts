import { isReservedAlarm } from '../alarm-id.ts';
import type { AlarmEntry, AlarmShelving } from '../entries/entry.ts';
import type { AlarmAction } from '../http/marks.ts';
import type { AlarmStatus } from './state.ts';

/**
 * Where an alarm stands by ISA-18.2. `unacknowledged` and `acknowledged` are active, `returned` has returned to normal
 * unacknowledged, `normal` needs nobody.
 */
export type AlarmPhase = 'normal' | 'unacknowledged' | 'acknowledged' | 'returned' | 'shelved';

type AlarmFacts = Pick<AlarmStatus, 'state' | 'isAcknowledged' | 'shelved'>;

/** The phase of an alarm. */
export const toAlarmPhase = ({ state, isAcknowledged, shelved }: AlarmFacts): AlarmPhase => {
  if (shelved !== undefined) return 'shelved';
  if (state === 'cleared') return isAcknowledged ? 'normal' : 'returned';
  return isAcknowledged ? 'acknowledged' : 'unacknowledged';
};

/** Claims that nobody needs to be shown it any more. */
export const isAlarmOver = (status: AlarmFacts): boolean => toAlarmPhase(status) === 'normal';

/** What an entry says that somebody did to an alarm; null for what the alarm itself does. */
export const toAlarmAction = ({ state, isAcknowledged, shelving }: AlarmEntry): AlarmAction | null => {
  if (shelving !== undefined) return shelving.kind;
  return state === 'acknowledged' || isAcknowledged === true ? 'acknowledge' : null;
};

/** Claims that operators may shelve it: what the hub itself raises as P1 is always announced, and so is an alarm that forbids shelving. */
export const isAlarmShelvable = ({ alarm, priority, isShelvable }: Pick<AlarmStatus, 'alarm' | 'priority' | 'isShelvable'>): boolean =>
  isShelvable !== false && !(priority === 'P1' && isReservedAlarm(alarm));

/** Claims that it makes no sign: it is shelved, or its cause is, and it may be shelved with that. */
export const isAlarmSilenced = (status: AlarmStatus, find: (alarm: string) => AlarmStatus | null | undefined): boolean =>
  status.shelved !== undefined || (status.parent !== undefined && find(status.parent)?.shelved !== undefined && isAlarmShelvable(status));

/** Pure: how an alarm stands after an entry of the log about it; null while it was never active. */
export const stepAlarmStatus = (before: AlarmStatus | null, entry: AlarmEntry): AlarmStatus | null => {
  if (before !== null && entry.lsn <= before.lsn) return before;
  if (entry.shelving !== undefined) return before === null ? null : shelve(before, entry, entry.shelving);
  switch (entry.state) {
    case 'active':
      return isUpdate(before, entry) ? update(before, entry) : raise(before, entry);
    case 'acknowledged':
      return acknowledge({ ...(before ?? raise(null, entry)), state: 'acknowledged', since: entry.at }, entry);
    case 'cleared':
      return suppress(before === null ? null : clear(before, entry), entry);
  }
};

/** An alarm that is active already, and no more urgent now: what it says changes, and who has seen it has. */
const isUpdate = (before: AlarmStatus | null, { priority }: AlarmEntry): before is AlarmStatus =>
  before !== null && before.state !== 'cleared' && priority >= before.priority;

const update = (before: AlarmStatus, { priority, why, points, lsn }: AlarmEntry): AlarmStatus => ({
  ...before,
  ...(points !== undefined && { points }),
  priority,
  why: why ?? before.why,
  lsn,
});

/** What would be active but for its design is reported, whether it was active before or not. */
const suppress = (status: AlarmStatus | null, entry: AlarmEntry): AlarmStatus | null => {
  const { suppressed, alarm, priority, why, locations, at, lsn } = entry;
  if (suppressed === undefined) {
    if (status?.suppressed === undefined) return status;
    const { suppressed: _over, ...rest } = status;
    return rest;
  }
  if (status !== null) return { ...status, suppressed };
  const none = { state: 'cleared', isAcknowledged: true, acknowledgedBy: null, count: 1, raised: at, since: at } as const;
  return { alarm, priority, why: why ?? null, ...(locations !== undefined && { locations }), ...none, suppressed, lsn };
};

/** One that comes back while it is shelved stays shelved, unless it is more urgent now. */
const raise = (
  before: AlarmStatus | null,
  { alarm, priority, why, locations, points, guidance, isShelvable, at, lsn }: AlarmEntry,
): AlarmStatus => ({
  alarm,
  state: 'active',
  priority,
  why: why ?? null,
  ...(locations !== undefined && { locations }),
  ...(points !== undefined && { points }),
  ...(guidance !== undefined && { guidance }),
  ...(isShelvable !== undefined && { isShelvable }),
  since: at,
  raised: at,
  isAcknowledged: false,
  acknowledgedBy: null,
  ...(before?.shelved !== undefined && isShelvable !== false && priority >= before.priority && { shelved: before.shelved }),
  count: before === null || isAlarmOver(before) ? 1 : before.count + 1,
  lsn,
});

const acknowledge = ({ comment: _before, ...status }: AlarmStatus, { by, reason, lsn }: AlarmEntry): AlarmStatus => ({
  ...status,
  isAcknowledged: true,
  acknowledgedBy: by ?? null,
  ...(reason !== undefined && { comment: reason }),
  lsn,
});

/** An alarm stays until somebody has seen it. A notice (P4), and one that is shelved, needs nobody once it has cleared. */
const clear = (before: AlarmStatus, entry: AlarmEntry): AlarmStatus => {
  if (before.state === 'cleared') return entry.isAcknowledged === true ? acknowledge(before, entry) : { ...before, lsn: entry.lsn };
  const isSeen = before.isAcknowledged || before.priority === 'P4' || before.shelved !== undefined;
  return { ...before, state: 'cleared', since: entry.at, isAcknowledged: isSeen, lsn: entry.lsn };
};

/** One that is still active when its shelving expires must be acknowledged again; a person who unshelves it has seen it. */
const shelve = (
  before: AlarmStatus,
  { by = { kind: 'hub' }, reason = '', at, up, lsn }: AlarmEntry,
  shelving: AlarmShelving,
): AlarmStatus => {
  if (shelving.kind === 'shelve') {
    const { forMs, until } = shelving;
    return { ...before, shelved: { by, reason, since: at, until, untilUp: up + forMs }, lsn };
  }
  const { shelved, ...status } = before;
  if (shelved === undefined || shelving.kind === 'unshelve' || before.state === 'cleared') return { ...status, lsn };
  const { comment: _over, ...rest } = status;
  return {
    ...rest,
    state: 'active',
    since: before.state === 'active' ? before.since : at,
    isAcknowledged: false,
    acknowledgedBy: null,
    lsn,
  };
};
