// What reads and checks site documents, profiles and bundles, and what turns registers into readings: without a hub.
export { planBlocks } from './field/poll/block-plan.ts';
export { toBusPlans, type BusPlan } from './field/poll/bus-plans.ts';
export { isDaySum, stepDaySum, toDaySumReading, type DaySum } from './field/readings/day-sum.ts';
export { deriveReading, isInstant } from './field/readings/derive.ts';
export { decodeRegister } from './field/readings/register-codec.ts';
export { toReading } from './field/readings/to-reading.ts';
export { checkBundle } from './documents/check-bundle.ts';
export { compileSiteInterlocks } from './interlocks/compile-site-interlocks.ts';
export { loadSiteFolder } from './site/io/load-site-folder.ts';
export { readFolder, type FolderFile } from './site/io/read-folder.ts';
export { readProfile, readProfiles } from './site/io/read-profiles.ts';
export { loadSite } from './site/load-site.ts';
export { Profile, type ProfilePoint } from './site/profile.ts';
export type { DeviceSpec, PointSpec, Site } from './site/site.ts';
export type { RegisterPlace, RegisterTable } from './site/register.ts';
