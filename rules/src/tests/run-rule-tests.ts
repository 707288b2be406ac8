import { formatDuration, type DeviceId, type DeviceValue, type Entry, type EntryDraft } from '@phloem/protocol';
import { hintForName } from '../documents/problem.ts';
import type { RuleTestCase, RuleTestDocument } from '../documents/rule-test.ts';
import type { AlarmPlan } from '../alarms/compile-alarms.ts';
import type { InterlockPlan } from '../interlocks/compile-interlocks.ts';
import { formatDeviceValue, toDeviceValue } from '../plan/device-value.ts';
import type { Plan } from '../plan/plan.ts';
import type { Explanation } from '../plan/trace.ts';
import type { SiteModel } from '../site-model.ts';
import { formatOffset, parseOffset } from '../units/parse-offset.ts';
import { parseDuration } from '../units/units.ts';
import { toHindrances, tryStuck } from './hindrances.ts';
import { createReplay, type StepDevice } from '../replay/create-replay.ts';
import { stepModelGate, type ModelDevice } from '../replay/model-gate.ts';
import { parseSeries, type Sample } from './series.ts';

/** What a test runs against. */
export type TestWorld = {
  readonly site: SiteModel;
  readonly plan: Plan;
  readonly interlocks?: InterlockPlan;
  readonly alarms?: readonly AlarmPlan[];
};

/** An expectation that was not met, with the evidence. */
export type TestFailure = {
  /** Since the start of the test, in ms. */
  readonly at: number;
  readonly expected: string;
  readonly got: string;
  readonly evidence: Explanation | undefined;
};

/** How one test ended. */
export type TestResult = {
  readonly name: string;
  readonly failures: readonly TestFailure[];
  readonly switches: Readonly<Record<DeviceId, number>>;
  /** Every switch, in order; `at` since the start of the test, in ms. */
  readonly timeline: readonly { readonly at: number; readonly device: DeviceId; readonly value: DeviceValue }[];
  readonly durationMs: number;
};

/** Runs the tests of a document, each on a fresh engine with devices of its own. Pure: the time in them is theirs. */
export const runRuleTests = (document: RuleTestDocument, world: TestWorld): readonly TestResult[] =>
  document.spec.tests.map((test) => runTest(test, world));

const epoch = 'ruletest0000';
const secondMs = 1000;

