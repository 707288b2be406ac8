import { readdirSync, readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { readDocuments } from '../documents/source.ts';
import { runAllRuleTests } from './rule-test-runs.ts';
import { formatFailure } from './run-rule-tests.ts';

// Whole tests of rules run in each of these: a busy machine may take its time.
vi.setConfig({ testTimeout: 60_000 });

const folder = new URL('../../../../examples/handbook/', import.meta.url);
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
