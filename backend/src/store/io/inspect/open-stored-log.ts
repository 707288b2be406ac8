import type { DocumentHash, Lsn, ScopeId } from '@phloem/protocol';
import { decodeRows } from '../../../log/decode-rows.ts';
import type { LogBounds, LogEntries } from '../../../log/log-entries.ts';
import type { StoredCheckpoint } from '../../hub-store.ts';
import type { CheckpointHeader } from '../../store-disk.ts';
import { openInspection } from './open-inspection.ts';

/** The log of a data folder, with the documents and checkpoints that a replay of it needs. */
export type StoredLog = LogEntries &
  Disposable & {
    /** The text of a document by its hash; null when it is not stored. */
    document(hash: DocumentHash): string | null;
    /** All checkpoints, without their states, oldest first. */
    checkpoints(): readonly CheckpointHeader[];
    checkpoint(scope: ScopeId, cursor: Lsn): StoredCheckpoint | null;
  };

/**
 * Opens the log at `path` for reading, also while a hub uses it. Each read is a transaction of its own, so that none holds up the hub.
 *
 * @throws Fault `store/missing`, `store/newer`, `store/unwritable` for a log of an older version, `store/damaged`.
 */
export function openStoredLog(path: string): StoredLog {
  const { database, reader, ...inspection } = openInspection(path);
  const look = database.prepare(
    `SELECT (SELECT min(lsn) FROM entries) AS row_first, (SELECT min(first) FROM segments) AS sealed_first,
    (SELECT max(lsn) FROM entries) AS row_head, (SELECT max(last) FROM segments) AS sealed_head,
    (SELECT text FROM facts WHERE name = 'run') AS run`,
  );
  const document = database.prepare('SELECT text FROM documents WHERE hash = ?');
  const headers = database.prepare('SELECT header FROM checkpoints ORDER BY cursor, scope');
  const checkpoint = database.prepare('SELECT header, state FROM checkpoints WHERE scope = ? AND cursor = ?');
  return {
    bounds: () => {
      const row = look.get() ?? {};
      const { epoch, lineage } = JSON.parse(String(row['run'])) as Pick<LogBounds, 'epoch' | 'lineage'>;
      const head = Math.max(Number(row['row_head'] ?? 0), Number(row['sealed_head'] ?? 0));
      const first = Math.min(Number(row['row_first'] ?? head + 1), Number(row['sealed_first'] ?? head + 1));
      return { epoch, lineage, head, first };
    },
    read: (after, { entries, bytes }, first) => decodeRows(reader.read(after, entries, bytes), after, first),
    document: (hash) => {
      const text = document.get(hash)?.['text'];
      return typeof text === 'string' ? text : null;
    },
    checkpoints: () => headers.all().map((row) => JSON.parse(String(row['header'])) as CheckpointHeader),
    checkpoint: (scope, cursor) => {
      const row = checkpoint.get(scope, cursor);
      return row === undefined ? null : { ...(JSON.parse(String(row['header'])) as CheckpointHeader), state: String(row['state']) };
    },
    [Symbol.dispose]: () => inspection[Symbol.dispose](),
  };
}
