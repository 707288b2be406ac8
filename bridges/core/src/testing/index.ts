export { createMemoryStore, type MemoryFault, type MemoryStore } from './memory-target.ts';
export { sampleEntry, sampleEpoch, toBatch, toEntryRecords, toEpochRecord } from './sample-records.ts';
export { describeTargetContract, type TargetContractOptions, type TargetRig } from './target-contract.ts';
