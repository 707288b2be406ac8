import { alarmIds, type AlarmPriority, type AlarmStatus, type SetpointName } from '@phloem/protocol';

/** A limit whose alarm is active: on which side, and how urgent it is. */
export type LimitBreach = { readonly side: 'low' | 'high'; readonly priority: AlarmPriority };

/**
 * The alarm of a set-point's limit that is active and not shelved; null while none is. The hub decides with its delays, its dead band and
 * its grace: the panel compares no value with a limit of its own.
 */
export const toLimitBreach = (setpoint: SetpointName, alarms: ReadonlyMap<string, AlarmStatus>): LimitBreach | null => {
  for (const side of ['low', 'high'] as const) {
    const status = alarms.get(alarmIds.limit(setpoint, side));
    if (status !== undefined && status.state !== 'cleared' && status.shelved === undefined) return { side, priority: status.priority };
  }
  return null;
};
