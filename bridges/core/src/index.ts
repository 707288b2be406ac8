export { toBridgeStatus, type BridgeStatus } from './bridge-status.ts';
export { judgePut } from './judge-put.ts';
export { comparePlaces, isSamePlace, type Batch, type BridgeRecord, type Place } from './record.ts';
export { runBridge, type Bridge, type BridgeOptions } from './run-bridge.ts';
export type { BridgeCounters, BridgeError, BridgePhase, Fill } from './step-bridge.ts';
export type { OpenTarget, Target, TargetPosition } from './target.ts';
