import { isCelError, run } from '@bufbuild/cel';
import { describe, expect, it } from 'vitest';
import { compileExpression } from '../expression.ts';
import { unknown, type Maybe, type Unknown } from '../nodes/node.ts';
import { ExpressionFault } from './expression-fault.ts';
import type { Scalar } from './scope.ts';
import { testNames, testValues, toTestContext, toTestScope } from './testing.ts';

// Written from the language definition of CEL (github.com/google/cel-spec, doc/langdef.md). `u` and `v` are variables
// without a value: the definition calls what comes of them an error, rules call it unknown.
const U: Unknown = unknown;
const cases: readonly (readonly [string, Maybe<Scalar>])[] = [
  // Literals
  ['true', true],
  ['false', false],
  ['1.5', 1.5],
  ['0.0', 0],
  ['1e3', 1000],
  ['1.5e-2', 0.015],
  ['42', 42],
  ['0', 0],
  ['0x1F', 31],
  ['0xff', 255],
  ['-42', -42],
  ['-1.5', -1.5],
  ['"abc"', 'abc'],
  ["'abc'", 'abc'],
  ['""', ''],
  ['"a\'b"', "a'b"],
  ["'a\"b'", 'a"b'],
  ['"a\\"b"', 'a"b'],
  ['"a\\\\b"', 'a\\b'],
  ['"a\\nb"', 'a\nb'],
  ['"\\u00b0C"', '°C'],
  ['"\\x41"', 'A'],
  ['r"a\\nb"', 'a\\nb'],
  ['"""a"b"""', 'a"b'],
  // Logic with every combination of true, false and error: an error that cannot change the answer does not
  ['t && t', true],
  ['t && f', false],
  ['t && u', U],
  ['f && t', false],
  ['f && f', false],
  ['f && u', false],
  ['u && t', U],
  ['u && f', false],
  ['u && u', U],
  ['t || t', true],
  ['t || f', true],
  ['t || u', true],
  ['f || t', true],
  ['f || f', false],
  ['f || u', U],
  ['u || t', true],
  ['u || f', U],
  ['u || u', U],
  ['!t', false],
  ['!f', true],
  ['!u', U],
  ['!!t', true],
  ['!(t && f)', true],
  ['!(u && f)', true],
  ['!(u || t)', false],
  ['u && u && f', false],
  ['f && (u || u)', false],
  ['t || (u && u)', true],
  ['(u && f) || t', true],
  ['u && (t || u)', U],
  ['v > 1.0 || t', true],
  ['v > 1.0 && f', false],
  ['(v / 0.0 > 1.0) || t', true],
  ['n > 2.0 || v > 1.0', true],
  ['n < 2.0 && v > 1.0', false],
  // The conditional evaluates one branch alone
  ['t ? 1.0 : 2.0', 1],
  ['f ? 1.0 : 2.0', 2],
  ['u ? 1.0 : 2.0', U],
  ['t ? n : v', 3],
  ['f ? n : v', U],
  ['f ? v : n', 3],
  ['t ? v : n', U],
  ['t ? (f ? 1.0 : 2.0) : 3.0', 2],
  ['f ? 1.0 : t ? 2.0 : 3.0', 2],
  ['(u || t) ? 1.0 : 2.0', 1],
  ['t ? "a" : "b"', 'a'],
  ['t ? u : f', U],
  ['f ? u : f', false],
  // Comparison; numbers of different kinds compare by value
  ['1.0 < 2.0', true],
  ['2.0 < 1.0', false],
  ['1.0 < 1.0', false],
  ['1.0 <= 1.0', true],
  ['1.0 >= 1.0', true],
  ['2.0 > 1.0', true],
  ['1.0 > 1.0', false],
  ['1 < 2', true],
  ['2 <= 2', true],
  ['3 > 2', true],
  ['2 >= 3', false],
  ['1 == 1', true],
  ['1 != 1', false],
  ['1 == 1.0', true],
  ['1 < 1.5', true],
  ['1.5 > 1', true],
  ['2.0 >= 2', true],
  ['1.0 == 1.0', true],
  ['1.0 != 2.0', true],
  ['-0.0 == 0.0', true],
  ['t == t', true],
  ['t == f', false],
  ['t != f', true],
  ['"a" == "a"', true],
  ['"a" == "A"', false],
  ['"a" != "b"', true],
  ['s == "abc"', true],
  ['n == 3.0', true],
  ['n == 3', true],
  ['m < 0', true],
  ['v == 1.0', U],
  ['u == t', U],
  ['n < v', U],
  ['v != v', U],
  // Arithmetic
  ['1.0 + 2.0', 3],
  ['1.0 - 2.0', -1],
  ['2.0 * 3.5', 7],
  ['7.0 / 2.0', 3.5],
  ['1 + 2', 3],
  ['1 - 2', -1],
  ['2 * 3', 6],
  ['7 % 3', 1],
  ['-7 % 3', -1],
  ['7 % -3', 1],
  ['-n', -3],
  ['-m', 1.5],
  ['-(-n)', 3],
  ['n + m', 1.5],
  ['n - m', 4.5],
  ['n * m', -4.5],
  ['n / 2.0', 1.5],
  ['0.1 + 0.2', 0.1 + 0.2],
  ['1.0 / 3.0', 1 / 3],
  ['n + v', U],
  ['v * 0.0', U],
  ['-v', U],
  ['v - v', U],
  // Precedence and associativity
  ['1.0 + 2.0 * 3.0', 7],
  ['(1.0 + 2.0) * 3.0', 9],
  ['10.0 - 4.0 - 3.0', 3],
  ['16.0 / 4.0 / 2.0', 2],
  ['2.0 * 3.0 + 4.0 * 5.0', 26],
  ['-2.0 * 3.0', -6],
  ['10.0 - -4.0', 14],
  ['1.0 + 2.0 < 4.0', true],
  ['1.0 < 2.0 == t', true],
  ['t || f && f', true],
  ['(t || f) && f', false],
  ['f && t || t', true],
  ['!f && f', false],
  ['!(f && f)', true],
  ['t && f ? 1.0 : 2.0', 2],
  ['f || t ? 1.0 : 2.0', 1],
  ['n > 1.0 && n < 5.0', true],
  ['1.0 == 1.0 && 2.0 == 2.0', true],
  ['-n < 0.0', true],
  ['!t == f', true],
  // Lists and membership
  ['1.0 in [1.0, 2.0]', true],
  ['3.0 in [1.0, 2.0]', false],
  ['n in [1.0, 3.0]', true],
  ['"b" in ["a", "b"]', true],
  ['t in [f]', false],
  ['1 in [1, 2]', true],
  ['!(1 in [2])', true],
  // Macros: an error among the items counts only if the others do not decide
  ['[1.0, 2.0].all(x, x > 0.0)', true],
  ['[1.0, 2.0].all(x, x > 1.0)', false],
  ['[1.0, 2.0].exists(x, x > 1.0)', true],
  ['[1.0, 2.0].exists(x, x > 2.0)', false],
  ['[1.0, 2.0].exists_one(x, x > 1.0)', true],
  ['[2.0, 3.0].exists_one(x, x > 1.0)', false],
  ['[1.0].exists_one(x, x > 1.0)', false],
  ['[n, m].all(x, x < 5.0)', true],
  ['[n, m].exists(x, x < 0.0)', true],
  ['[1.0, 2.0].map(x, x * 2.0).exists(y, y == 4.0)', true],
  ['[1.0, 2.0, 3.0].filter(x, x > 1.0).all(y, y >= 2.0)', true],
  ['[[1.0, 2.0].all(x, x > 0.0), f].exists(y, y)', true],
  ['[1.0, 2.0].all(x, [3.0].all(y, y > x))', true],
  ['[1.0].all(n, n == 1.0)', true],
  ['[t, f].all(x, x || u)', U],
  ['[t, f].exists(x, x || u)', true],
  ['[1.0, 2.0].all(x, x > v)', U],
  ['[1.0, 2.0].all(x, x < 2.0 && x > v)', false],
  ['[1.0, 2.0].exists(x, x < 2.0 || x > v)', true],
  ['[t, t].all(x, u || x)', true],
  // White space and comments
  [' 1.0+2.0 ', 3],
  ['1.0\n+ 2.0', 3],
  ['1.0 // one\n + 2.0', 3],
  ['t&&!f', true],
];

