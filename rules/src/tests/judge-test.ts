import type { DeviceId } from '@phloem/protocol';
import { hintForName } from '../documents/problem.ts';
import type { RuleTestCase } from '../documents/rule-test.ts';
import { formatDeviceValue, toDeviceValue } from '../plan/device-value.ts';
import type { EngineState } from '../plan/memory.ts';
import type { Plan } from '../plan/plan.ts';
import type { Explanation } from '../plan/trace.ts';
import type { ModelDevice } from '../replay/model-gate.ts';
import type { DeviceModel } from '../site-model.ts';
import { formatOffset, parseOffset } from '../units/parse-offset.ts';
import { parseDuration } from '../units/units.ts';

/** What was expected, what came instead, and the device that it is about, if it is about one. */
export type Miss = { readonly expected: string; readonly got: string; readonly device?: DeviceId };

export type Expectation = NonNullable<RuleTestCase['expect']>[number];

/** How everything stands at the moment of an expectation. */
export type Standing = {
  readonly plan: Plan;
  readonly run: EngineState;
  /** The alarms that documents define, and how those that were raised stand. */
  readonly alarmIds: ReadonlySet<string>;
  readonly alarms: ReadonlyMap<string, string>;
  readonly models: readonly DeviceModel[];
  readonly devices: ReadonlyMap<DeviceId, ModelDevice>;
};

/** Judges one expectation; null where it is met. Pure. */
export const judgeExpectation = (expected: Expectation, standing: Standing): Miss | null => {
  if ('alarm' in expected) return judgeAlarm(expected, standing);
  if ('expr' in expected) {
    const got = standing.plan.query(expected.expr)(standing.run);
    return got === true ? null : { expected: expected.expr, got: got === undefined ? 'unknown' : String(got) };
  }
  return judgeDevice(expected, standing);
};

type Of<Key extends string> = Extract<Expectation, { readonly [K in Key]: unknown }>;

const judgeAlarm = ({ alarm, state }: Of<'alarm'>, { alarmIds, alarms }: Standing): Miss | null => {
  // An alarm that no document defines would be clear for ever.
  if (!alarmIds.has(alarm)) return { expected: 'an alarm that a document defines', got: `${alarm}. ${hintForName(alarm, [...alarmIds])}` };
  // One that was never raised is clear.
  const got = alarms.get(alarm) ?? 'cleared';
  return got === state ? null : { expected: `alarm ${alarm} ${state}`, got };
};

const judgeDevice = (expected: Of<'is'>, { plan, run, models, devices }: Standing): Miss | null => {
  const model = models.find((device) => device.id === expected.device);
  const device = devices.get(expected.device);
  if (model === undefined || device === undefined) return { expected: `a device ${expected.device}`, got: 'none' };
  const value = toDeviceValue(expected.is, model);
  const words = becauseOf(device, plan.explain(run, expected.device));
  if (device.applied === value && (expected.because === undefined || words.includes(expected.because))) return null;
  const wanted = value === undefined ? String(expected.is) : formatDeviceValue(value, model);
  const got = device.applied === null ? 'not switched yet' : formatDeviceValue(device.applied, model);
  return {
    expected: `${expected.device} ${wanted}${expected.because === undefined ? '' : ` because ${expected.because}`}`,
    got: `${got} because ${words.join(', ')}`,
    device: expected.device,
  };
};

/** The words that say why a device is as it is. */
const becauseOf = (device: ModelDevice, explanation: Explanation | undefined): readonly string[] => {
  if (device.held !== null) return [device.held];
  if (device.interlocks.length > 0) return [...device.interlocks, 'interlocked'];
  if (explanation === undefined) return ['nothing'];
  const blocked = explanation.blocked.map((each) => each.reason);
  if (explanation.rule === null) return ['fallback', ...new Set(blocked)];
  return isFromMemory(explanation.why) ? ['hold-unknown', explanation.rule] : [explanation.rule];
};

/** Claims that a rule, a loop or a group of devices goes on with what it remembers. */
const isFromMemory = (why: Explanation['why']): boolean =>
  why.code === 'rule/remembers' || why.code === 'loop/remembers' || (why.code === 'lead-lag/assigns' && why.params.memory !== null);

export type Offset = NonNullable<RuleTestCase['offsets']>[number];

/** The entry of an operator who moves a set-point, or why the set-point cannot be moved so. Pure. */
export const toOffsetEntry = (
  { setpoint, by, for: length }: Offset,
  { setpoints }: Pick<Plan, 'setpoints'>,
  reason: string,
): { readonly entry: Record<string, unknown> } | { readonly miss: Miss } => {
  const miss = (expected: string, got: string) => ({ miss: { expected, got } });
  const known = setpoints.find(({ name }) => name === setpoint);
  if (known === undefined) {
    const names = setpoints.map(({ name }) => name);
    return miss('a set-point of the bundle', `${setpoint}. ${hintForName(setpoint, names)}`);
  }
  const delta = parseOffset(by, known.dimension);
  if (typeof delta !== 'number') return miss(`an offset in ${delta.expected}`, `${by}. ${delta.hint}`);
  if (known.reach === null) return miss('a set-point that may be moved', `${setpoint}, which has neither offsets nor an alarm band`);
  if (Math.abs(delta) > known.reach) {
    return miss(`an offset within the reach of ${setpoint} (${formatOffset(known.reach, known.dimension).replace('+', '±')})`, by);
  }
  return { entry: { kind: 'offset', setpoint, delta, forMs: parseDuration(length), by: { kind: 'user', id: 'test' }, reason } };
};

/** The devices that switched, or were requested to switch, more often than the test allows. Pure. */
export const judgeLimits = (
  limits: RuleTestCase['limits'],
  counts: { readonly switches: ReadonlyMap<DeviceId, number>; readonly requests: ReadonlyMap<DeviceId, number> },
): readonly Miss[] => [
  ...Object.entries(limits?.switches ?? {}).flatMap(([device, most]) => {
    const count = counts.switches.get(device) ?? 0;
    return count > most ? [{ expected: `at most ${most} switches of ${device}`, got: `${count}`, device }] : [];
  }),
  ...Object.entries(limits?.requests ?? {}).flatMap(([device, most]) => {
    const count = counts.requests.get(device) ?? 0;
    return count > most ? [{ expected: `at most ${most} requests for ${device}`, got: `${count}`, device }] : [];
  }),
];
