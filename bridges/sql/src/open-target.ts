import type { Target } from '@phloem/bridge';
import { Fault } from '@phloem/protocol';
import type { Engine } from './dialects/engine.ts';
import { isPlainName, type Dialect } from './dialects/dialect.ts';
import { toMariadbDialect } from './dialects/mariadb.ts';
import { toPostgresDialect } from './dialects/postgres.ts';
import { toSqliteDialect } from './dialects/sqlite.ts';
import { openMariadbSession, type MariadbAddress } from './io/mariadb-session.ts';
import { openPostgresSession, type PostgresAddress } from './io/postgres-session.ts';
import { openSqliteSession, type SqliteAddress } from './io/sqlite-session.ts';
import { openSqlTarget } from './sql-target.ts';
import { createProgramRows, type ProgramTable } from './to-program-rows.ts';

type Common = {
  /** The name of the bridge, under which its rows and its cursor are kept. */
  readonly bridge: string;
  /** Writes readings into a table of another program. Of the own tables only the one with the cursor is written. */
  readonly program?: ProgramTable;
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
export const openPostgresTarget = async ({ bridge, program, schema, ...address }: PostgresOptions): Promise<Target> => {
  const dialect = name('schema', schema, toPostgresDialect);
  return openSqlTarget(
    await openPostgresSession({ ...address, name: `phloem bridge ${bridge}` }),
    dialect,
    bridge,
    toWriter('postgresql', program),
  );
};

/** MariaDB 10.6 or later. */
export const openMariadbTarget = async ({ bridge, program, prefix, ...address }: MariadbOptions): Promise<Target> => {
  const dialect = name('prefix', prefix, toMariadbDialect);
  return openSqlTarget(await openMariadbSession(address), dialect, bridge, toWriter('mariadb', program));
};

/** A file of SQLite, which is created if it is missing. */
export const openSqliteTarget = async ({ bridge, program, prefix, file }: SqliteOptions): Promise<Target> => {
  const dialect = name('prefix', prefix, toSqliteDialect);
  return openSqlTarget(await openSqliteSession({ file, use: 'own' }), dialect, bridge, toWriter('sqlite', program));
};

const toWriter = (engine: Engine, program: ProgramTable | undefined) => (program === undefined ? null : createProgramRows(engine, program));

const name = (what: string, value: string, toDialect: (value: string) => Dialect): Dialect => {
  if (!isPlainName(value)) throw new Fault('bridge/refused', `${value} is no name of a ${what}: use a-z, 0-9 and _`);
  return toDialect(value);
};
