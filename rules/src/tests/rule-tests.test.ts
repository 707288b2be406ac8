import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { readBundle } from '../bundle.ts';
import { kindOf } from '../documents/check.ts';
import type { RuleTestDocument } from '../documents/rule-test.ts';
import { readDocuments, type SourceFile } from '../documents/source.ts';
import { compileInterlocks } from '../interlocks/compile-interlocks.ts';
import { compileBundle } from '../bundles/compile-bundle.ts';
import { formatFailure, runRuleTests } from './run-rule-tests.ts';
import type { TestWorld } from './test-run.ts';
import { parseSeries } from './series.ts';
import { toTestSite } from './test-site.ts';

// Whole tests of rules run in each of these: a busy machine may take its time.
vi.setConfig({ testTimeout: 60_000 });

const readFolder = (name: string): readonly SourceFile[] => {
  const folder = new URL(`../../../examples/handbook/${name}/`, import.meta.url);
  return readdirSync(folder)
    .toSorted()
    .map((path) => ({ path, text: readFileSync(new URL(path, folder), 'utf8') }));
};
const bundleFiles = readFolder('bundle');
const siteSources = readDocuments(readFolder('site'));

const worldOf = (change: (text: string, path: string) => string = (text) => text): { world: TestWorld; test: RuleTestDocument } => {
  const files = bundleFiles.map(({ path, text }) => ({ path, text: change(text, path) }));
  const content = readBundle(files);
  const sources = readDocuments(files);
  const site = toTestSite([...siteSources, ...sources]);
  const interlocks = compileInterlocks(
    siteSources.filter((source) => ['Signals', 'Interlocks'].includes(kindOf(source))),
    site,
  );
  const test = sources.find((source) => kindOf(source) === 'RuleTest')?.value as RuleTestDocument;
  return { world: { site, plan: compileBundle(content, site), interlocks }, test };
};

describe('the series of a test', () => {
  it.each([
    ['26x3', [26, 26, 26, 26]],
    ['55x1 65', [55, 55, 65]],
    ['20+0.1x3', [20, 20.1, 20.2, 20.3]],
    ['20-5x2', [20, 15, 10]],
    ['-5', [-5]],
    ['1 _x2 stale 2', [1, 'none', 'none', 'stale', 2]],
    ['true falsex1', [true, false, false]],
  ])('%s', (written, samples) => {
    expect(parseSeries(written)).toEqual(samples);
  });
});

describe('the tests of the handbook bundle', () => {
  it('pass', () => {
    const { world, test } = worldOf();
    const results = runRuleTests(test, world);
    expect(results.flatMap((result) => result.failures.map(formatFailure))).toEqual([]);
    const times = results.map(({ timeline }) =>
      timeline.filter(({ device }) => device === 'flower_room/dehumidifier_1').map(({ at, value }) => [at / 1000, value]),
    );
    expect(times).toEqual([
      [
        [161, true],
        [461, false],
      ],
      [
        [90, true],
        [390, false],
      ],
    ]);
  });

  it('fail when the rule is another, and show expected, got and the evidence', () => {
    const { world, test } = worldOf((text, path) => (path.startsWith('20-') ? text.replace('on: 90s', 'on: 9min') : text));
    const [first] = runRuleTests(test, world);
    expect(first?.failures.map((failure) => failure.expected)).toEqual([
      'flower_room/dehumidifier_1 on because flower_room/dehumidify',
      'flower_room/dehumidifier_1 on because min-on',
    ]);
    const [failure] = first?.failures ?? [];
    expect(failure && formatFailure(failure)).toMatch(
      /at 3 min: expected .* on because .*, got off because fallback, pending[^]*vpd = 0\.\d+/,
    );
  });

  it('see what must never be, and count switches', () => {
    const { world, test } = worldOf();
    const [first] = test.spec.tests;
    if (first === undefined) throw new Error('no test');
    const strict = {
      ...first,
      never: ['applied("flower_room/dehumidifier_1")'],
      limits: { switches: { 'flower_room/dehumidifier_1': 1 } },
    };
    const [result] = runRuleTests({ ...test, spec: { ...test.spec, tests: [strict] } }, world);
    expect(result?.failures.map((failure) => failure.expected)).toEqual([
      'never applied("flower_room/dehumidifier_1")',
      'at most 1 switches of flower_room/dehumidifier_1',
    ]);
  });

  it('move a set-point manually, and say what is wrong with one that cannot be moved so', () => {
    const { world, test } = worldOf();
    const move = (by: string, setpoint = 'flower_room/climate/temp') => {
      const offsets = [{ at: '10s', setpoint, by, for: '20s' }];
      const expected = [
        { at: '5s', expr: 'sp.temp == degC(26.0)' },
        { at: '20s', expr: 'sp.temp == degC(27.5)' },
        { at: '31s', expr: 'sp.temp == degC(26.0)' },
      ];
      const moved = { name: 'warmer', start: '2026-03-02T12:00:00+01:00', step: '10s', series: {}, offsets, expect: expected };
      return runRuleTests({ ...test, spec: { tests: [moved] } }, world)[0]?.failures.map(({ at, expected: wanted, got }) => [
        at,
        wanted,
        got,
      ]);
    };
    expect(move('+1.5 K')).toEqual([]);
    expect(move('+1.5 °C')?.[0]).toEqual([10_000, 'an offset in K', expect.stringContaining('a difference is written in K')]);
    expect(move('+9 K')?.[0]).toEqual([10_000, 'an offset within the reach of flower_room/climate/temp (±3 K)', '+9 K']);
    expect(move('+1 K', 'flower_room/climate/tmep')?.[0]?.[2]).toContain('did you mean flower_room/climate/temp?');
  });

  it('stand an interlock in the way of a rule', () => {
    const { world, test } = worldOf();
    const series = { 'flower_room/front/temperature': '36x60', 'flower_room/middle/temperature': '36x60' };
    const expected = [
      { at: '30s', alarm: 'flower_room/safety/overtemp-lights', state: 'cleared' as const },
      { at: '2min', alarm: 'flower_room/safety/overtemp-lights', state: 'active' as const },
    ];
    const hot = { name: 'hot', start: '2026-03-02T12:00:00+01:00', step: '10s', series, expect: expected };
    const [result] = runRuleTests({ ...test, spec: { tests: [hot] } }, world);
    expect(result?.failures).toEqual([]);
    const [other] = runRuleTests(
      { ...test, spec: { tests: [{ ...hot, expect: expected.map((each) => ({ ...each, at: '40s' })) }] } },
      world,
    );
    expect(other?.failures.map((failure) => [failure.expected, failure.got])).toEqual([
      ['alarm flower_room/safety/overtemp-lights active', 'cleared'],
    ]);
  });
});
