import type { Dialect } from './dialect.ts';

const toSchema = (schema: string): string => `
CREATE SCHEMA IF NOT EXISTS ${schema};
CREATE TABLE IF NOT EXISTS ${schema}.phloem_cursor (
  bridge text PRIMARY KEY,
  ordinal bigint, -- null: nothing written yet
  epoch text,
  lsn bigint,
  written_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS ${schema}.record (
  bridge text NOT NULL,
  ordinal bigint NOT NULL, -- counts the epochs that this bridge has written
  lsn bigint NOT NULL, -- number of the entry in the hub's log
  prev bigint NOT NULL, -- lsn of the record before
  epoch text NOT NULL,
  record text NOT NULL, -- entry, epoch or gap
  kind text, -- of an entry: sensor, device, alarm ...
  at timestamptz, -- wall clock of the hub
  entry jsonb NOT NULL,
  PRIMARY KEY (bridge, ordinal, lsn)
);
CREATE TABLE IF NOT EXISTS ${schema}.reading (
  bridge text NOT NULL,
  ordinal bigint NOT NULL,
  lsn bigint NOT NULL,
  at timestamptz NOT NULL,
  location text NOT NULL,
  cluster text NOT NULL,
  measurement text NOT NULL,
  value double precision, -- canonical unit; null when there is none
  quality text NOT NULL, -- only good and uncertain values are usable
  why text,
  PRIMARY KEY (bridge, ordinal, lsn, measurement)
);
CREATE INDEX IF NOT EXISTS reading_point_at ON ${schema}.reading (location, cluster, measurement, at);
CREATE TABLE IF NOT EXISTS ${schema}.device_state (
  bridge text NOT NULL,
  ordinal bigint NOT NULL,
  lsn bigint NOT NULL,
  at timestamptz NOT NULL,
  device text NOT NULL,
  phase text NOT NULL, -- confirmed: read back from the device
  value jsonb,
  author text NOT NULL,
  PRIMARY KEY (bridge, ordinal, lsn)
);
CREATE INDEX IF NOT EXISTS device_state_device_at ON ${schema}.device_state (device, at);
`;

const time = (column: string): string => `to_timestamp(${column} / 1000.0)`;

/** Tables in a PostgreSQL schema of their own; its name must be plain. PostgreSQL 12 or later. */
export const toPostgresDialect = (schema: string): Dialect => ({
  begin: 'BEGIN',
  // Two bridges that create the same tables at once would collide.
  prepare: ["SELECT pg_advisory_xact_lock(hashtext('phloem bridge schema'))", toSchema(schema)],
  claim: `INSERT INTO ${schema}.phloem_cursor (bridge) VALUES ($1) ON CONFLICT DO NOTHING`,
  readEnd: `SELECT ordinal, epoch, lsn FROM ${schema}.phloem_cursor WHERE bridge = $1`,
  lockEnd: `SELECT ordinal, epoch, lsn FROM ${schema}.phloem_cursor WHERE bridge = $1 FOR UPDATE`,
  moveEnd: `UPDATE ${schema}.phloem_cursor SET ordinal = $1, epoch = $2, lsn = $3, written_at = now() WHERE bridge = $4`,
  records: `INSERT INTO ${schema}.record SELECT $1, ordinal, lsn, prev, epoch, record, kind, ${time('at')}, entry::jsonb
    FROM jsonb_to_recordset($2::jsonb)
    AS row (ordinal bigint, lsn bigint, prev bigint, epoch text, record text, kind text, at double precision, entry text)`,
  readings: `INSERT INTO ${schema}.reading SELECT $1, ordinal, lsn, ${time('at')}, location, cluster, measurement, value, quality, why
    FROM jsonb_to_recordset($2::jsonb)
    AS row (ordinal bigint, lsn bigint, at double precision, location text, cluster text, measurement text, value double precision, quality text, why text)`,
  devices: `INSERT INTO ${schema}.device_state SELECT $1, ordinal, lsn, ${time('at')}, device, phase, value::jsonb, author
    FROM jsonb_to_recordset($2::jsonb)
    AS row (ordinal bigint, lsn bigint, at double precision, device text, phase text, value text, author text)`,
  voids: ['record', 'reading', 'device_state'].map(
    (table) => `DELETE FROM ${schema}.${table} WHERE bridge = $1 AND ordinal < $2 AND lsn > $3`,
  ),
});
