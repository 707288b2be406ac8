export type { LedgerEntry, LedgerFact, LedgerTime } from './ledger.ts';
export { type OpenPlant, openPlant, type PlantOptions } from './io/open-plant.ts';
export { createManualClock, type ManualClock, type PlantClock } from './plant-clock.ts';
export type { ActiveFault, PlantFault } from './plant-fault.ts';
export type { PlantSnapshot } from './plant-snapshot.ts';
export type { ForcedValues } from './force-plant.ts';
export { createRoom, morningAir, stepRoom, type RoomState, type SensorName } from './room.ts';
export type { RoomInputs } from './air.ts';
export { createSeededRandom } from './seeded-random.ts';
