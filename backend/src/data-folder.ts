// What works on a data folder beside the hub or without it: credentials, the lock, damage and repair, a look into the log.
export { prepareBacktest, readBacktestBatches, type BacktestLog, type PreparedBacktest } from './backtests/prepare-backtest.ts';
export { openBacktestLog } from './backtests/io/open-backtest-log.ts';
export { openCredentials } from './settings/io/credentials.ts';
export { damageAlarm, toDamageAlarm, toRepairReason } from './store/damage-alarm.ts';
export { openDataLock } from './store/io/data-lock.ts';
export { forgetMissing, repairWhereNeeded, requestCheck, type Repair } from './store/io/repair-database.ts';
export type { Sample } from './log/samples/entry-samples.ts';
export { openStoredLog, type StoredLog } from './store/io/inspect/open-stored-log.ts';
export { readLogStats, type LogStats } from './store/io/inspect/read-log-stats.ts';
export { readSampleParts, type SamplePart, type SamplesQuery } from './store/io/inspect/read-sample-parts.ts';
export { verifyLog, type LogCheck, type LogProblem } from './store/io/inspect/verify-log.ts';
