export { allZones, changesOfTheWorld, oddChanges, temporal, type ClockChange } from './clock-changes.ts';
export { saying } from './saying.ts';
