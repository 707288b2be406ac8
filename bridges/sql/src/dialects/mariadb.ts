import type { Dialect } from './dialect.ts';

/** Times are UTC: the session sets its time zone so. Names compare by their bytes, as they do in Phloem. */
const table = 'ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';

const toTables = (prefix: string): readonly string[] => [
  `CREATE TABLE IF NOT EXISTS ${prefix}_cursor (
  bridge varchar(63) PRIMARY KEY,
  ordinal bigint, -- null: nothing written yet
  epoch varchar(63),
  lsn bigint,
  written_at datetime(3) NOT NULL
) ${table}`,
  `CREATE TABLE IF NOT EXISTS ${prefix}_record (
  bridge varchar(63) NOT NULL,
  ordinal bigint NOT NULL, -- counts the epochs that this bridge has written
  lsn bigint NOT NULL, -- number of the entry in the hub's log
  prev bigint NOT NULL, -- lsn of the record before
  epoch varchar(63) NOT NULL,
  record varchar(15) NOT NULL, -- entry, epoch or gap
  kind varchar(63), -- of an entry: sensor, device, alarm ...
  at datetime(3), -- wall clock of the hub, UTC
  entry json NOT NULL,
  PRIMARY KEY (bridge, ordinal, lsn)
) ${table}`,
  `CREATE TABLE IF NOT EXISTS ${prefix}_reading (
  bridge varchar(63) NOT NULL,
  ordinal bigint NOT NULL,
  lsn bigint NOT NULL,
  at datetime(3) NOT NULL, -- UTC
  location varchar(190) NOT NULL,
  cluster varchar(190) NOT NULL,
  measurement varchar(190) NOT NULL,
  value double, -- canonical unit; null when there is none
  quality varchar(31) NOT NULL, -- only good and uncertain values are usable
  why text,
  PRIMARY KEY (bridge, ordinal, lsn, measurement),
  KEY point_at (location, cluster, measurement, at)
) ${table}`,
  `CREATE TABLE IF NOT EXISTS ${prefix}_device_state (
  bridge varchar(63) NOT NULL,
  ordinal bigint NOT NULL,
  lsn bigint NOT NULL,
  at datetime(3) NOT NULL, -- UTC
  device varchar(190) NOT NULL,
  phase varchar(31) NOT NULL, -- confirmed: read back from the device
  value json,
  author text NOT NULL,
  PRIMARY KEY (bridge, ordinal, lsn),
  KEY device_at (device, at)
) ${table}`,
];

const time = 'FROM_UNIXTIME(at / 1000.0)';
const rows = (columns: string): string => `FROM JSON_TABLE(?, '$[*]' COLUMNS (${columns})) AS t`;
const numbered = "ordinal BIGINT PATH '$.ordinal', lsn BIGINT PATH '$.lsn', at DECIMAL(17, 3) PATH '$.at'";

const text = (name: string, type = 'VARCHAR(190)'): string => `${name} ${type} PATH '$.${name}'`;

/** Tables with a prefix, which must be a plain name, in the database of the connection. MariaDB 10.6 or later. */
export const toMariadbDialect = (prefix: string): Dialect => ({
  begin: 'START TRANSACTION',
  prepare: toTables(prefix),
  claim: `INSERT IGNORE INTO ${prefix}_cursor (bridge, written_at) VALUES (?, UTC_TIMESTAMP(3))`,
  readEnd: `SELECT ordinal, epoch, lsn FROM ${prefix}_cursor WHERE bridge = ?`,
  lockEnd: `SELECT ordinal, epoch, lsn FROM ${prefix}_cursor WHERE bridge = ? FOR UPDATE`,
  moveEnd: `UPDATE ${prefix}_cursor SET ordinal = ?, epoch = ?, lsn = ?, written_at = UTC_TIMESTAMP(3) WHERE bridge = ?`,
  records: `INSERT INTO ${prefix}_record SELECT ?, ordinal, lsn, prev, epoch, record, kind, ${time}, entry
    ${rows(`${numbered}, prev BIGINT PATH '$.prev', ${text('epoch')}, ${text('record')}, ${text('kind')}, ${text('entry', 'LONGTEXT')}`)}`,
  readings: `INSERT INTO ${prefix}_reading SELECT ?, ordinal, lsn, ${time}, location, cluster, measurement, value, quality, why
    ${rows(
      `${numbered}, ${text('location')}, ${text('cluster')}, ${text('measurement')}, ${text('value', 'DOUBLE')}, ${text('quality')}, ${text('why', 'TEXT')}`,
    )}`,
  devices: `INSERT INTO ${prefix}_device_state SELECT ?, ordinal, lsn, ${time}, device, phase, value, author
    ${rows(`${numbered}, ${text('device')}, ${text('phase')}, ${text('value')}, ${text('author', 'TEXT')}`)}`,
  voids: ['record', 'reading', 'device_state'].map((name) => `DELETE FROM ${prefix}_${name} WHERE bridge = ? AND ordinal < ? AND lsn > ?`),
});
