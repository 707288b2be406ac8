export type { NodeRed } from './node-red.ts';
export { registerAlarms } from './io/register-alarms.ts';
export { registerHub } from './io/register-hub.ts';
export { registerOverride } from './io/register-override.ts';
export { registerReadings } from './io/register-readings.ts';
export { registerRequest } from './io/register-request.ts';
export { registerWhy } from './io/register-why.ts';
