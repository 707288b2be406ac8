import { isFault, type DocumentHash, type Position, type ScopeId } from '@phloem/protocol';
import { closeSync, fdatasync, fdatasyncSync, fsyncSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import type { CommandRecord, NamedCursor, SourceRecord, StoredCheckpoint } from '../hub-store.ts';
import type { StoredRow } from '../../log/decode-rows.ts';
import type { CheckpointHeader, StoreDisk } from '../store-disk.ts';
import { createCheckpointer, type CheckpointResult, type Checkpointer } from './checkpointer.ts';
import { toChecksum } from './entry-rows.ts';
import { openSeenFile } from './seen-file.ts';
import { toStoreFault } from './sqlite-fault.ts';
import { sealLimits } from './segments/seal-next.ts';
import { createSealer } from './segments/sealer.ts';
import { openSegmentFiles, toSegmentFolder } from './segments/segment-files.ts';
import { SegmentedEntries, type SegmentInvariants } from './segments/segmented-entries.ts';
import { prepareSchema } from './sqlite-schema.ts';

type Row = Record<string, SQLOutputValue>;

/** A checkpoint begins after about so many pages of 4 KiB have been written; past the limit the hub helps itself. */
const checkpointPages = 1000;
const walPagesLimit = 16_384;
const pageBytes = 4096;

/** How this file reaches the disk under it; a test that cuts the power takes the place of it. */
export type DiskInvariants = {
  readonly fdatasync: (descriptor: number, done: (error: Error | null) => void) => void;
  readonly fdatasyncSync: (descriptor: number) => void;
  readonly createCheckpointer: (path: string, done: (result: CheckpointResult | null) => void) => Checkpointer;
  /** Identifies a file, so that a copy of it is distinguished from it; null where that cannot be done. */
  readonly toFileIdentity: (path: string) => string | null;
} & SegmentInvariants;

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
  const database = new DatabaseSync(path, { timeout: 5000 });
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864',
  );
  prepareSchema(database, path);
  // The write-ahead log is there once something has been written.
  database.exec("INSERT INTO facts VALUES ('opened', '1') ON CONFLICT DO UPDATE SET text = text + 1");
  const log = openSync(`${path}-wal`, 'r+');
  syncFolder(dirname(path));
  const seen = openSeenFile(`${path.replace(/\.db$/, '')}.seen`);

  const sql = {
    begin: database.prepare('BEGIN IMMEDIATE'),
    commit: database.prepare('COMMIT'),
    rollback: database.prepare('ROLLBACK'),
    append: database.prepare('INSERT INTO entries (lsn, at, up, position, checksum, body) VALUES (?, ?, ?, ?, ?, ?)'),
    fact: database.prepare('SELECT text FROM facts WHERE name = ?'),
    setFact: database.prepare('INSERT INTO facts (name, text) VALUES (?, ?) ON CONFLICT DO UPDATE SET text = excluded.text'),
    cursor: database.prepare('SELECT epoch, lsn FROM cursors WHERE scope = ?'),
    setCursor: database.prepare(
      'INSERT INTO cursors (scope, epoch, lsn) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET epoch = excluded.epoch, lsn = excluded.lsn',
    ),
    scopes: database.prepare('SELECT scope FROM cursors ORDER BY scope'),
    command: database.prepare('SELECT record FROM commands WHERE id = ?'),
    putCommand: database.prepare(
      'INSERT INTO commands (id, accepted, stage, record) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET accepted = excluded.accepted, stage = excluded.stage, record = excluded.record',
    ),
    openCommands: database.prepare("SELECT record FROM commands WHERE stage <> 'ended' ORDER BY accepted, rowid"),
    forget: database.prepare("DELETE FROM commands WHERE stage = 'ended' AND accepted <= ?"),
    source: database.prepare('SELECT record FROM sources WHERE source = ?'),
    putSource: database.prepare('INSERT INTO sources VALUES (?, ?) ON CONFLICT DO UPDATE SET record = excluded.record'),
    namedCursor: database.prepare('SELECT * FROM named_cursors WHERE name = ?'),
    namedCursors: database.prepare('SELECT * FROM named_cursors ORDER BY name'),
    putNamedCursor: database.prepare(
      'INSERT INTO named_cursors VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET node = excluded.node, epoch = excluded.epoch, lsn = excluded.lsn, committed_at = excluded.committed_at',
    ),
    removeNamedCursor: database.prepare('DELETE FROM named_cursors WHERE name = ?'),
    document: database.prepare('SELECT text FROM documents WHERE hash = ?'),
    putDocument: database.prepare('INSERT INTO documents (hash, text) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    headers: database.prepare('SELECT header FROM checkpoints ORDER BY cursor, scope'),
    checkpoint: database.prepare('SELECT header, state FROM checkpoints WHERE scope = ? AND cursor = ?'),
    putCheckpoint: database.prepare(
      'INSERT INTO checkpoints (scope, cursor, header, state) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET header = excluded.header, state = excluded.state',
    ),
    freePages: database.prepare('PRAGMA freelist_count'),
    removeCheckpoint: database.prepare('DELETE FROM checkpoints WHERE scope = ? AND cursor = ?'),
  };

  const runTransaction = <T>(work: () => T): T => {
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
  const entries = new SegmentedEntries(database, path, hands, runTransaction);
  let newest: StoredRow | null = null;

  let pages = 0;
  let isClosed = false;
  let syncing = 0;
  const checkpointer = hands.createCheckpointer(path, (result) => {
    // Under constant load the last pages always escape the other thread; moving them here lets the log start over. And a
    // thread that cannot work must not let the log grow for ever.
    if (!isClosed && (result === null || result.pages > walPagesLimit)) moveLog();
  });

  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw toStoreFault(error, path);
    }
  };

  const moveLog = (): void => {
    try {
      database.exec('PRAGMA wal_checkpoint(PASSIVE)');
    } catch (error) {
      // On a full disk the entries stay in the write-ahead log, where they are safe, and the next checkpoint tries again.
      const fault = toStoreFault(error, path);
      if (!isFault(fault, 'store/full')) throw fault;
    }
  };

  const closeLog = (): void => {
    if (isClosed && syncing === 0) closeSync(log);
  };

  return {
    file: hands.toFileIdentity(path),
    spare: () => Number(sql.freePages.get()?.['freelist_count'] ?? 0) * pageBytes,
    transact: (work) =>
      guarded(() => {
        newest = null;
        const result = runTransaction(work);
        if (newest !== null) entries.appended(newest);
        pages += 3;
        if (pages >= checkpointPages) {
          pages = 0;
          checkpointer.start();
        }
        return result;
      }),
    entries: {
      bounds: () => guarded(() => entries.bounds()),
      append: (row) => {
        pages += row.body.length / 4096;
        const { lsn, at, up, offset, body } = row;
        sql.append.run(lsn, at, up, offset, toChecksum(lsn, at, up, offset, body), body);
        newest = row;
      },
      read: (after, count, bytes) => entries.read(after, count, bytes),
      cut: (to) => entries.cut(to),
      marks: () => entries.marks(),
      near: (lsn) => entries.near(lsn),
    },
    facts: {
      get: (name) => toText(sql.fact.get(name), 'text'),
      set: (name, text) => void sql.setFact.run(name, text),
    },
    cursors: {
      get: (scope: ScopeId): Position | null => {
        const row = sql.cursor.get(scope);
        return row === undefined ? null : { epoch: String(row['epoch']), lsn: Number(row['lsn']) };
      },
      set: (scope, { epoch, lsn }) => void sql.setCursor.run(scope, epoch, lsn),
      scopes: () => sql.scopes.all().map((row) => String(row['scope'])),
    },
    commands: {
      get: (id) => parse(toText(sql.command.get(id), 'record')) as CommandRecord | null,
      put: (record) => void sql.putCommand.run(record.id, record.accepted.lsn, record.stage, JSON.stringify(record)),
      open: () => sql.openCommands.all().map((row) => JSON.parse(String(row['record'])) as CommandRecord),
      forget: (to) => void sql.forget.run(to),
    },
    sources: {
      get: (source) => parse(toText(sql.source.get(source), 'record')) as SourceRecord | null,
      put: (source, record) => void sql.putSource.run(source, JSON.stringify(record)),
    },
    namedCursors: {
      get: (name) => {
        const row = sql.namedCursor.get(name);
        return row === undefined ? null : toNamedCursor(row);
      },
      list: () => sql.namedCursors.all().map(toNamedCursor),
      put: ({ name, node, epoch, lsn, committedAt }) => void sql.putNamedCursor.run(name, node, epoch, lsn, committedAt),
      remove: (name) => void sql.removeNamedCursor.run(name),
    },
    documents: {
      get: (hash: DocumentHash) => toText(sql.document.get(hash), 'text'),
      put: (hash, text) => void sql.putDocument.run(hash, text),
    },
    checkpoints: {
      put: ({ state, ...header }) => {
        pages += state.length / 4096;
        sql.putCheckpoint.run(header.scope, header.cursor, JSON.stringify(header), state);
      },
      headers: () => sql.headers.all().map((row) => JSON.parse(String(row['header'])) as CheckpointHeader),
      get: (scope, cursor): StoredCheckpoint | null => {
        const row = sql.checkpoint.get(scope, cursor);
        const header = parse(toText(row, 'header')) as CheckpointHeader | null;
        return header === null ? null : { ...header, state: String(row?.['state']) };
      },
      remove: (scope, cursor) => void sql.removeCheckpoint.run(scope, cursor),
    },
    seen: { get: () => seen.get(), set: (position) => guarded(() => seen.set(position)) },
    sync: () =>
      new Promise((resolve, reject) => {
        syncing += 1;
        const synced = entries.toSynced();
        hands.fdatasync(log, (error) => {
          syncing -= 1;
          closeLog();
          if (error === null) synced();
          if (error === null) resolve();
          else reject(toStoreFault(error, path));
        });
      }),
    syncNow: () =>
      guarded(() => {
        const synced = entries.toSynced();
        hands.fdatasyncSync(log);
        synced();
      }),
    close: () => {
      isClosed = true;
      checkpointer.close();
      entries.close();
      database.close();
      seen.close();
      closeLog();
    },
  };
}

const toText = (row: Row | undefined, column: string): string | null => (row === undefined ? null : String(row[column]));

const toNamedCursor = (row: Row): NamedCursor => ({
  name: String(row['name']),
  node: String(row['node']),
  epoch: String(row['epoch']),
  lsn: Number(row['lsn']),
  committedAt: Number(row['committed_at']),
});

const parse = (text: string | null): unknown => (text === null ? null : JSON.parse(text));

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