const runTest = (test: RuleTestCase, { site, plan, interlocks, alarms: watching = [] }: TestWorld): TestResult => {
  const startAt = parseInstant(test.start);
  const stepMs = parseDuration(test.step) ?? secondMs;
  const isBoolean = new Set(site.points.filter((point) => point.quantity === 'boolean').map((point) => point.id));
  const clusters = toClusters(test.series, isBoolean);
  const length = Math.max(0, ...[...clusters.values()].flatMap((cluster) => cluster.map(({ samples }) => samples.length)));
  const expectations = (test.expect ?? []).map((each) => ({ ...each, at: parseDuration(each.at) ?? 0 }));
  const offsets = (test.offsets ?? []).map((each) => ({ ...each, at: parseDuration(each.at) ?? 0 }));
  const hindrances = toHindrances(test, site.devices);
  const end = Math.max((length - 1) * stepMs, ...expectations.map((each) => each.at));
  const never = (test.never ?? []).map((text) => ({ text, ask: plan.query(text), isBroken: false }));
  const failures: TestFailure[] = [];

  const watches = watching.map((each) => ({ each, state: each.start() }));
  const alarms = new Map<string, string>();
  const timeline: { at: number; device: DeviceId; value: DeviceValue }[] = [];
  const tried = new Map<DeviceId, DeviceValue | undefined>();
  const requested = new Map<DeviceId, DeviceValue>();
  const requests = new Map<DeviceId, number>();
  /** Each request of a pulse is one of its own. */
  const isMomentary = new Set(site.devices.filter(({ kind }) => kind === 'momentary').map(({ id }) => id));
  let lsn = 0;
  let up = 0;

  /** Without a lease a device stands at its safe value, and one that is stuck stays where it is. */
  const stepHindered: StepDevice = (now, model, restrict) => {
    if (hindrances.isStuck(model.id, up)) {
      const stuck = tryStuck(now, model.id, tried.get(model.id));
      tried.set(model.id, stuck.tried);
      return { state: now, reports: stuck.reports };
    }
    tried.delete(model.id);
    const isOut = hindrances.isOut(up);
    const { state: stepped, reports } = stepModelGate(isOut ? { ...now, request: model.fallback } : now, model, restrict, up);
    if (now.switches < stepped.switches && stepped.applied !== null) timeline.push({ at: up, device: model.id, value: stepped.applied });
    return { state: isOut ? { ...stepped, request: now.request } : stepped, reports };
  };
  const stamp = (draft: EntryDraft): Entry => {
    lsn += 1;
    return { ...draft, lsn, up, at: startAt + up };
  };
  const replay = createReplay({
    plan,
    site,
    gate: 'modelled',
    stepDevice: stepHindered,
    stamp,
    ...(interlocks === undefined ? {} : { interlocks }),
  });
  let state = replay.start();

  /** Everything that follows from an entry, the outcomes of the gate included, which are entries themselves. */
  const take = (draft: Record<string, unknown>): void => {
    const step = replay.step(state, stamp(draft as EntryDraft), epoch);
    ({ state } = step);
    for (const { entry, result, guarded } of step.taken) {
      for (const { device, value } of result.decisions) {
        const before = requested.get(device);
        const isOther = before !== undefined && before !== value && !isMomentary.has(device);
        if (isOther) requests.set(device, (requests.get(device) ?? 0) + 1);
        requested.set(device, value);
      }
      for (const { alarm, state: phase } of [...result.alarms, ...(guarded?.alarms ?? [])]) alarms.set(alarm, phase);
      for (const watch of watches) {
        const watched = watch.each.step(watch.state, entry);
        watch.state = watched.state;
        if (!watched.isNews) continue;
        for (const { definition, isActive } of watch.each.find(watched.state)) alarms.set(definition.id, isActive ? 'active' : 'cleared');
      }
    }
  };
  const fail = (expected: string, got: string, device?: DeviceId): void => {
    failures.push({ at: up, expected, got, evidence: device === undefined ? undefined : plan.explain(state.run, device) });
  };

  const scope = plan.scope === '' ? 'none' : plan.scope;
  take({ kind: 'lease', scope, term: 1, holder: 'ruletest' });
  for (up = 0; up <= end; up += secondMs) {
    for (const draft of hindrances.entriesAt(up, scope)) take(draft);
    for (const each of offsets) if (each.at >= up && each.at < up + secondMs) adjust(each);
    if (up % stepMs === 0) for (const draft of toFrames(clusters, up / stepMs)) take(draft);
    take({ kind: 'pulse' });
    for (const rule of never) {
      if (rule.isBroken || rule.ask(state.run) !== true) continue;
      rule.isBroken = true;
      fail(`never ${rule.text}`, 'it was');
    }
    for (const each of expectations) if (each.at >= up && each.at < up + secondMs) judge(each);
  }
  up = end;

  function adjust({ setpoint, by, for: length }: (typeof offsets)[number]): void {
    const known = plan.setpoints.find(({ name }) => name === setpoint);
    if (known === undefined)
      return fail(
        'a set-point of the bundle',
        `${setpoint}. ${hintForName(
          setpoint,
          plan.setpoints.map(({ name }) => name),
        )}`,
      );
    const delta = parseOffset(by, known.dimension);
    if (typeof delta !== 'number') return fail(`an offset in ${delta.expected}`, `${by}. ${delta.hint}`);
    if (known.reach === null) return fail(`a set-point that may be moved`, `${setpoint}, which has neither offsets nor an alarm band`);
    if (Math.abs(delta) > known.reach) {
      return fail(`an offset within the reach of ${setpoint} (${formatOffset(known.reach, known.dimension).replace('+', '±')})`, by);
    }
    return take({ kind: 'offset', setpoint, delta, forMs: parseDuration(length), by: { kind: 'user', id: 'test' }, reason: test.name });
  }

  function alarmIds(): ReadonlySet<string> {
    const defined = watching.flatMap(({ definitions }) => definitions.map(({ id }) => id));
    return new Set([...defined, ...plan.alarms, ...(interlocks?.alarms ?? [])]);
  }

  function judge(expected: (typeof expectations)[number]): void {
    if ('alarm' in expected) {
      // An alarm that no document defines would be clear for ever.
      const ids = alarmIds();
      if (!ids.has(expected.alarm))
        return fail('an alarm that a document defines', `${expected.alarm}. ${hintForName(expected.alarm, [...ids])}`);
      // One that was never raised is clear.
      const got = alarms.get(expected.alarm) ?? 'cleared';
      if (got !== expected.state) fail(`alarm ${expected.alarm} ${expected.state}`, got);
    } else if ('expr' in expected) {
      const got = plan.query(expected.expr)(state.run);
      if (got !== true) fail(expected.expr, got === undefined ? 'unknown' : String(got));
    } else {
      const model = site.devices.find((device) => device.id === expected.device);
      const device = state.devices.get(expected.device);
      if (model === undefined || device === undefined) return fail(`a device ${expected.device}`, 'none');
      const value = toDeviceValue(expected.is, model);
      const words = becauseOf(device, plan.explain(state.run, expected.device));
      const got = device.applied === null ? 'not switched yet' : formatDeviceValue(device.applied, model);
      const isRight = device.applied === value && (expected.because === undefined || words.includes(expected.because));
      if (!isRight) {
        const wanted = value === undefined ? String(expected.is) : formatDeviceValue(value, model);
        fail(
          `${expected.device} ${wanted}${expected.because === undefined ? '' : ` because ${expected.because}`}`,
          `${got} because ${words.join(', ')}`,
          expected.device,
        );
      }
    }
    return undefined;
  }

  const switches = Object.fromEntries([...state.devices].map(([id, device]) => [id, device.switches]));
  for (const [device, most] of Object.entries(test.limits?.switches ?? {})) {
    const count = switches[device] ?? 0;
    if (count > most) fail(`at most ${most} switches of ${device}`, `${count}`, device);
  }
  for (const [device, most] of Object.entries(test.limits?.requests ?? {})) {
    const count = requests.get(device) ?? 0;
    if (count > most) fail(`at most ${most} requests for ${device}`, `${count}`, device);
  }
  return { name: test.name, failures, switches, timeline, durationMs: end };
};

