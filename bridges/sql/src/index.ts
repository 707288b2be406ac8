export { openPostgresTarget, type PostgresOptions } from './io/open-postgres-target.ts';
