import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { HubClockFrom } from '../../log/hub-clock.ts';
import type { HubClock, HubStore } from '../hub-store.ts';
import { openHubStore } from '../open-hub-store.ts';
import { failpoints } from '../../io/failpoints.ts';
import { openDataLock } from './data-lock.ts';
import { openSqliteDisk } from './sqlite-disk.ts';
import { toStoreFault } from './sqlite-fault.ts';

/** Where the hub's data is, and what its log needs from outside. */
export type SqliteStoreOptions = {
  /** The database, `…/hub.db`. Its folder is made when it is not there, and holds files beside it. */
  readonly path: string;
  readonly clock: HubClock | HubClockFrom;
  readonly random: () => number;
  /** Names this boot of the machine; see `readBoot`. */
  readonly bootId: string;
  /** How much heap the newest entries may take; 32 MiB when not said. */
  readonly ringBytes?: number;
};

/**
 * Opens the hub's store in a SQLite file, for this process alone. The caller closes it.
 *
 * @throws Fault `store/locked` when another hub uses the folder, `store/unwritable`, `store/newer`, `store/damaged`.
 */
export function openSqliteStore({ path, ...parts }: SqliteStoreOptions): HubStore {
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw toStoreFault(error, folder);
  }
  const lock = openDataLock(`${path.replace(/\.db$/, '')}.lock`);
  try {
    const disk = failpoints.disk(openSqliteDisk(path));
    return openHubStore({
      ...parts,
      disk: {
        ...disk,
        close: () => {
          disk.close();
          lock.close();
        },
      },
    });
  } catch (error) {
    lock.close();
    throw toStoreFault(error, path);
  }
}
