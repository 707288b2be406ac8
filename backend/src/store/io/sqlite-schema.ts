import { Fault } from '@phloem/protocol';
import type { DatabaseSync } from 'node:sqlite';
import { migrateAuthors } from './migrate-authors.ts';
import { migrateCauses } from './migrate-causes.ts';
import { migrateMaintenance } from './migrate-maintenance.ts';
import { migrateReasons } from './migrate-reasons.ts';
import { migrateTerms } from './migrate-terms.ts';
import { segmentsSchema } from './segments/segment-table.ts';
import { toStoreFault } from './sqlite-fault.ts';

/** The shape of the tables below. A change of shape raises it, and adds the step from the one before. */
export const schemaVersion = 9;
/** The first schema whose entries have the shape of today. A segment that an earlier one sealed keeps the shape of before. */
const entriesSince = 8;

// Numbers are bound as REAL by node:sqlite. An INTEGER column of a STRICT table takes a REAL that is whole as an
// integer and refuses any other, so nothing has to be cast.
const schema = `
CREATE TABLE entries (
  lsn INTEGER PRIMARY KEY, at REAL NOT NULL, up REAL NOT NULL, position INTEGER NOT NULL, checksum INTEGER NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE TABLE facts (name TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE cursors (scope TEXT PRIMARY KEY, epoch TEXT NOT NULL, lsn INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE commands (id TEXT PRIMARY KEY, accepted INTEGER NOT NULL, stage TEXT NOT NULL, record TEXT NOT NULL) STRICT;
CREATE INDEX commands_open ON commands (accepted) WHERE stage <> 'ended';
CREATE INDEX commands_ended ON commands (accepted) WHERE stage = 'ended';
CREATE TABLE documents (hash TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE TABLE checkpoints (
  scope TEXT NOT NULL, cursor INTEGER NOT NULL, header TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (scope, cursor)
) STRICT;
`;

// They come last, so that the tables of before lie on the same pages in a new file and in one that was brought up.
const ingestSchema = `
CREATE TABLE sources (source TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE named_cursors (
  name TEXT PRIMARY KEY, node TEXT NOT NULL, epoch TEXT NOT NULL, lsn INTEGER NOT NULL, committed_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
`;

/**
 * Brings a database to the shape that this version works with.
 *
 * @throws Fault `store/newer` when a newer version has written it; `store/damaged` when an older one cannot be brought up.
 */
export function prepareSchema(database: DatabaseSync, path: string): void {
  const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (found > schemaVersion) {
    throw new Fault(
      'store/newer',
      `${path} was written by a newer version of Phloem (schema ${found}; this one knows ${schemaVersion}). Start that version, or name another folder with --data.`,
    );
  }
  if (found === schemaVersion) return;
  if (found >= 5 && found < entriesSince && database.prepare('SELECT 1 FROM segments LIMIT 1').get() !== undefined) {
    throw new Fault(
      'store/damaged',
      `${path} has segments that an older version sealed (schema ${found}), and this version cannot read them. Start the version that wrote them, or name another folder with --data.`,
    );
  }
  try {
    database.exec('BEGIN IMMEDIATE');
    if (found === 0) database.exec(schema);
    if (found === 1) migrateReasons(database);
    if (found < 3) database.exec(ingestSchema);
    if (found > 0 && found < 4) migrateTerms(database);
    if (found > 0 && found < 6) migrateAuthors(database);
    if (found > 0 && found < 8) migrateCauses(database);
    if (found > 0) migrateMaintenance(database);
    if (found < 5) database.exec(segmentsSchema);
    database.exec(`PRAGMA user_version = ${schemaVersion}; COMMIT`);
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw toStoreFault(error, path);
  }
}
