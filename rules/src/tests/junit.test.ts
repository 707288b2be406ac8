import { expect, it } from 'vitest';
import { toJUnit } from './junit.ts';
import type { TestResult } from './run-rule-tests.ts';

const result = (name: string, failures: TestResult['failures'] = []): TestResult => ({
  name,
  failures,
  switches: {},
  timeline: [],
  durationMs: 0,
});

it('results as JUnit say what failed, with nothing that XML does not allow', () => {
  const failure = { at: 60_000, expected: 'fan on because a < b', got: 'off & "idle"\u0007', evidence: undefined };
  const xml = toJUnit([{ name: 'room/a.test', results: [result('one'), result("it's <two>", [failure])] }]);
  expect(xml).toContain('<testsuite name="room/a.test" tests="2" failures="1">');
  expect(xml).toContain('<testcase classname="room/a.test" name="one" time="0"/>');
  expect(xml).toContain('name="it&apos;s &lt;two&gt;"');
  expect(xml).toContain('message="expected fan on because a &lt; b, got off &amp; &quot;idle&quot;"');
});
