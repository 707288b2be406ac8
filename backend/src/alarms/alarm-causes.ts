import { alarmIds, isAlarmOver, parseAlarmId, type AlarmStatus } from '@phloem/protocol';
import type { Site } from '../site/site.ts';

/** The alarms that can be the cause of one, by how the site is wired: the nearest first. */
export type CausesOf = (status: Pick<AlarmStatus, 'alarm' | 'points'>) => readonly string[];

/** What a device cannot help when its unit does not answer; all else of it is trouble of its own. */
const ofTheLine: ReadonlySet<string> = new Set(['silent', 'unknown', 'failed']);

type Place = { readonly bus: string; readonly unit: number };

/**
 * Makes the function that knows what an alarm can come from: a device from its unit, what cannot be evaluated from the units of
 * the points that it reads, a unit from its bus.
 */
export const createCausesOf = ({ points, devices }: Pick<Site, 'points' | 'devices'>): CausesOf => {
  const places = new Map<string, readonly Place[]>();
  for (const { id, source } of points) if (source.kind === 'register') places.set(id, [source]);
  for (const { id, source } of points)
    if (source.kind === 'derived')
      places.set(
        id,
        source.inputs.flatMap((input) => places.get(input) ?? []),
      );
  for (const { id, write, readBack } of devices) places.set(id, [readBack, write]);
  const toIds = (found: readonly Place[]): readonly string[] => [
    ...new Set([...found.map(({ bus, unit }) => alarmIds.unit(bus, unit)), ...found.map(({ bus }) => alarmIds.bus(bus))]),
  ];
  return ({ alarm, points: read = [] }) => {
    const subject = parseAlarmId(alarm);
    switch (subject.kind) {
      case 'unit':
        return [alarmIds.bus(subject.bus)];
      case 'register':
        return [alarmIds.unit(subject.bus, subject.unit), alarmIds.bus(subject.bus)];
      case 'device':
        return ofTheLine.has(subject.condition) ? toIds(places.get(subject.device) ?? []) : [];
      case 'document':
        return alarm.endsWith('/unknown') ? toIds(read.flatMap((point) => places.get(point) ?? [])) : [];
      default:
        return [];
    }
  };
};

/** So long after its cause is over an alarm that goes on may still be a consequence of it: units come back one by one. */
const settleMs = 60_000;

/**
 * Pure: the alarm that another one comes from, the farthest that is active; undefined where it stands for itself. It stays
 * so until the alarm is over, or has outlasted its cause.
 */
export const toParent = (
  status: AlarmStatus,
  causes: readonly string[],
  { find, at }: { readonly find: (alarm: string) => AlarmStatus | undefined; readonly at: number },
): string | undefined => {
  const cause = causes.findLast((alarm) => (find(alarm)?.state ?? 'cleared') !== 'cleared');
  if (cause !== undefined) return status.state === 'cleared' ? status.parent : cause;
  const before = status.parent === undefined ? undefined : find(status.parent);
  if (before === undefined || isAlarmOver(status)) return undefined;
  return status.state === 'cleared' || at - before.since < settleMs ? status.parent : undefined;
};
