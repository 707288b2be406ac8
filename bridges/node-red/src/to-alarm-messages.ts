import {
  isAlarmOver,
  parseAlarmId,
  toIsoText,
  toLocation,
  toLocations,
  type AlarmEntry,
  type AlarmStatus,
  type Epoch,
} from '@phloem/protocol';
import type { Batch } from '@phloem/reconnect';

/** What an alarms node emits. `id` is the same whenever the same entry is emitted. */
export type AlarmMessage = {
  readonly topic: string;
  readonly payload: 'active' | 'acknowledged' | 'cleared';
  readonly priority: string;
  readonly reason: string | null;
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

/** The alarms that stand, for a node that starts without a position. */
export const toStandingAlarms = (alarms: readonly AlarmStatus[], epoch: Epoch, choice: AlarmChoice): readonly AlarmMessage[] =>
  alarms
    .filter((alarm) => !isAlarmOver(alarm) && isChosen(choice, alarm))
    .map(({ alarm, state, priority, reason, since, lsn }) => ({
      topic: alarm,
      payload: state,
      priority,
      reason,
      at: toIsoText(since),
      id: `${epoch}:${lsn}`,
    }));

/** The alarms of a batch, in order. */
export const toAlarmMessages = (batch: Batch, choice: AlarmChoice): readonly AlarmMessage[] => {
  if (batch.kind !== 'entries') return [];
  return batch.entries
    .filter((entry): entry is AlarmEntry => entry.kind === 'alarm' && isChosen(choice, entry))
    .map(({ alarm, state, priority, reason, at, lsn }) => ({
      topic: alarm,
      payload: state,
      priority,
      reason: reason ?? null,
      at: toIsoText(at),
      id: `${batch.epoch}:${lsn}`,
    }));
};
