import { readdirSync, readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { millis } from '@phloem/protocol';
import { readDocuments } from '../documents/source.ts';
import { runAllRuleTests } from './rule-test-runs.ts';
import { formatFailure } from './run-rule-tests.ts';

// Whole tests of rules run in each of these: a busy machine may take its time.
vi.setConfig({ testTimeout: 60_000 });

const folder = new URL('../../../examples/handbook/', import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.yaml'))
  .toSorted()
  .map((path) => ({ path, text: readFileSync(new URL(path, folder), 'utf8') }));
const nowhere = { points: [], devices: [], timeZone: 'UTC', isDemonstration: false };

it('a folder of documents is tested as it names them', () => {
  const runs = runAllRuleTests(readDocuments(files), nowhere);
  expect(runs.map(({ name }) => name)).toContain('flower_room/dehumidify.test');
  const failures = runs.flatMap(({ results }) => results.flatMap((result) => result.failures.map(formatFailure)));
  expect(failures).toEqual([]);
});

it('of two files of one name, the one nearer to the test is meant', () => {
  const here = files.map(({ path, text }) => ({ path: `here/${path}`, text }));
  const there = files
    .filter(({ path }) => !path.includes('test'))
    .map(({ path, text }) => ({ path: `there/${path}`, text: text.replaceAll('flower_room', 'other_room') }));
  const runs = runAllRuleTests(readDocuments([...there, ...here]), nowhere);
  expect(runs.flatMap(({ results }) => results.flatMap((result) => result.failures))).toEqual([]);
});

it('a test that names a file that is not there is refused, at its place', () => {
  const without = files.filter(({ path }) => !path.includes('20-dehumidify'));
  expect(() => runAllRuleTests(readDocuments(without), nowhere)).toThrow(
    /50-test\.yaml:5:\d+: spec\.bundle\[2\]: expected a file of this folder, found 20-dehumidify\.yaml/,
  );
});

it('a test that names no site runs under the interlocks of the site that stands beside it', () => {
  const head = (kind: string, id: string): string => `apiVersion: phloem/v1\nkind: ${kind}\nmetadata: { id: room/${id} }\n`;
  const signals = 'spec: { inputs: { temp: { point: room/front/temperature, maxAge: 1min } } }\n';
  const heatedBy = (is: string) => [
    { path: 'bundle/s.yaml', text: `${head('Signals', 's')}${signals}` },
    {
      path: 'bundle/r.yaml',
      text: `${head('Rule', 'r')}spec:
  use: { signals: room/s }
  when: 'temp > degC(1.0)'
  then: [ { request: { device: room/heater, value: on, level: control } } ]
  onUnknown: { hold: 1s, then: release }
`,
    },
    {
      path: 'bundle/t.yaml',
      text: `${head('RuleTest', 't')}spec:
  tests:
    - { name: heats, start: "2026-03-02T12:00:00Z", step: 10s, series: { room/front/temperature: "20x12" }, expect: [ { at: 1min, device: room/heater, is: ${is} } ] }
`,
    },
  ];
  const siteSources = readDocuments([
    { path: 'site/s.yaml', text: `${head('Signals', 'safety-signals')}${signals}` },
    {
      path: 'site/i.yaml',
      text: `${head('Interlocks', 'safety')}spec:
  use: { signals: room/safety-signals }
  interlocks: [ { id: warm, when: 'temp > degC(15.0)', deny: { device: room/heater, value: on } } ]
`,
    },
  ]);
  const heater = { id: 'room/heater', kind: 'switch', fallback: false, minOn: millis(0), minOff: millis(0), merge: 'exclusive' } as const;
  const site = { ...nowhere, points: [{ id: 'room/front/temperature', quantity: 'temperature' as const }], devices: [heater] };
  const failuresOf = (is: string, beside: typeof siteSources) =>
    runAllRuleTests([...beside, ...readDocuments(heatedBy(is))], site, beside).flatMap(({ results }) =>
      results.flatMap(({ failures }) => failures),
    );
  expect(failuresOf('off', siteSources)).toEqual([]);
  expect(failuresOf('on', [])).toEqual([]);
});
