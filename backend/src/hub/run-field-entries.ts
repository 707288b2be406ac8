import { Subscription } from 'rxjs';
import type { FieldPort } from '../field/field-port.ts';
import type { FrameLog } from '../log/frame-log.ts';
import type { HubView } from '../view/hub-view.ts';

export type FieldEntryParts = {
  readonly field: FieldPort;
  readonly log: Pick<FrameLog, 'append'>;
  readonly view: Pick<HubView, 'applyBus' | 'alarmState'>;
};

/** Appends what the field reads, and its alarms where they change; shows how its buses are. */
export const runFieldEntries = ({ field, log, view }: FieldEntryParts): Subscription => {
  const running = new Subscription();
  running.add(field.frames$.subscribe((frame) => log.append([frame])));
  running.add(field.status$.subscribe((status) => view.applyBus(status)));
  running.add(
    field.alarms$?.subscribe((alarm) => {
      if ((view.alarmState(alarm.alarm) === 'cleared') !== (alarm.state === 'cleared')) log.append([alarm]);
    }),
  );
  return running;
};
