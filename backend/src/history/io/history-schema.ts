import { Fault, type Quality } from '@phloem/protocol';
import { DatabaseSync } from 'node:sqlite';
import { upgradeAuthors } from '../../store/upgrade-authors.ts';

/** The shape of the tables below. */
export const historySchemaVersion = 8;

/** How a quality is kept: its place in this list, to which words may be added at the end. */
export const qualityCodes = ['good', 'uncertain', 'stale', 'bad', 'maintenance', 'simulated'] as const satisfies readonly Quality[];

/** The number of each quality in the file. */
export const codes = new Map<Quality, number>(qualityCodes.map((quality, code) => [quality, code]));

// Only samples that the log does not have are in `raw`; `lsn` is 0 for simulated ones. Those of a point lie together, in order of time.
const schema = `
CREATE TABLE facts (name TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE points (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE raw (
  point INTEGER NOT NULL, at INTEGER NOT NULL, lsn INTEGER NOT NULL, v REAL, q INTEGER NOT NULL, PRIMARY KEY (point, at, lsn)
) STRICT, WITHOUT ROWID;
CREATE TABLE minute (
  point INTEGER NOT NULL, at INTEGER NOT NULL, min REAL, max REAL, sum REAL NOT NULL, vals INTEGER NOT NULL,
  samples INTEGER NOT NULL, good INTEGER NOT NULL, simulated INTEGER NOT NULL, PRIMARY KEY (point, at)
) STRICT, WITHOUT ROWID;
CREATE TABLE hour (
  point INTEGER NOT NULL, at INTEGER NOT NULL, min REAL, max REAL, sum REAL NOT NULL, vals INTEGER NOT NULL,
  samples INTEGER NOT NULL, good INTEGER NOT NULL, simulated INTEGER NOT NULL, PRIMARY KEY (point, at)
) STRICT, WITHOUT ROWID;
CREATE TABLE gaps (n INTEGER PRIMARY KEY, point INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER, why TEXT NOT NULL) STRICT;
CREATE INDEX gaps_of_point ON gaps (point, since);
CREATE INDEX gaps_open ON gaps (point) WHERE until IS NULL;
CREATE TABLE spans (
  n INTEGER PRIMARY KEY, device TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER, value TEXT NOT NULL, phase TEXT NOT NULL,
  by TEXT, why TEXT, cause INTEGER, lsn INTEGER, simulated INTEGER NOT NULL
) STRICT;
CREATE INDEX spans_of_device ON spans (device, since);
CREATE INDEX spans_open ON spans (device) WHERE until IS NULL;
`;
// `until` of a note is its own moment. Older files get it as well: what was before is then not known.
const marksSchema = `
CREATE TABLE marks (
  n INTEGER PRIMARY KEY, alarm TEXT, at INTEGER NOT NULL, until INTEGER, lsn INTEGER, end_lsn INTEGER, priority TEXT,
  text TEXT NOT NULL, by TEXT, about TEXT, locations TEXT, written INTEGER, action TEXT, why TEXT
) STRICT;
CREATE INDEX marks_by_end ON marks (until, at);
CREATE INDEX marks_by_start ON marks (at, until);
`;

/** Why a device was what it was is data since version 4; the sentences of before are kept as such. */
const reasonsStep = `
UPDATE spans SET why = json_object('code', 'text', 'params', json_object('text', why)) WHERE why IS NOT NULL AND NOT json_valid(why);
`;

/** The phases and the alarms of devices have other names since version 5. */
const termsStep = `
UPDATE spans SET phase = CASE phase WHEN 'wished' THEN 'requested' WHEN 'voided' THEN 'cancelled' WHEN 'diverged' THEN 'discrepancy' END
  WHERE phase IN ('wished', 'voided', 'diverged');
UPDATE marks SET
  alarm = replace(replace(alarm, '/diverged', '/discrepancy'), '/unproven', '/feedback-mismatch'),
  about = replace(replace(about, '/diverged', '/discrepancy'), '/unproven', '/feedback-mismatch')
  WHERE alarm LIKE 'device/%' OR about LIKE 'device/%';
`;

/** Reasons name their authors as data since version 6. */
const authorsStep = `UPDATE spans SET why = upgrade_authors(why) WHERE why LIKE '%"by":"%' AND json_valid(why);`;

/** The samples of the log were kept here as well before version 7. They are removed where the log has them. */
const doubledStep = `
INSERT INTO facts SELECT 'doubled', json_object('next', 1, 'to', json_extract(text, '$.lsn')) FROM facts WHERE name = 'cursor' AND text <> 'null';
`;

/** Why there is no value, and why an alarm was active, is data since version 8; the sentences of before are kept as such. */
const causesStep = `
UPDATE gaps SET why = json_object('code', 'text', 'params', json_object('text', why));
UPDATE marks SET why = json_object('code', 'text', 'params', json_object('text', text)), text = '' WHERE alarm IS NOT NULL AND text <> '';
`;

/** What the table of marks lacks that an older version made. */
const toMarksStep = (found: number): string => {
  if (found < 2) return marksSchema;
  return `${found < 3 ? 'ALTER TABLE marks ADD COLUMN action TEXT;' : ''} ALTER TABLE marks ADD COLUMN why TEXT;`;
};

/**
 * Opens the database of a history, and makes its tables where there are none.
 *
 * @throws Fault `store/newer` when a newer version has written it; what SQLite says when it cannot be read.
 */
export function openHistoryDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 5000 });
  try {
    // What a power cut takes from it is read from the log again: nothing here waits for a disk. A transaction lasts long, and its
    // pages are written once, at its end.
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY; PRAGMA cache_spill = OFF',
    );
    const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (found > historySchemaVersion)
      throw new Fault('store/newer', `a newer version of Phloem has written it (schema ${found}; this one knows ${historySchemaVersion})`);
    if (found < historySchemaVersion) {
      database.function('upgrade_authors', { deterministic: true }, (why) => JSON.stringify(upgradeAuthors(JSON.parse(String(why)))));
      const laterSteps = termsStep + authorsStep + (found < 7 ? doubledStep : '') + causesStep;
      const steps = [found === 0 ? schema : reasonsStep, toMarksStep(found), found === 0 ? '' : laterSteps];
      database.exec(`BEGIN IMMEDIATE; ${steps.join(' ')} PRAGMA user_version = ${historySchemaVersion}; COMMIT`);
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
