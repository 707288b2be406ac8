/** Functions of more than 70 lines that are left to split. Nothing is added here: take out what you split. */
export const longFunctions: ReadonlySet<string> = new Set([
  'backend/src/devices/device-gate.property.test.ts createWorld',
  'backend/src/field/testing/hostile-line.ts answer',
  'backend/src/field/testing/hostile-line.ts createHostileLine',
  'backend/src/interlocks/interlocks.property.test.ts createWorld',
  'bridges/core/src/step-bridge.test.ts setUp',
  'tests/bench/peers/far-viewers.ts dial',
  'tests/bench/peers/far-viewers.ts open',
  'tests/support/service-bench.ts openServiceBench',
  'tests/support/service-bench.ts start',
]);
