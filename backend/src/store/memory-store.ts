import type { HubClockFrom } from '../log/hub-clock.ts';
import type { HubStore } from './hub-store.ts';
import type { HubClock } from '../log/hub-clock.ts';
import { createMemoryDisk, type MemoryDisk } from './memory-disk.ts';
import { openHubStore } from './open-hub-store.ts';

/** What a store in memory is made of. `disk` is what an earlier store left; a new one when not said. */
export type MemoryStoreOptions = {
  readonly clock: HubClock | HubClockFrom;
  readonly random: () => number;
  readonly ringBytes?: number;
  readonly disk?: MemoryDisk;
  /** The same name as before means that the machine was not restarted. */
  readonly bootId?: string;
};

/** A store in memory, with the disk under it. */
export type MemoryStore = HubStore & {
  /** What a store that is opened after the end of this process finds: everything. */
  readonly disk: MemoryDisk;
  /** A power cut: the disk as it is found afterwards, with all that was synced and the oldest `survivors` after that. */
  crash(survivors?: number): MemoryDisk;
};

/**
 * Makes a store that keeps everything in memory, by the same rules as the one on SQLite. To start again after a kill,
 * open another over its `disk`; after a power cut, over what `crash()` returns, under another `bootId`.
 */
export function createMemoryStore({ disk = createMemoryDisk(), bootId = 'boot', ...parts }: MemoryStoreOptions): MemoryStore {
  const store = openHubStore({ ...parts, disk, bootId });
  return Object.assign(store, { disk, crash: (survivors?: number) => disk.crash(survivors) });
}
