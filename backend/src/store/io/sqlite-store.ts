import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { HubClockFrom } from '../../log/hub-clock.ts';
import type { HubStore } from '../hub-store.ts';
import type { HubClock } from '../../log/hub-clock.ts';
import { openHubStore } from '../open-hub-store.ts';
import type { StoreDisk } from '../store-disk.ts';
import { reserveBytes, type DataSpace } from '../disk-space.ts';
import { checkedAtStartBytes } from './check-database.ts';
import { openDataLock } from './data-lock.ts';
import { openDataSpace } from './open-data-space.ts';
import { repairWhereNeeded, type Repair } from './repair-database.ts';
import { diskInvariants, openSqliteDisk, type DiskInvariants } from './sqlite-disk.ts';
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
  /** How its file reaches the disk; those of this machine when not said. */
  readonly hands?: DiskInvariants;
  /** The disk under the folder; that of this machine when not said. */
  readonly space?: DataSpace;
  /** Receives what was saved when the database had to be repaired before it could be opened. */
  readonly onRepaired?: (repair: Repair) => void;
  /** Puts something of a test around the disk. */
  readonly decorate?: (disk: StoreDisk) => StoreDisk;
};

/**
 * Opens the hub's store in a SQLite file, for this process alone. The caller closes it. A database that is found damaged
 * is set aside, and what can be read of it put in its place.
 *
 * @throws Fault `store/locked` when another hub uses the folder, `store/missing` when the folder was in use and its
 * database is gone, `store/full`, `store/unwritable`, `store/newer`, `store/damaged`.
 */
export function openSqliteStore({
  path,
  hands = diskInvariants,
  onRepaired,
  decorate = (disk) => disk,
  space = openDataSpace(dirname(path)),
  ...parts
}: SqliteStoreOptions): HubStore {
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw toStoreFault(error, folder);
  }
  const lock = openDataLock(`${path.replace(/\.db$/, '')}.lock`);
  try {
    if (space.free() < reserveBytes / 2) space.releaseReserve();
    const repair = repairWhereNeeded(path, checkedAtStartBytes);
    if (repair !== null) onRepaired?.(repair);
    const disk = decorate(openSqliteDisk(path, hands));
    return openHubStore({
      ...parts,
      makeRoom: () => space.releaseReserve(),
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
