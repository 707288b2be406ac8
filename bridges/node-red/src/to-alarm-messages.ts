import {
  isAlarmOver,
  parseAlarmId,
  renderReason,
  toIsoText,
  toLocation,
  toLocations,
  type AlarmEntry,
  type AlarmStatus,
  type Epoch,
  type Reason,
} from '@phloem/protocol';
import type { Batch } from '@phloem/reconnect';

/** What an alarms node emits. `id` is the same whenever the same entry is emitted. */
export type AlarmMessage = {
  readonly topic: string;
  readonly payload: 'active' | 'acknowledged' | 'cleared';
  readonly priority: string;
  /** Why it is active, in words, or what the person wrote who acknowledged or shelved it. */
  readonly reason: string | null;
  /** The code of why it is active, to branch on. */
  readonly code: string | null;
  readonly at: string;
  readonly id: string;
};

/** Which alarms a node emits: `maxPriority` P2 leaves out P3 and P4. */
export type AlarmChoice = { readonly maxPriority: string; readonly locations: readonly string[] };

type Placed = { readonly alarm: string; readonly locations?: readonly string[]; readonly points?: readonly string[] };

/** Where an alarm is: what its entry names, and what its id is about. */
const toPlaces = ({ alarm, locations = [], points = [] }: Placed): readonly string[] => {
  const named = [...locations, ...points.map(toLocation)];
  const subject = parseAlarmId(alarm);
  if (subject.kind === 'device') return [...named, toLocation(subject.device)];
  if (subject.kind === 'point') return [...named, toLocation(subject.point)];
  if (subject.kind === 'automation') return [...named, ...toLocations(subject.scope)];
  return named;
};

const isChosen = ({ maxPriority, locations }: AlarmChoice, alarm: Placed & { readonly priority: string }): boolean =>
  alarm.priority <= maxPriority && (locations.length === 0 || toPlaces(alarm).some((place) => locations.includes(place)));

const toReason = (why: Reason | null | undefined, comment?: string): Pick<AlarmMessage, 'reason' | 'code'> =>
  why === null || why === undefined
    ? { reason: comment ?? null, code: null }
    : { reason: renderReason(why, { time: toIsoText }), code: why.code };

/** The alarms that stand, for a node that starts without a position. */
export const toStandingAlarms = (alarms: readonly AlarmStatus[], epoch: Epoch, choice: AlarmChoice): readonly AlarmMessage[] =>
  alarms
    .filter((alarm) => !isAlarmOver(alarm) && isChosen(choice, alarm))
    .map(({ alarm, state, priority, why, since, lsn }) => ({
      topic: alarm,
      payload: state,
      priority,
      ...toReason(why),
      at: toIsoText(since),
      id: `${epoch}:${lsn}`,
    }));

/** The alarms of a batch, in order. */
export const toAlarmMessages = (batch: Batch, choice: AlarmChoice): readonly AlarmMessage[] => {
  if (batch.kind !== 'entries') return [];
  return batch.entries
    .filter((entry): entry is AlarmEntry => entry.kind === 'alarm' && isChosen(choice, entry))
    .map(({ alarm, state, priority, why, reason, at, lsn }) => ({
      topic: alarm,
      payload: state,
      priority,
      ...toReason(why, reason),
      at: toIsoText(at),
      id: `${batch.epoch}:${lsn}`,
    }));
};
