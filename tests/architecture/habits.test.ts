import { describe, expect, it } from 'vitest';
import { compareRuns } from '../bench/compare-runs.ts';
import { judgeSubject } from '../support/commit-subject.ts';

describe('the check of commit subjects', () => {
  it.each(['fix(reconnect): keep the newest dial when two race', 'docs(spec): number the rules of offsets'])('accepts %s', (subject) => {
    expect(judgeSubject(subject)).toBeNull();
  });

  it.each([
    ['keep the newest dial', 'type(scope)'],
    ['fix: keep the newest dial', 'type(scope)'],
    ['mend(reconnect): keep the newest dial', 'the type mend'],
    [`fix(reconnect): ${'keep '.repeat(12)}the newest dial`, 'characters'],
    ['fix(reconnect): keep the newest dial.', 'full stop'],
    ['fix(reconnect): Keep the newest dial', 'capital'],
    ['feat(log): the log is synced before it answers', 'imperative'],
  ])('rejects %s', (subject, problem) => {
    expect(judgeSubject(subject)).toContain(problem);
  });
});

describe('the comparison of two benchmark runs', () => {
  const run = (median: number, columns = ['p50', 'p99']) => ({
    machine: { cpu: 'x', cores: 2, loadBefore: 0 },
    findings: [
      { name: 'loop', unit: 'µs', columns, rows: [{ name: 'Phloem', figures: columns.map(() => ({ median, low: 0, high: 0 })) }] },
    ],
  });

  it('finds the same figure in both, whatever the order of columns, and leaves out what one lacks', () => {
    const compared = compareRuns(run(100, ['p99']), run(150, ['p50', 'p99']));
    expect(compared).toEqual([{ bench: 'loop', row: 'Phloem', column: 'p99', unit: 'µs', from: 100, to: 150, ratio: 1.5 }]);
  });
});
