import type { Target } from '@phloem/bridge';
import { Fault } from '@phloem/protocol';
import { isPlainName, type Dialect } from './dialects/dialect.ts';
import { toMariadbDialect } from './dialects/mariadb.ts';
import { toPostgresDialect } from './dialects/postgres.ts';
import { toSqliteDialect } from './dialects/sqlite.ts';
import { openMariadbSession, type MariadbAddress } from './io/mariadb-session.ts';
import { openPostgresSession, type PostgresAddress } from './io/postgres-session.ts';
import { openSqliteSession, type SqliteAddress } from './io/sqlite-session.ts';
import { openSqlTarget } from './sql-target.ts';

type Common = {
  /** The name of the bridge, under which its rows and its cursor are kept. */
  readonly bridge: string;
};

/** Where the log goes in PostgreSQL. */
export type PostgresOptions = Common &
  Omit<PostgresAddress, 'name'> & {
    /** The schema that holds the tables. */
    readonly schema: string;
  };

/** Where the log goes in MariaDB. */
export type MariadbOptions = Common &
  MariadbAddress & {
    /** What the names of the tables begin with. */
    readonly prefix: string;
  };

/** Where the log goes in SQLite. */
export type SqliteOptions = Common & Pick<SqliteAddress, 'file'> & { readonly prefix: string };

/** PostgreSQL 12 or later. */
export const openPostgresTarget = async ({ bridge, schema, ...address }: PostgresOptions): Promise<Target> => {
  const dialect = name('schema', schema, toPostgresDialect);
  return openSqlTarget(await openPostgresSession({ ...address, name: `phloem bridge ${bridge}` }), dialect, bridge);
};

/** MariaDB 10.6 or later. */
export const openMariadbTarget = async ({ bridge, prefix, ...address }: MariadbOptions): Promise<Target> => {
  const dialect = name('prefix', prefix, toMariadbDialect);
  return openSqlTarget(await openMariadbSession(address), dialect, bridge);
};

/** A file of SQLite, which is created if it is missing. */
export const openSqliteTarget = async ({ bridge, prefix, file }: SqliteOptions): Promise<Target> => {
  const dialect = name('prefix', prefix, toSqliteDialect);
  return openSqlTarget(await openSqliteSession({ file, use: 'own' }), dialect, bridge);
};

const name = (what: string, value: string, toDialect: (value: string) => Dialect): Dialect => {
  if (!isPlainName(value)) throw new Fault('bridge/refused', `${value} is no name of a ${what}: use a-z, 0-9 and _`);
  return toDialect(value);
};
