import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '@phloem/protocol';
import { createRowReader } from '../entry-rows.ts';
import { openSegmentFiles, toSegmentFolder, type SegmentFiles } from '../segments/segment-files.ts';
import { createSegmentReader, type SegmentReader } from '../segments/segment-reader.ts';
import { openSegmentTable, type SegmentTable } from '../segments/segment-table.ts';
import { schemaVersion } from '../sqlite-schema.ts';
import { toStoreFault } from '../sqlite-fault.ts';

/** The log of a data folder for somebody who only looks, also while a hub uses it. */
export type Inspection = Disposable & {
  readonly database: DatabaseSync;
  readonly table: SegmentTable;
  readonly files: SegmentFiles;
  readonly reader: SegmentReader;
};

/**
 * Opens the log at `path` without changing anything.
 *
 * @throws Fault `store/missing`, `store/newer`, `store/unwritable` for a log of an older version, `store/damaged`.
 */
export function openInspection(path: string): Inspection {
  if (!existsSync(path)) throw new Fault('store/missing', `there is no log ${path}; name the data folder of the hub with --data`);
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (found > schemaVersion) {
      throw new Fault(
        'store/newer',
        `${path} was written by a newer version of Phloem (schema ${found}). Use the command of that version.`,
      );
    }
    if (found < schemaVersion) {
      throw new Fault(
        'store/unwritable',
        `${path} was written by an older version of Phloem (schema ${found}). Start the hub of this version once: it migrates the log.`,
      );
    }
    const opened = database;
    const table = openSegmentTable(opened);
    const files = openSegmentFiles(toSegmentFolder(path));
    const reader = createSegmentReader(table, files, createRowReader(opened, path));
    return { database: opened, table, files, reader, [Symbol.dispose]: () => opened.close() };
  } catch (error) {
    database?.close();
    throw toStoreFault(error, path);
  }
}
