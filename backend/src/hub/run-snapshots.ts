import { interval, type SchedulerLike, type Subscription } from 'rxjs';
import { minutes } from '@phloem/protocol';
import type { AlarmWatch } from '../alarms/alarm-watch.ts';
import type { HubStore, StoredSnapshot } from '../store/hub-store.ts';
import type { LogSnapshot } from './snapshot.ts';

export type SnapshotParts = {
  readonly store: HubStore;
  readonly standing: LogSnapshot;
  readonly alarmWatch: Pick<AlarmWatch, 'toStored'>;
  /** The pauses that the buses have learned. */
  readonly pauses: () => NonNullable<StoredSnapshot['pauses']>;
  readonly scheduler: SchedulerLike;
};

/** How often it is stored how things stand; a start reads the log from there. */
const everyMs = minutes(1);

/** Stores how things stand, now and once a minute. */
export const runSnapshots = ({ store, standing, alarmWatch, pauses, scheduler }: SnapshotParts): Subscription => {
  const { log } = store;
  const keep = (): void => {
    for (;;) {
      const entries = log.read(Math.max(standing.lsn, log.first - 1), { entries: 4096, bytes: 4 * 1024 * 1024 });
      if (entries.length === 0) break;
      for (const entry of entries) standing.apply(entry);
    }
    const learned = pauses();
    store.standing.put({ ...standing.toStored(), watching: alarmWatch.toStored(), ...(learned.length > 0 && { pauses: learned }) });
  };
  keep();
  return interval(everyMs, scheduler).subscribe(keep);
};
