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
  let rows: StoredRow[] = [];
  let commands: CommandRecord[] = [];
  let cursors: { scope: ScopeId; cursor: Position }[] = [];
  let run: LogRun | null = null;
  let isOpen = false;

  const tell = (): void => {
    count.transactions += 1;
    const written = { rows, commands, cursors, run };
    rows = [];
    commands = [];
    cursors = [];
    run = null;
    watch.written(count.transactions, written);
  };
  /** Whether a change reaches the disk: inside a transaction that was begun alive, or by itself. */
  const may = (): boolean => isOpen || process.act();
  const change = (note: () => void, apply: () => void): void => {
    if (!may()) return;
    apply();
    note();
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
        rows = [];
        commands = [];
        cursors = [];
        run = null;
        throw error;
      } finally {
        isOpen = false;
      }
    },
    entries: {
      bounds: () => disk.entries.bounds(),
      append: (row) =>
        change(
          () => rows.push(row),
          () => disk.entries.append(row),
        ),
      read: (after, most, bytes) => disk.entries.read(after, most, bytes),
      marks: () => disk.entries.marks(),
      near: (lsn) => disk.entries.near(lsn),
      cut: (to) =>
        change(
          () => undefined,
          () => disk.entries.cut(to),
        ),
    },
    facts: {
      get: (name) => disk.facts.get(name),
      set: (name, text) =>
        change(
          () => {
            if (name === 'run') run = JSON.parse(text) as LogRun;
          },
          () => disk.facts.set(name, text),
        ),
    },
    cursors: {
      get: (scope) => disk.cursors.get(scope),
      set: (scope, cursor) =>
        change(
          () => cursors.push({ scope, cursor }),
          () => disk.cursors.set(scope, cursor),
        ),
      scopes: () => disk.cursors.scopes(),
    },
    sources: {
      get: (source) => disk.sources.get(source),
      put: (source, record) =>
        change(
          () => undefined,
          () => disk.sources.put(source, record),
        ),
    },
    namedCursors: {
      get: (name) => disk.namedCursors.get(name),
      list: () => disk.namedCursors.list(),
      put: (cursor) =>
        change(
          () => undefined,
          () => disk.namedCursors.put(cursor),
        ),
      remove: (name) =>
        change(
          () => undefined,
          () => disk.namedCursors.remove(name),
        ),
    },
    commands: {
      get: (id) => disk.commands.get(id),
      put: (record) =>
        change(
          () => commands.push(record),
          () => disk.commands.put(record),
        ),
      open: () => disk.commands.open(),
      forget: (to) =>
        change(
          () => undefined,
          () => disk.commands.forget(to),
        ),
    },
    documents: {
      get: (hash) => disk.documents.get(hash),
      put: (hash, text) =>
        change(
          () => undefined,
          () => disk.documents.put(hash, text),
        ),
    },
    checkpoints: {
      put: (checkpoint) =>
        change(
          () => undefined,
          () => disk.checkpoints.put(checkpoint),
        ),
      headers: () => disk.checkpoints.headers(),
      get: (scope, cursor) => disk.checkpoints.get(scope, cursor),
      remove: (scope, cursor) =>
        change(
          () => undefined,
          () => disk.checkpoints.remove(scope, cursor),
        ),
    },
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
