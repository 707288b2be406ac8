import { openSqliteDisk, type DiskInvariants, type StoreDisk } from '@phloem/backend';
import { copyFileSync, existsSync, fstatSync, mkdirSync, mkdtempSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Random } from '../engine/random.ts';
import type { SimProcess } from '../engine/sim-process.ts';
import type { MachineDisk, SyncTakes } from './machine-disk.ts';
import { createSimSegments } from './sim-segments.ts';
import { cutLog, mixPages } from './torn-files.ts';

/** A hub's files, opened. What is not synced of the log is what a power cut may take. */
type Open = { readonly folder: string; readonly disk: StoreDisk; synced: Buffer; torn: Buffer | null };

const counter = 'transactions of the simulation';

/**
 * The real thing: production's SQLite files in a folder. Syncs take virtual time, and note what was in the write-ahead
 * log when they began; checkpoints come where production asks for them, in one go. A power cut copies the files as they
 * would be found: the log as it was synced, and of what came after whatever the drawn way of losing it leaves.
 *
 * Each start opens a copy: a process that was killed closes nothing, and a close would tidy up.
 */
export const createFileMachineDisk = (random: Random, syncTakes: SyncTakes): MachineDisk => {
  const root = mkdtempSync(join(tmpdir(), 'phloem-power-'));
  const segments = createSimSegments(random);
  let count = 0;
  let generation = 0;
  let process: SimProcess | null = null;
  let open: Open | null = null;
  /** Opened after a power cut, for the process that comes. */
  let isFresh = false;

  const openFolder = (folder: string): Open => {
    const opened = openFiles(folder, { segments, syncTakes, process: () => process });
    count = Number(opened.disk.facts.get(counter) ?? 0);
    return opened;
  };

  const nextFolder = (): string => {
    generation += 1;
    const folder = join(root, String(generation));
    mkdirSync(folder);
    return folder;
  };

  const openCopy = (before: Open, toLog: (written: Buffer) => Buffer, isCut: boolean): Open => {
    const copy = nextFolder();
    copyFiles(before, copy, { toLog, isCut, random });
    segments.copy(before.folder, copy, isCut);
    before.disk.close();
    rmSync(before.folder, { recursive: true });
    return openFolder(copy);
  };

  return {
    open: (opener) => {
      // It is the new process that tidies up among the segments.
      process = opener;
      if (open === null) open = openFolder(nextFolder());
      else if (!isFresh) {
        const { synced } = open;
        open = openCopy(open, (written) => written, false);
        // The machine has gone on: what was not synced then is not synced now.
        open.synced = synced;
      }
      isFresh = false;
      return counting(open.disk, (store) => {
        store(count + 1);
        count += 1;
      });
    },
    cutPower: (transactions) => {
      if (open === null) return 0;
      if (count !== transactions) throw new Error(`${count} transactions bear a number, and there were ${transactions}`);
      const { synced } = open;
      process = null;
      open = openCopy(open, (written) => cutLog(synced, written, random), true);
      isFresh = true;
      return count;
    },
    stored: () => open?.disk.entries.read(0, Number.MAX_SAFE_INTEGER, Infinity) ?? [],
    remove: () => {
      open?.disk.close();
      rmSync(root, { recursive: true });
    },
  };
};

type Machine = {
  readonly segments: ReturnType<typeof createSimSegments>;
  readonly syncTakes: SyncTakes;
  readonly process: () => SimProcess | null;
};

/** Opens what lies in a folder with production's code; what is synced of it is noted as the machine syncs. */
function openFiles(folder: string, { segments, syncTakes, process }: Machine): Open {
  const path = join(folder, 'hub.db');
  const sync = async (written: Buffer, done: () => void): Promise<void> => {
    const current = process();
    if (current === null) return;
    await syncTakes(current);
    opened.synced = written;
    done();
  };
  const hands: DiskInvariants = {
    fdatasync: (descriptor, done) => void sync(readAll(descriptor), () => done(null)),
    fdatasyncSync: (descriptor) => {
      opened.synced = readAll(descriptor);
    },
    createCheckpointer: (_, done) => ({
      start: () => done(checkpoint(path, opened, process())),
      close: () => undefined,
    }),
    ...segments.invariants(folder, process),
    // Each generation is a folder of its own, and stands for the same one.
    toFileIdentity: () => 'the disk',
  };
  const opened: Open = { folder, disk: openSqliteDisk(path, hands), synced: Buffer.alloc(0), torn: null };
  // SQLite has read it, and so it is what the next power cut begins with.
  opened.synced = readFileSync(`${path}-wal`);
  return opened;
}

/** Each transaction has its number, so that it is known how many are left. */
function counting(disk: StoreDisk, number: (store: (n: number) => void) => void): StoreDisk {
  return {
    ...disk,
    transact: (work) =>
      disk.transact(() => {
        const result = work();
        number((n) => disk.facts.set(counter, String(n)));
        return result;
      }),
  };
}

type CopyHow = { readonly toLog: (written: Buffer) => Buffer; readonly isCut: boolean; readonly random: Random };

/** Copies the files of a hub, its log as `toLog` leaves it. */
function copyFiles({ folder, synced, torn }: Open, copy: string, { toLog, isCut, random }: CopyHow): void {
  const path = join(folder, 'hub.db');
  if (torn !== null && isCut) writeFileSync(join(copy, 'hub.db'), mixPages(torn, readFileSync(path), random));
  else copyFileSync(path, join(copy, 'hub.db'));
  // In the middle of a checkpoint the log is still what it was when that began: synced.
  writeFileSync(join(copy, 'hub.db-wal'), torn !== null && isCut ? synced : toLog(readFileSync(`${path}-wal`)));
  // Never synced: after a power cut it may be there, empty, or gone.
  if (existsSync(join(folder, 'hub.seen')) && (!isCut || random.chance(0.5)))
    copyFileSync(join(folder, 'hub.seen'), join(copy, 'hub.seen'));
  else if (isCut && random.chance(0.5)) writeFileSync(join(copy, 'hub.seen'), '');
}

/** Moves the log into the database. A process that ends in the middle of it leaves some pages moved and others not. */
function checkpoint(path: string, opened: Open, process: SimProcess | null): { pages: number; moved: number } {
  // SQLite syncs the log before it moves a page of it.
  opened.synced = readFileSync(`${path}-wal`);
  const before = readFileSync(path);
  if (process?.act() === false) opened.torn = before;
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA synchronous = NORMAL');
    const result = database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get();
    return { pages: Number(result?.['log'] ?? 0), moved: Number(result?.['checkpointed'] ?? 0) };
  } finally {
    database.close();
  }
}

function readAll(descriptor: number): Buffer {
  const content = Buffer.alloc(fstatSync(descriptor).size);
  readSync(descriptor, content, 0, content.length, 0);
  return content;
}
