import type { CommandRecord, StoreDisk, StoredRow } from '@phloem/backend';
import type { Epoch, Lsn, Position, ScopeId } from '@phloem/protocol';
import type { SimProcess } from '../engine/sim-process.ts';

/** What one transaction has put on the disk. */
export type Written = {
  readonly rows: readonly StoredRow[];
  readonly commands: readonly CommandRecord[];
  readonly cursors: readonly { readonly scope: ScopeId; readonly cursor: Position }[];
  /** What the log says of itself, when a hub begins to write it. */
  readonly run: LogRun | null;
};

export type LogRun = { readonly epoch: Epoch; readonly lineage: readonly { readonly epoch: Epoch; readonly end: Lsn }[] };

/** Who learns of what is on the disk. Transactions are counted from 1. */
export type DiskWatch = {
  readonly written: (transaction: number, written: Written) => void;
  /** Everything up to this transaction survives a power cut. */
  readonly synced: (transaction: number) => void;
};

/**
 * A hub's hand on its disk. It reports what every transaction writes, and it is the hub's process that writes: what a
 * dead one still does reaches nothing.
 */
export const createWatchedDisk = (disk: StoreDisk, process: SimProcess, watch: DiskWatch, count: { transactions: number }): StoreDisk => {
  let noted = nothing();
  let isOpen = false;

  const tell = (): void => {
    count.transactions += 1;
    const written = noted;
    noted = nothing();
    watch.written(count.transactions, written);
  };
  /** Whether a change reaches the disk: inside a transaction that was begun alive, or by itself. */
  const may = (): boolean => isOpen || process.act();
  const change: Change = (apply, note) => {
    if (!may()) return;
    apply();
    note?.(noted);
    if (!isOpen) tell();
  };

  return {
    file: disk.file,
    spare: () => disk.spare(),
    transact: (work) => {
      if (!process.act()) return work();
      isOpen = true;
      try {
        const result = disk.transact(work);
        isOpen = false;
        tell();
        return result;
      } catch (error) {
        noted = nothing();
        throw error;
      } finally {
        isOpen = false;
      }
    },
    ...watchTables(disk, change),
    seen: {
      get: () => disk.seen.get(),
      set: (position) => {
        if (process.isAlive) disk.seen.set(position);
      },
    },
    sync: () => {
      const target = count.transactions;
      // What is asked for by a process that ends is never answered.
      return new Promise((resolve, reject) => {
        if (!process.act()) return;
        disk.sync().then(
          () => {
            if (!process.isAlive) return;
            watch.synced(target);
            resolve();
          },
          (error: unknown) => {
            if (process.isAlive) reject(error);
          },
        );
      });
    },
    syncNow: () => {
      if (!process.act()) return;
      disk.syncNow();
      watch.synced(count.transactions);
    },
    close: () => undefined,
  };
};

type Noted = { rows: StoredRow[]; commands: CommandRecord[]; cursors: { scope: ScopeId; cursor: Position }[]; run: LogRun | null };
/** Makes a change unless the process is dead, and notes it. */
type Change = (apply: () => void, note?: (noted: Noted) => void) => void;

const nothing = (): Noted => ({ rows: [], commands: [], cursors: [], run: null });

type Tables = Omit<StoreDisk, 'file' | 'spare' | 'transact' | 'seen' | 'sync' | 'syncNow' | 'close'>;

function watchTables(
  { entries, facts, cursors, sources, namedCursors, commands, documents, checkpoints }: StoreDisk,
  change: Change,
): Tables {
  return {
    entries: {
      ...entries,
      append: (row) =>
        change(
          () => entries.append(row),
          ({ rows }) => rows.push(row),
        ),
      cut: (to) => change(() => entries.cut(to)),
    },
    facts: {
      ...facts,
      set: (name, text) =>
        change(
          () => facts.set(name, text),
          (noted) => {
            if (name === 'run') noted.run = JSON.parse(text) as LogRun;
          },
        ),
    },
    cursors: {
      ...cursors,
      set: (scope, cursor) =>
        change(
          () => cursors.set(scope, cursor),
          (noted) => noted.cursors.push({ scope, cursor }),
        ),
    },
    sources: { ...sources, put: (source, record) => change(() => sources.put(source, record)) },
    namedCursors: {
      ...namedCursors,
      put: (cursor) => change(() => namedCursors.put(cursor)),
      remove: (name) => change(() => namedCursors.remove(name)),
    },
    commands: {
      ...commands,
      put: (record) =>
        change(
          () => commands.put(record),
          (noted) => noted.commands.push(record),
        ),
      forget: (to) => change(() => commands.forget(to)),
    },
    documents: { ...documents, put: (hash, text) => change(() => documents.put(hash, text)) },
    checkpoints: {
      ...checkpoints,
      put: (checkpoint) => change(() => checkpoints.put(checkpoint)),
      remove: (scope, cursor) => change(() => checkpoints.remove(scope, cursor)),
    },
  };
}
