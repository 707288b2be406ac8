export { restoreService } from './checkpoint.ts';
export { compile } from './compile.ts';
export { createService, type ServiceOptions, type ServiceOutput } from './create-service.ts';
export { createDocuments, type FetchDocument, type LoadDocuments } from './documents.ts';
export type { Compile, Decision, HandOver, Plan, PlanStep } from './plan.ts';
export { runService, type CheckpointStore, type RunningService, type RunOptions, type ServiceNotice } from './run-service.ts';
export { startService, type ServiceState } from './service-state.ts';
