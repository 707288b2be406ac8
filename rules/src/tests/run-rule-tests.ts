import { formatDuration, type DeviceId } from '@phloem/protocol';
import type { RuleTestCase, RuleTestDocument } from '../documents/rule-test.ts';
import type { Explanation } from '../plan/trace.ts';
import { parseDuration } from '../units/units.ts';
import { toHindrances } from './hindrances.ts';
import { judgeExpectation, judgeLimits, toOffsetEntry, type Miss } from './judge-test.ts';
import { parseInstant, toClusters, toFrames } from './test-input.ts';
import { TestRun, type Switch, type TestWorld } from './test-run.ts';

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
  /** Every switch, in order. */
  readonly timeline: readonly Switch[];
  readonly durationMs: number;
};

/** Runs the tests of a document, each on a fresh engine with devices of its own. Pure: the time in them is theirs. */
export const runRuleTests = (document: RuleTestDocument, world: TestWorld): readonly TestResult[] =>
  document.spec.tests.map((test) => runTest(test, world));

const secondMs = 1000;

const runTest = (test: RuleTestCase, world: TestWorld): TestResult => {
  const { site, plan } = world;
  const stepMs = parseDuration(test.step) ?? secondMs;
  const isBoolean = new Set(site.points.filter((point) => point.quantity === 'boolean').map((point) => point.id));
  const clusters = toClusters(test.series, isBoolean);
  const length = Math.max(0, ...[...clusters.values()].flatMap((cluster) => cluster.map(({ samples }) => samples.length)));
  const expectations = (test.expect ?? []).map(withMoment);
  const offsets = (test.offsets ?? []).map(withMoment);
  const hindrances = toHindrances(test, site.devices);
  const end = Math.max((length - 1) * stepMs, ...expectations.map(({ atMs }) => atMs));
  const never = (test.never ?? []).map((text) => ({ text, ask: plan.query(text), isBroken: false }));
  const failures: TestFailure[] = [];
  const run = new TestRun(world, parseInstant(test.start), hindrances);
  const fail = ({ expected, got, device }: Miss): void => {
    const evidence = device === undefined ? undefined : plan.explain(run.standing.run, device);
    failures.push({ at: run.up, expected, got, evidence });
  };
  const isNow = ({ atMs }: { readonly atMs: number }): boolean => atMs >= run.up && atMs < run.up + secondMs;

  const scope = plan.scope === '' ? 'none' : plan.scope;
  run.take({ kind: 'lease', scope, term: 1, holder: 'ruletest' });
  for (; run.up <= end; run.up += secondMs) {
    for (const draft of hindrances.entriesAt(run.up, scope)) run.take(draft);
    for (const { written } of offsets.filter(isNow)) {
      const made = toOffsetEntry(written, plan, test.name);
      if ('miss' in made) fail(made.miss);
      else run.take(made.entry);
    }
    if (run.up % stepMs === 0) for (const draft of toFrames(clusters, run.up / stepMs)) run.take(draft);
    run.take({ kind: 'pulse' });
    for (const rule of never) {
      if (rule.isBroken || rule.ask(run.standing.run) !== true) continue;
      rule.isBroken = true;
      fail({ expected: `never ${rule.text}`, got: 'it was' });
    }
    for (const { written } of expectations.filter(isNow)) {
      const miss = judgeExpectation(written, run.standing);
      if (miss !== null) fail(miss);
    }
  }
  run.up = end;
  const switches = new Map([...run.standing.devices].map(([id, device]) => [id, device.switches]));
  for (const miss of judgeLimits(test.limits, { switches, requests: run.requests })) fail(miss);
  return { name: test.name, failures, switches: Object.fromEntries(switches), timeline: run.timeline, durationMs: end };
};

/** A part of a test with its moment, in ms since the start. */
const withMoment = <Part extends { readonly at: string }>(written: Part): { readonly written: Part; readonly atMs: number } => ({
  written,
  atMs: parseDuration(written.at) ?? 0,
});

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
