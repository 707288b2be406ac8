export {
  openMariadbTarget,
  openPostgresTarget,
  openSqliteTarget,
  type MariadbOptions,
  type PostgresOptions,
  type SqliteOptions,
} from './open-target.ts';
