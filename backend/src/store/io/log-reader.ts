import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { decodeRows } from '../../log/decode-rows.ts';
import type { LogBounds, LogEntries } from '../../log/log-entries.ts';
import type { LogSource } from '../../log/log-source.ts';
import { createSampleSource } from '../../log/samples/sample-source.ts';
import { createRowReader } from './entry-rows.ts';
import { openSegmentFiles, toSegmentFolder } from './segments/segment-files.ts';
import { createSealedLog } from './segments/sealed-samples.ts';
import { createSegmentReader } from './segments/segment-reader.ts';
import { openSegmentTable } from './segments/segment-table.ts';
import { toStoreFault } from './sqlite-fault.ts';

/**
 * Opens the log for reading, in another thread than the one that writes it. Each call is a transaction of its own, over
 * before it returns: one that stays open would keep the write-ahead log from starting over.
 *
 * @throws Fault `store/unwritable` when there is no database, `store/damaged`.
 */
export function openLogReader(path: string): LogSource {
  try {
    if (!existsSync(path)) throw Object.assign(new Error('it is not there'), { errcode: 14 });
    const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    const table = openSegmentTable(database);
    const segments = createSegmentReader(table, openSegmentFiles(toSegmentFolder(path)), createRowReader(database, path));
    // What is sealed has a number below every row but damaged ones; after a removal the first of either counts.
    const look = database.prepare(
      `SELECT (SELECT min(lsn) FROM entries) AS row_first, (SELECT min(first) FROM segments) AS sealed_first,
      (SELECT max(lsn) FROM entries) AS row_head, (SELECT max(last) FROM segments) AS sealed_head,
      (SELECT text FROM facts WHERE name = 'run') AS run`,
    );
    /** A page that names others may be damaged: without it nobody knows where the log begins or ends. */
    const lookUp = (): NonNullable<ReturnType<typeof look.get>> => {
      try {
        return look.get() ?? {};
      } catch (error) {
        throw toStoreFault(error, path);
      }
    };
    const log: LogEntries = {
      bounds: () => {
        const row = lookUp();
        const { epoch, lineage } = JSON.parse(String(row['run'])) as Pick<LogBounds, 'epoch' | 'lineage'>;
        const head = Math.max(Number(row['row_head'] ?? 0), Number(row['sealed_head'] ?? 0));
        const first = Math.min(Number(row['row_first'] ?? head + 1), Number(row['sealed_first'] ?? head + 1));
        return { epoch, lineage, head, first };
      },
      read: (after, { entries, bytes }, first) => decodeRows(segments.read(after, entries, bytes), after, first),
    };
    return { ...log, samples: createSampleSource(log, createSealedLog(table, segments)), close: () => database.close() };
  } catch (error) {
    throw toStoreFault(error, path);
  }
}
