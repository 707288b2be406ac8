export {
  openMariadbTarget,
  openPostgresTarget,
  openSqliteTarget,
  type MariadbOptions,
  type PostgresOptions,
  type SqliteOptions,
} from './open-target.ts';
export { openSession, type Origin } from './open-session.ts';
export { checkTable } from './readings/check-table.ts';
export {
  runReadings,
  type ReadingsCounters,
  type ReadingsOptions,
  type ReadingsReader,
  type ReadingsStatus,
} from './readings/run-readings.ts';
export type { ReadingsMapping } from './readings/to-frames.ts';
export type { SqlSession } from './sql-session.ts';
export { toRequests, toRequestStatements, type RequestsMapping } from './requests/request-statements.ts';
export { openTableQueue, type TableQueueOptions } from './requests/open-table-queue.ts';
export type { TableQueueMapping } from './requests/queue-statements.ts';
export { runRequests, type RequestsBridge, type RequestsOptions } from './requests/run-requests.ts';
export type { ProgramTable } from './to-program-rows.ts';
