export * from './bundle.ts';
export * from './dimension.ts';
export * from './documents/check.ts';
export * from './documents/devices.ts';
export * from './documents/interlocks.ts';
export * from './documents/kinds.ts';
export * from './documents/loop.ts';
export * from './documents/problem.ts';
export * from './documents/rule.ts';
export * from './documents/rule-test.ts';
export * from './documents/setpoints.ts';
export * from './documents/signals.ts';
export * from './documents/site.ts';
export * from './documents/source.ts';
export * from './expression.ts';
export { ExpressionFault } from './expressions/expression-fault.ts';
export type { DeviceSlots, Frame, Scalar, Scope, Slot } from './expressions/scope.ts';
export { compileBundle } from './plan/compile-bundle.ts';
export type { HandOver } from './plan/saved-state.ts';
export type { EngineState } from './plan/memory.ts';
export type { OffsetSpan } from './plan/offset-steps.ts';
export type { OffsetsKnown, Outlook, PlanSetpoint } from './plan/outlook.ts';
export { engineVersion, type Decision, type Plan, type StepResult } from './plan/plan.ts';
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
export { formatOffset, parseOffset, tellDelta, toOffsetUnit } from './parse-offset.ts';
export * from './site-model.ts';
export * from './units.ts';
export { createJsonSchema, documentKinds } from './json-schemas.ts';
export { toJUnit } from './tests/junit.ts';
export { idleDevice, stepModelGate, takeByHand, type GateReport, type ModelDevice } from './tests/model-gate.ts';
export { formatFailure, runRuleTests, type TestFailure, type TestResult, type TestWorld } from './tests/run-rule-tests.ts';
export { runAllRuleTests, type RuleTestRun } from './tests/rule-test-runs.ts';
export { toTestSite } from './tests/test-site.ts';
