import { createMemoryDisk, type FoundRow, type MemoryDisk, type StoreDisk } from '@phloem/backend';
import type { Random } from '../engine/random.ts';
import type { SimProcess } from '../engine/sim-process.ts';

/** The disk of the hub's machine: it outlives the processes that work on it. */
export interface MachineDisk {
  /** What a process that starts finds. */
  open(process: SimProcess): StoreDisk;
  /** The power goes. Returns how many of the transactions so far are left. */
  cutPower(transactions: number): number;
  /** The whole log as it is read from the disk now. */
  stored(): readonly FoundRow[];
  /** The run is over. */
  remove(): void;
}

/** How long a sync takes for this process. */
export type SyncTakes = (process: SimProcess) => Promise<void>;

/** A disk in memory, which keeps what was synced and some of the transactions after that. */
export const createMemoryMachineDisk = (random: Random, syncTakes: SyncTakes): MachineDisk => {
  let process: SimProcess | null = null;
  let disk: MemoryDisk = createMemoryDisk({ syncTakes: () => (process === null ? new Promise(() => undefined) : syncTakes(process)) });
  return {
    open: (opener) => {
      process = opener;
      return disk;
    },
    cutPower: (transactions) => {
      const { unsynced } = disk;
      const survivors = random.chance(0.3) ? 0 : Math.floor(random.next() * (unsynced + 1));
      disk = disk.crash(survivors);
      return transactions - (unsynced - survivors);
    },
    stored: () => disk.entries.read(0, Infinity, Infinity),
    remove: () => undefined,
  };
};
