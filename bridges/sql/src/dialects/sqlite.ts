import type { Dialect } from './dialect.ts';

const toTables = (prefix: string): readonly string[] => [
  `CREATE TABLE IF NOT EXISTS ${prefix}_cursor (
  bridge TEXT PRIMARY KEY,
  ordinal INTEGER, -- null: nothing written yet
  epoch TEXT,
  lsn INTEGER,
  written_at TEXT NOT NULL
) STRICT`,
  `CREATE TABLE IF NOT EXISTS ${prefix}_record (
  bridge TEXT NOT NULL,
  ordinal INTEGER NOT NULL, -- counts the epochs that this bridge has written
  lsn INTEGER NOT NULL, -- number of the entry in the hub's log
  prev INTEGER NOT NULL, -- lsn of the record before
  epoch TEXT NOT NULL,
  record TEXT NOT NULL, -- entry, epoch or gap
  kind TEXT, -- of an entry: sensor, device, alarm ...
  at TEXT, -- wall clock of the hub: 2027-01-15T08:00:02.000Z
  entry TEXT NOT NULL, -- JSON
  PRIMARY KEY (bridge, ordinal, lsn)
) STRICT, WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS ${prefix}_reading (
  bridge TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  lsn INTEGER NOT NULL,
  at TEXT NOT NULL,
  location TEXT NOT NULL,
  cluster TEXT NOT NULL,
  measurement TEXT NOT NULL,
  value REAL, -- canonical unit; null when there is none
  quality TEXT NOT NULL, -- only good and uncertain values are usable
  why TEXT,
  PRIMARY KEY (bridge, ordinal, lsn, measurement)
) STRICT, WITHOUT ROWID`,
  `CREATE INDEX IF NOT EXISTS ${prefix}_reading_point_at ON ${prefix}_reading (location, cluster, measurement, at)`,
  `CREATE TABLE IF NOT EXISTS ${prefix}_device_state (
  bridge TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  lsn INTEGER NOT NULL,
  at TEXT NOT NULL,
  device TEXT NOT NULL,
  phase TEXT NOT NULL, -- confirmed: read back from the device
  value TEXT, -- JSON
  author TEXT NOT NULL,
  PRIMARY KEY (bridge, ordinal, lsn)
) STRICT, WITHOUT ROWID`,
  `CREATE INDEX IF NOT EXISTS ${prefix}_device_state_device_at ON ${prefix}_device_state (device, at)`,
];

const column = (name: string): string => `value ->> '${name}'`;
const columns = (...names: readonly string[]): string => names.map(column).join(', ');
const time = `strftime('%Y-%m-%dT%H:%M:%fZ', (${column('at')}) / 1000.0, 'unixepoch')`;
const now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";

/** Tables with a prefix, which must be a plain name, in one file. */
export const toSqliteDialect = (prefix: string): Dialect => ({
  begin: 'BEGIN IMMEDIATE',
  prepare: toTables(prefix),
  claim: `INSERT INTO ${prefix}_cursor (bridge, written_at) VALUES (?, ${now}) ON CONFLICT DO NOTHING`,
  readEnd: `SELECT ordinal, epoch, lsn FROM ${prefix}_cursor WHERE bridge = ?`,
  // The transaction holds the lock of the file already.
  lockEnd: `SELECT ordinal, epoch, lsn FROM ${prefix}_cursor WHERE bridge = ?`,
  moveEnd: `UPDATE ${prefix}_cursor SET ordinal = ?, epoch = ?, lsn = ?, written_at = ${now} WHERE bridge = ?`,
  records: `INSERT INTO ${prefix}_record SELECT ?, ${columns('ordinal', 'lsn', 'prev', 'epoch', 'record', 'kind')}, ${time}, ${column('entry')} FROM json_each(?)`,
  readings: `INSERT INTO ${prefix}_reading SELECT ?, ${columns('ordinal', 'lsn')}, ${time}, ${columns('location', 'cluster', 'measurement', 'value', 'quality', 'why')} FROM json_each(?)`,
  devices: `INSERT INTO ${prefix}_device_state SELECT ?, ${columns('ordinal', 'lsn')}, ${time}, ${columns('device', 'phase', 'value', 'author')} FROM json_each(?)`,
  voids: ['record', 'reading', 'device_state'].map((name) => `DELETE FROM ${prefix}_${name} WHERE bridge = ? AND ordinal < ? AND lsn > ?`),
});
