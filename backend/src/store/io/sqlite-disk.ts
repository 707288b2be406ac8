import { fdatasync, fdatasyncSync, closeSync, fsyncSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StoredRow } from '../../log/decode-rows.ts';
import type { StoreDisk } from '../store-disk.ts';
import { createCheckpointer } from './checkpointer.ts';
import { toChecksum } from './entry-rows.ts';
import { openSeenFile } from './seen-file.ts';
import { toStoreFault } from './sqlite-fault.ts';
import { sealLimits } from './segments/seal-next.ts';
import { createSealer } from './segments/sealer.ts';
import { openSegmentFiles, toSegmentFolder } from './segments/segment-files.ts';
import { SegmentedEntries, type SegmentInvariants } from './segments/segmented-entries.ts';
import { prepareSchema } from './sqlite-schema.ts';
import { prepareStatements, type Statements } from './sqlite-statements.ts';
import { createSqliteTables } from './sqlite-tables.ts';
import { pageBytes, WriteAheadLog, type LogInvariants } from './write-ahead-log.ts';

/** How this file reaches the disk under it; a test that cuts the power takes the place of it. */
export type DiskInvariants = {
  /** Identifies a file, so that a copy of it is distinguished from it; null where that cannot be done. */
  readonly toFileIdentity: (path: string) => string | null;
} & LogInvariants &
  SegmentInvariants;

/** Those of this machine. */
export const diskInvariants: DiskInvariants = {
  fdatasync,
  fdatasyncSync,
  createCheckpointer,
  toFileIdentity,
  openFiles: (path) => openSegmentFiles(toSegmentFolder(path)),
  createSealer,
  sealLimits,
};

/**
 * Opens the tables in a SQLite file. Transactions are NORMAL: they outlive the process; `sync` syncs the write-ahead
 * log, in Node's thread pool, by a descriptor of that file alone.
 *
 * `hub.db` itself is never opened by plain file calls: closing such a descriptor would drop SQLite's locks on it.
 */
export function openSqliteDisk(path: string, hands: DiskInvariants = diskInvariants): StoreDisk {
  const database = openDatabase(path);
  syncFolder(dirname(path));
  const seen = openSeenFile(`${path.replace(/\.db$/, '')}.seen`);
  const sql = prepareStatements(database);
  const runTransaction = createTransactions(database, sql);
  const entries = new SegmentedEntries(database, path, hands, runTransaction);
  const log = new WriteAheadLog(database, path, hands);
  let newest: StoredRow | null = null;

  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw toStoreFault(error, path);
    }
  };

  return {
    ...createSqliteTables(sql, (bytes) => log.wrote(bytes)),
    file: hands.toFileIdentity(path),
    spare: () => Number(sql.freePages.get()?.['freelist_count'] ?? 0) * pageBytes,
    transact: (work) =>
      guarded(() => {
        newest = null;
        const result = runTransaction(work);
        if (newest !== null) entries.appended(newest);
        log.committed();
        return result;
      }),
    entries: {
      bounds: () => guarded(() => entries.bounds()),
      append: (row) => {
        log.wrote(row.body.length);
        const { lsn, at, up, offset, body } = row;
        sql.append.run(lsn, at, up, offset, toChecksum(lsn, at, up, offset, body), body);
        newest = row;
      },
      read: (after, count, bytes) => entries.read(after, count, bytes),
      cut: (to) => entries.cut(to),
      marks: () => entries.marks(),
      near: (lsn) => entries.near(lsn),
    },
    seen: { get: () => seen.get(), set: (position) => guarded(() => seen.set(position)) },
    sync: () => log.sync(entries.toSynced()),
    syncNow: () =>
      guarded(() => {
        const synced = entries.toSynced();
        log.syncNow();
        synced();
      }),
    close: () => {
      log.stop();
      entries.close();
      database.close();
      seen.close();
      log.close();
    },
  };
}

/** Opens the file, creates the tables that are missing, and writes something, so that the write-ahead log is there. */
function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 5000 });
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864',
  );
  prepareSchema(database, path);
  database.exec("INSERT INTO facts VALUES ('opened', '1') ON CONFLICT DO UPDATE SET text = text + 1");
  return database;
}

const createTransactions =
  (database: DatabaseSync, sql: Statements) =>
  <T>(work: () => T): T => {
    sql.begin.run();
    try {
      const result = work();
      sql.commit.run();
      return result;
    } catch (error) {
      // SQLite itself has rolled back when the disk was full.
      if (database.isTransaction) sql.rollback.run();
      throw error;
    }
  };

/** Number and birth of a file: a copy has its own, and one that is restored under a freed number another birth. */
function toFileIdentity(path: string): string | null {
  const { ino, birthtimeNs } = statSync(path, { bigint: true });
  return ino === 0n ? null : `${ino}:${birthtimeNs}`;
}

/** The names of new files survive a power cut only once their folder is synced. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
