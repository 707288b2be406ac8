import { isAlarmOver, isAlarmSilenced, toAlarmPhase, type AlarmPhase } from './alarm-status.ts';
import type { AlarmStatus } from './state.ts';

/** An alarm as a list shows it: by itself, with those that come from it. */
export type ListedAlarm = {
  readonly status: AlarmStatus;
  readonly phase: Exclude<AlarmPhase, 'normal'>;
  readonly folded: readonly AlarmStatus[];
};

/**
 * Pure: the alarms that are not over, each with those that come from it. One whose cause nobody needs to see any more
 * stands for itself. So does one that is shelved, and one whose cause is shelved and that must not be shelved itself.
 */
export const toAlarmList = (alarms: Iterable<AlarmStatus>): readonly ListedAlarm[] => {
  const open = new Map([...alarms].filter((status) => !isAlarmOver(status)).map((status) => [status.alarm, status]));
  const find = (alarm: string): AlarmStatus | undefined => open.get(alarm);
  const toCause = (status: AlarmStatus): AlarmStatus | undefined => {
    if (status.parent === undefined || status.shelved !== undefined) return undefined;
    const cause = find(status.parent);
    return cause?.shelved !== undefined && !isAlarmSilenced(status, find) ? undefined : cause;
  };
  const children = Map.groupBy(open.values(), (status) => toCause(status)?.alarm ?? '');
  return (children.get('') ?? []).flatMap((status) => {
    const phase = toAlarmPhase(status);
    return phase === 'normal' ? [] : [{ status, phase, folded: children.get(status.alarm) ?? [] }];
  });
};
