export { compileAlarms, compileAlarmsInSteps, compileSiteAlarms, type AlarmPlan } from './alarms/compile-alarms.ts';
export type { AlarmDefinition, AlarmFinding } from './alarms/alarm-definition.ts';
export { type BundleContent, type Content, hashContent, readBundle, toBundle, trustContent } from './bundle.ts';
export {
  noteRun,
  toLimitHold,
  toRunEnd,
  toSlewed,
  type DeviceLimitSet,
  type DeviceRun,
  type LimitHold,
  type LimitName,
} from './device-limits.ts';
export {
  differenceOf,
  type Dimension,
  dimensionOf,
  formatDimension,
  multiplyDimensions,
  percent,
  plain,
  toBase,
} from './units/dimension.ts';
export { AlarmDocument, AlarmOnUnknown, Guidance, InhibitWhen } from './documents/alarm.ts';
export {
  BridgeDocument,
  findBridgeProblems,
  toQueueBridge,
  toRequestBridge,
  toTableQueueBridge,
  toSensorBridge,
  toSourceBridge,
  toTargetBridge,
} from './documents/bridge.ts';
export type { Origin as BridgeOrigin } from './documents/bridge-address.ts';
export { findNotificationsProblems, NotificationsDocument, type NotificationChannel } from './documents/notifications.ts';
export { QueueBridgeDocument } from './documents/queue-bridge.ts';
export { RequestBridgeDocument } from './documents/request-bridge.ts';
export { TableQueueBridgeDocument } from './documents/table-queue-bridge.ts';
export { SensorBridgeDocument } from './documents/sensor-bridge.ts';
export { SourceBridgeDocument } from './documents/source-bridge.ts';
export { diffDocuments, type DocumentDifference } from './documents/diff-documents.ts';
export { toDifferenceLines } from './documents/difference-lines.ts';
export { findProblems, kindOf, Metadata } from './documents/check.ts';
export { type DeviceDeclaration, DevicesDocument, DevicesSpec } from './documents/devices.ts';
export { type InterlockDeclaration, InterlocksDocument } from './documents/interlocks.ts';
export type { BundleDocument } from './documents/kinds.ts';
export { LoopDocument } from './documents/loop.ts';
export { didYouMean, DocumentFault, formatProblem, hintForName, type Problem } from './documents/problem.ts';
export { DocumentRegister, registerKeyHints, registerKeys } from './documents/register.ts';
export { RuleDocument } from './documents/rule.ts';
export { type RuleTestCase, RuleTestDocument } from './documents/rule-test.ts';
export { type BandAlarm, type Daylight, SetpointsDocument } from './documents/setpoints.ts';
export { type SignalDeclaration, SignalsDocument } from './documents/signals.ts';
export { DocumentBusUnit, DocumentQuirks, DocumentStretch } from './documents/quirks.ts';
export { DocumentDuration, DocumentPlace, DocumentQuantity, SiteDocument, SiteSpec, Totalise } from './documents/site.ts';
export {
  type Complaint,
  formatPath,
  type Path,
  type Place,
  readDocuments,
  type SourceDocument,
  type SourceFile,
  toSourceDocument,
} from './documents/source.ts';
export type { Expression, TracedPart } from './expression.ts';
export { ExpressionFault } from './expressions/expression-fault.ts';
export type { DeviceSlots, EvaluationContext, Scalar, Scope, Slot } from './expressions/scope.ts';
export { expectValueOf, toDeviceDimension, toDeviceNumber, toDeviceValue } from './plan/device-value.ts';
export { compileBundle } from './bundles/compile-bundle.ts';
export type { HandOver } from './plan/saved-state.ts';
export type { Origins } from './plan/behind.ts';
export type { EngineState } from './plan/memory.ts';
export type { OffsetSpan } from './plan/offset-steps.ts';
export type { OffsetsKnown, Forecast, PlanSetpoint } from './plan/forecast.ts';
export type { Decision } from './plan/decide.ts';
export { engineVersion, type Plan, type StepResult } from './plan/plan.ts';
export type { Explanation, Trace, TracedExpression, TracedInput, TracedOffset, TracedRequest, TraceValue } from './plan/trace.ts';
export {
  compileInterlocks,
  type InterlockChange,
  type InterlockPlan,
  type InterlockState,
  type InterlockStep,
} from './interlocks/compile-interlocks.ts';
export type { InterlockPhase } from './interlocks/interlock-latch.ts';
export { restrictValue, type RestrictedValue, type Restriction } from './interlocks/restriction.ts';
export { formatOffset, parseOffset, formatDelta, toOffsetUnit } from './units/parse-offset.ts';
export { type DeviceModel, type MergePolicy, type PointModel, type SiteModel, type SiteParts, toSiteModel } from './site-model.ts';
export {
  explainQuantity,
  parseDuration,
  parseQuantity,
  type QuantityValue,
  toCanonicalUnit,
  toDimension,
  type Unit,
} from './units/units.ts';
export { createJsonSchema, documentKinds } from './json-schemas.ts';
export { toJUnit } from './tests/junit.ts';
export {
  createReplay,
  type Replay,
  type ReplayOptions,
  type ReplayState,
  type ReplayStep,
  type StepDevice,
  type Taken,
} from './replay/create-replay.ts';
export { beginPlan, toGrant, type BeginningPlan, type BegunPlan } from './replay/begin-plan.ts';
export {
  createFollower,
  type FollowContext,
  type Follower,
  type FollowOptions,
  type FollowState,
  type FollowStep,
  type Program,
} from './replay/follow-log.ts';
export { remember, toRecent, toReplay, type Recent } from './replay/recent.ts';
export { readSavedEngine, type SavedEngine } from './replay/saved-engine.ts';
export { idleDevice, stepModelGate, takeByHand, type GateReport, type ModelDevice } from './replay/model-gate.ts';
export { addClaims, toBounds, type Claim, type Horizon, type Moment } from './backtest/claim.ts';
export type { ActionComparison, EpisodeComparison, FirstAction } from './backtest/compare-actions.ts';
export type { Coverage, WindowEvent } from './backtest/coverage.ts';
export { judgeFailCondition, parseFailCondition, type FailCondition, type FailVerdict } from './backtest/fail-if.ts';
export type { Moves } from './backtest/influence.ts';
export { runBacktest } from './backtest/open-loop.ts';
export type { BacktestBatch, BacktestOptions } from './backtest/pass.ts';
export type { Mismatch, Reconciliation } from './backtest/reconcile.ts';
export type { AlarmComparison, BacktestProgress, BacktestResult, DeviceComparison, DeviceSide } from './backtest/result.ts';
export { toWarmUp, type WarmUp } from './backtest/warm-up.ts';
export { formatFailure, runRuleTests, type TestFailure, type TestResult } from './tests/run-rule-tests.ts';
export type { TestWorld } from './tests/test-run.ts';
export { runAllRuleTests, type RuleTestRun } from './tests/rule-test-runs.ts';
export { toTestSite } from './tests/test-site.ts';
