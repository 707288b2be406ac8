import { Fault, isAlarmOver, type AlarmStatus } from '@phloem/protocol';
import type { FrameLog } from '../log/frame-log.ts';

/** What somebody says of an alarm. */
export type Acknowledgement = { readonly alarm: string; readonly by: string; readonly reason: string | null };

/**
 * Notes in the log that somebody has seen an alarm, one that has cleared meanwhile included. Seen twice is seen once.
 *
 * @throws Fault `alarm/unknown` when it was never raised, or is over.
 */
export const acknowledgeAlarm = (
  { log, view }: { readonly log: Pick<FrameLog, 'append'>; readonly view: { alarm(alarm: string): AlarmStatus | null } },
  { alarm, by, reason }: Acknowledgement,
): void => {
  const status = view.alarm(alarm);
  if (status === null || isAlarmOver(status)) throw new Fault('alarm/unknown', `no alarm ${alarm} waits to be acknowledged`);
  if (status.isAcknowledged) return;
  const state = status.state === 'cleared' ? 'cleared' : 'acknowledged';
  const why = reason === null ? {} : { reason };
  log.append([{ kind: 'alarm', alarm, state, priority: status.priority, by, isAcknowledged: true, ...why }]);
};
