import { alarmIds } from '@phloem/protocol';
import { interval, type SchedulerLike, type Subscription } from 'rxjs';
import { stepStall, type StallState } from '../alarms/hub-stalled.ts';
import type { HubStore } from '../store/hub-store.ts';
import type { HubView } from '../view/hub-view.ts';

export type StallAlarmParts = {
  readonly store: Pick<HubStore, 'log' | 'clock'>;
  readonly view: Pick<HubView, 'alarmState'>;
  readonly scheduler: SchedulerLike;
  /** The process was held up for so long: raise the alarm. */
  readonly raiseMs: number;
};

const lookEveryMs = 250;

/** Looks four times a second how late it comes, and records an alarm when something held the process up. */
export const runStallAlarm = ({ store, view, scheduler, raiseMs }: StallAlarmParts): Subscription => {
  const { log, clock } = store;
  const known = view.alarmState(alarmIds.hub('stalled'));
  let seenUp = clock.up();
  let state: StallState = { isActive: known === 'active' || known === 'acknowledged', lastUp: seenUp };
  return interval(lookEveryMs, scheduler).subscribe(() => {
    const up = clock.up();
    const lateMs = up - seenUp - lookEveryMs;
    seenUp = up;
    const step = stepStall(state, { up, lateMs }, raiseMs);
    ({ state } = step);
    if (step.drafts.length > 0) log.append(step.drafts);
  });
};
