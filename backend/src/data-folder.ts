// What works on a hub's data folder while no hub runs on it: credentials, the lock, damage and repair.
export { openCredentials } from './settings/io/credentials.ts';
export { damageAlarm, toDamageAlarm, toRepairText } from './store/damage-alarm.ts';
export { openDataLock } from './store/io/data-lock.ts';
export { forgetMissing, repairWhereNeeded, requestCheck, type Repair } from './store/io/repair-database.ts';
