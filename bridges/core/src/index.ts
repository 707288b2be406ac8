export { toBridgeStatus, type BridgeStatus } from './bridge-status.ts';
export { judgePut } from './judge-put.ts';
export { isRequestId, parseWantedChange } from './parse-wanted-change.ts';
export { comparePlaces, isSamePlace, type Batch, type BridgeRecord, type Place } from './record.ts';
export { RetryLater } from './retry-later.ts';
export { runBridge, type Bridge, type BridgeOptions } from './run-bridge.ts';
export {
  isFinished,
  type QueuedRequest,
  type RequestHub,
  type RequestOutcome,
  type RequestQueue,
  type SignOfLife,
  type WantedChange,
} from './request-queue.ts';
export type { RequestsStatus } from './requests-status.ts';
export { runRequestQueue, type RequestQueueBridge, type RequestQueueOptions } from './run-request-queue.ts';
export { LeaseControl, requestSubscriptions, type LeaseControlOptions } from './run-lease-control.ts';
export type { BridgeCounters, BridgeError, BridgePhase, Fill } from './step-bridge.ts';
export { isAlive, seeLife, unknownLiveness, type Liveness } from './step-liveness.ts';
export { toDeviceValue, type StateRequest } from './step-requests.ts';
export type { OpenTarget, Target, TargetPosition } from './target.ts';