const scope = toTestScope(testNames);
const evaluate = (written: string): Maybe<Scalar> => {
  return compileExpression(written, scope).evaluate(toTestContext(testNames, testValues));
};

/** What the reference says; an error is unknown, a whole number a number. */
const refer = (written: string): unknown => {
  const value = run(written, { ...testValues });
  if (isCelError(value)) return U;
  return typeof value === 'bigint' ? Number(value) : value;
};

describe('conformance with the definition of CEL', () => {
  it('has at least 150 cases, each once', () => {
    expect(cases.length).toBeGreaterThanOrEqual(150);
    expect(new Set(cases.map(([written]) => written)).size).toBe(cases.length);
  });

  it.each(cases)('%s', (written, expected) => {
    expect(evaluate(written)).toBe(expected);
  });

  it.each(cases)('the reference agrees on %s', (written, expected) => {
    expect(refer(written)).toBe(expected);
  });

  it.each([
    ['whole divisions, which cut off', '1 / 2'],
    ['numbers that begin with a point', '.5'],
    ['sums of texts', '"a" + "b"'],
    ['order of texts', '"a" < "b"'],
    ['order of claims', 'f < t'],
    ['unsigned numbers', '1u'],
    ['bytes', 'b"a"'],
    ['null', 'null == null'],
    ['maps', '{"a": 1.0}'],
    ['indices', '[1.0][0]'],
    ['methods of texts', 's.startsWith("a")'],
    ['patterns', 's.matches("a.*")'],
    ['has', 'has(s.x)'],
    ['time', 'timestamp("2026-01-01T00:00:00Z")'],
    ['conversions', 'int(1.5)'],
    ['dyn', 'dyn(1.0)'],
    ['types', 'type(n)'],
    ['lists of different things', '[1.0, "a"]'],
    ['branches of different things', 't ? 1.0 : "a"'],
    ['comparison of different things', 'n == "a"'],
  ])('leaves out %s: %s', (_, written) => {
    expect(() => compileExpression(written, scope)).toThrow(ExpressionFault);
  });
});