/** The words that say why a device is as it is. */
const becauseOf = (device: ModelDevice, explanation: Explanation | undefined): readonly string[] => {
  if (device.held !== null) return [device.held];
  if (device.interlocks.length > 0) return [...device.interlocks, 'interlocked'];
  if (explanation === undefined) return ['nothing'];
  const blocked = explanation.blocked.map((each) => each.reason);
  if (explanation.rule === null) return ['fallback', ...new Set(blocked)];
  const isHeld = / from memory: /.test(explanation.because);
  return isHeld ? ['hold-unknown', explanation.rule] : [explanation.rule];
};

type Clusters = ReadonlyMap<string, readonly { readonly measurement: string; readonly samples: readonly Sample[] }[]>;

const toClusters = (series: RuleTestCase['series'], isBoolean: ReadonlySet<string>): Clusters => {
  const clusters = new Map<string, { measurement: string; samples: readonly Sample[] }[]>();
  for (const [point, written] of Object.entries(series)) {
    const [location = '', cluster = '', measurement = ''] = point.split('/');
    const key = `${location}/${cluster}`;
    // A contact may be written as 0 and 1, as registers have it.
    const samples = parseSeries(written).map((sample) => (typeof sample === 'number' && isBoolean.has(point) ? sample !== 0 : sample));
    clusters.set(key, [...(clusters.get(key) ?? []), { measurement, samples }]);
  }
  return clusters;
};

const toFrames = (clusters: Clusters, index: number): readonly Record<string, unknown>[] =>
  [...clusters].flatMap(([key, measurements]) => {
    const [location = '', cluster = ''] = key.split('/');
    const readings: Record<string, unknown> = {};
    for (const { measurement, samples } of measurements) {
      const sample = samples[index] ?? 'none';
      if (sample === 'stale') readings[measurement] = { v: null, q: 'stale', why: 'overdue' };
      else if (sample !== 'none') readings[measurement] = { v: sample, q: 'good' };
    }
    return Object.keys(readings).length === 0 ? [] : [{ kind: 'sensor', location, cluster, readings }];
  });

/** The instant that an ISO 8601 text with an offset names, in ms since 1970. The schema has let the text in. */
const parseInstant = (written: string): number => {
  const [, y, mo, d, h, mi, s = '0', zone = 'Z'] = /^(\d+)-(\d+)-(\d+)T(\d+):(\d+)(?::(\d+))?(.*)$/.exec(written) ?? [];
  const days = daysFromCivil(Number(y), Number(mo), Number(d));
  const [, sign = '+', zh = '0', zm = '0'] = /^([+-])(\d+):(\d+)$/.exec(zone) ?? [];
  const offset = (sign === '-' ? -1 : 1) * (Number(zh) * 60 + Number(zm));
  return ((days * 24 + Number(h)) * 60 + Number(mi) - offset) * 60_000 + Number(s) * 1000;
};

/** Days since 1970-01-01 of a date of the Gregorian calendar. Source: H. Hinnant, chrono-compatible date algorithms. */
const daysFromCivil = (year: number, month: number, day: number): number => {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const ofEra = y - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
};

/** The failures of a test as text for people. */
export const formatFailure = (failure: TestFailure): string => {
  const lines = [`at ${formatDuration(failure.at)}: expected ${failure.expected}, got ${failure.got}`];
  if (failure.evidence !== undefined) {
    lines.push(`  ${failure.evidence.because}`);
    for (const { rule, text, parts } of failure.evidence.expressions) {
      lines.push(`  ${rule}: ${text}: ${parts.map((part) => `${part.text} = ${part.value === null ? 'unknown' : part.value}`).join(', ')}`);
    }
  }
  return lines.join('\n');
};
