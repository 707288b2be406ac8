import { expect, it } from 'vitest';
import { DocumentFault, type Problem } from './problem.ts';

it('a document with thousands of problems is answered with the first fifty, and how many more there are', () => {
  const problem: Problem = { file: 'a.yaml', line: 1, column: 1, path: '', expected: 'a key', found: 'none', hint: '', excerpt: '' };
  const problems = Array.from({ length: 5000 }, (_, n) => ({ ...problem, line: n + 1 }));
  const fault = new DocumentFault('document/syntax', problems);
  expect(fault.message.split('\n\n')).toHaveLength(51);
  expect(fault.message).toMatch(/^a\.yaml:1:1: [^]*\n\n4950 more problems; correct these first$/);
  expect(fault.problems).toHaveLength(5000);
});
