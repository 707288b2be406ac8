import { openSegmentFiles, sealNext, toSegmentFolder, type SealLimits, type SegmentFiles, type SegmentInvariants } from '@phloem/backend';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Random } from '../engine/random.ts';
import type { SimProcess } from '../engine/sim-process.ts';

/** So small that a stretch of work seals several segments. */
const limits: SealLimits = { entries: 60, ageMs: 1000, kept: 10 };

/** What was done to the folder and is not synced: a power cut undoes it, or not. */
type Change = { readonly undo: () => void };

type Unsynced = { changes: Change[] };
type WatchedParts = {
  readonly path: string;
  readonly process: () => SimProcess | null;
  readonly random: Random;
  readonly unsynced: Unsynced;
};

/**
 * The files of the segments on a disk that loses power: what is renamed or removed is so for certain once the folder is synced. Each
 * operation is an act of the hub's process, and a process that has ended does none.
 */
export const createSimSegments = (random: Random) => {
  const unsynced: Unsynced = { changes: [] };
  const watched = (path: string, process: () => SimProcess | null): SegmentFiles => toWatchedFiles({ path, process, random, unsynced });

  return {
    /** What takes the place of production's files and of its sealing thread. */
    invariants: (_: string, process: () => SimProcess | null): SegmentInvariants => ({
      openFiles: (path) => watched(path, process),
      createSealer: (path, _limits, done) => ({
        start: () => {
          const database = new DatabaseSync(path, { readOnly: true });
          try {
            const segment = sealNext(database, path, watched(path, process), limits);
            // To list it is a transaction, and so an act.
            const now = process();
            if (now === null || now.act()) done(segment);
          } finally {
            database.close();
          }
        },
        close: () => undefined,
      }),
      sealLimits: limits,
    }),
    /** The folder as the next start finds it. */
    copy: (from: string, to: string, isCut: boolean): void => {
      if (isCut) {
        // In order, as a journal of a file system has them: the newest are undone.
        const undone = unsynced.changes.slice(Math.floor(random.next() * (unsynced.changes.length + 1)));
        for (const { undo } of undone.toReversed()) undo();
      }
      unsynced.changes = [];
      const folder = join(from, 'segments');
      if (existsSync(folder)) cpSync(folder, join(to, 'segments'), { recursive: true });
    },
  };
};

/** Production's files, each operation an act of the process. */
function toWatchedFiles({ path, process, random, unsynced }: WatchedParts): SegmentFiles {
  const folder = toSegmentFolder(path);
  const files = openSegmentFiles(folder);
  const act = (work: () => void): void => {
    const now = process();
    if (now === null || now.act()) work();
  };
  return {
    ...files,
    write: (name, content) => {
      act(() => {
        files.write(name, content);
        // Its content is synced, its name is not.
        unsynced.changes.push({ undo: () => rmSync(join(folder, name), { force: true }) });
      });
      // Killed in the middle of it, the process leaves half a file.
      if (process()?.isAlive === false) files.write(name, content.subarray(0, Math.floor(random.next() * content.length)));
    },
    rename: (from, to) =>
      act(() => {
        files.rename(from, to);
        unsynced.changes.push({ undo: () => existsSync(join(folder, to)) && files.rename(to, from) });
      }),
    syncFolder: () =>
      act(() => {
        unsynced.changes = [];
      }),
    remove: (name) =>
      act(() => {
        if (!files.list().includes(name)) return;
        const content = files.read(name);
        files.remove(name);
        unsynced.changes.push({ undo: () => files.write(name, content) });
      }),
  };
}
