import { isCelError, run } from '@bufbuild/cel';
import { Environment } from '@marcbachmann/cel-js';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { toRuns } from '../testing/cases.ts';
import { boolean, plain } from '../units/dimension.ts';
import { compileExpression } from '../expression.ts';
import { unknown } from '../nodes/node.ts';
import { ExpressionFault } from './expression-fault.ts';
import { toTestContext, toTestScope } from './testing.ts';

const names = { a: boolean, b: boolean, c: boolean, x: plain, y: plain, z: plain } as const;
const scope = toTestScope(names);

const literal = fc.integer({ min: -40, max: 40 }).map((n) => (n < 0 ? `(${(n / 4).toFixed(2)})` : (n / 4).toFixed(2)));
/**
 * Well-typed expressions as texts. Lists hold known items: CEL gives up a list with one unknown item, and we do not. Nothing divides by what may be zero: there we say
 * "unknown", and CEL infinity.
 */
const { claim, number } = fc.letrec<{ claim: string; number: string }>((tie) => ({
  claim: fc.oneof(
    { maxDepth: 5, depthIdentifier: 'term' },
    fc.constantFrom('a', 'b', 'c', 'true', 'false'),
    fc.tuple(tie('claim'), fc.constantFrom('&&', '||', '==', '!='), tie('claim')).map(([l, op, r]) => `(${l} ${op} ${r})`),
    fc.tuple(tie('number'), fc.constantFrom('<', '<=', '>', '>=', '==', '!='), tie('number')).map(([l, op, r]) => `(${l} ${op} ${r})`),
    tie('claim').map((of) => `!${of}`),
    fc.tuple(tie('claim'), tie('claim'), tie('claim')).map(([when, yes, no]) => `(${when} ? ${yes} : ${no})`),
    fc
      .tuple(
        fc.constantFrom('all', 'exists'),
        fc.array(literal, { minLength: 1, maxLength: 3 }),
        tie('claim'),
        fc.constantFrom('<', '>='),
        literal,
      )
      .map(([macro, items, of, op, than]) => `[${items.join(', ')}].${macro}(i, i ${op} ${than} || ${of})`),
    fc.tuple(literal, fc.array(literal, { minLength: 1, maxLength: 3 })).map(([item, items]) => `(${item} in [${items.join(', ')}])`),
  ),
  number: fc.oneof(
    { maxDepth: 5, depthIdentifier: 'term' },
    fc.constantFrom('x', 'y', 'z'),
    literal,
    fc.tuple(tie('number'), fc.constantFrom('+', '-', '*'), tie('number')).map(([l, op, r]) => `(${l} ${op} ${r})`),
    fc.tuple(tie('number'), fc.constantFrom('2.0', '(-0.5)', '3.0')).map(([l, r]) => `(${l} / ${r})`),
    tie('number').map((of) => `(-${of})`),
    fc.tuple(tie('claim'), tie('number'), tie('number')).map(([when, yes, no]) => `(${when} ? ${yes} : ${no})`),
  ),
}));
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined, freq: 2 });
const values = fc.record({
  a: optional(fc.boolean()),
  b: optional(fc.boolean()),
  c: optional(fc.boolean()),
  x: optional(fc.integer({ min: -20, max: 20 }).map((n) => n / 2)),
  y: optional(fc.integer({ min: -20, max: 20 }).map((n) => n / 2)),
  z: optional(fc.constant(0)),
});

const environment = new Environment();
for (const [name, dimension] of Object.entries(names)) environment.registerVariable(name, dimension.kind === 'boolean' ? 'bool' : 'double');

it('agrees with two other implementations on random expressions, unknown included', () => {
  let unknowns = 0;
  let taken = 0;
  fc.assert(
    fc.property(claim, values, (written, given) => {
      const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Record<
        string,
        number | boolean
      >;
      let ours: unknown;
      try {
        ours = compileExpression(written, scope).evaluate(toTestContext(names, known));
      } catch (error) {
        // Too large or too deep: refused, as it must be.
        if (error instanceof ExpressionFault && /limit|nodes|depth|characters/i.test(error.message)) return;
        throw error;
      }
      taken += 1;
      if (ours === unknown) unknowns += 1;
      const reference = run(written, known);
      expect(isCelError(reference) ? unknown : reference).toBe(ours);
      let other: unknown;
      try {
        other = environment.evaluate(written, known);
      } catch {
        // Its errors are our unknown.
        other = unknown;
      }
      expect(other).toBe(ours);
    }),
    toRuns('expressions: three implementations', 20_270_115),
  );
  // A fuzz that only ever met one answer would prove nothing.
  expect(unknowns).toBeGreaterThan(400);
  expect(taken - unknowns).toBeGreaterThan(400);
}, 600_000);

it('is known only where nothing that is unknown could make it another, and never a number that is none', () => {
  let known = 0;
  fc.assert(
    fc.property(
      fc.oneof(claim, number),
      values,
      fc.record({ a: fc.boolean(), b: fc.boolean(), c: fc.boolean(), x: fc.double({ min: -20, max: 20, noNaN: true }) }),
      (written, given, later) => {
        let expression: ReturnType<typeof compileExpression>;
        try {
          expression = compileExpression(written, scope);
        } catch (error) {
          if (error instanceof ExpressionFault && /limit|nodes|depth|characters/i.test(error.message)) return true;
          throw error;
        }
        const parts = Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
        const answer = expression.evaluate(toTestContext(names, parts));
        if (answer === unknown) return true;
        known += 1;
        const whole = { ...later, y: later.x / 2, z: -later.x, ...parts };
        return (
          Object.is(expression.evaluate(toTestContext(names, whole)), answer) && (typeof answer !== 'number' || Number.isFinite(answer))
        );
      },
    ),
    toRuns('unknown: expressions'),
  );
  expect(known).toBeGreaterThan(400);
}, 600_000);

/** What comes of a text: its value, or the fault that says why it is none. */
const take = (written: string): unknown => {
  try {
    return compileExpression(written, scope).evaluate(toTestContext(names, { a: true, x: 1 }));
  } catch (error) {
    if (error instanceof ExpressionFault) return error;
    throw error;
  }
};

it('never throws anything but a fault, whatever the text', () => {
  const words = fc.constantFrom(
    'a',
    'x',
    'i',
    '1',
    '2.5',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '&&',
    '||',
    '!',
    '?',
    ':',
    '<',
    '==',
    '+',
    '-',
    '*',
    '/',
    '%',
    '.',
    ',',
    '"',
    "'",
    '\\',
    'in',
    'all',
    'has',
    'svp',
    'sp.',
    'true',
    '0x',
    '1e',
    '//',
    '\n',
    'b"',
    'r"""',
    '∞',
    '\uD800',
  );
  const texts = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.array(words, { maxLength: 30 }).map((parts) => parts.join(' ')),
    fc.array(words, { maxLength: 30 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(texts, (written) => {
      const outcome = take(written);
      if (outcome instanceof ExpressionFault) return outcome.from >= 0 && outcome.to > outcome.from;
      return ['number', 'boolean', 'string', 'symbol'].includes(typeof outcome) && !Number.isNaN(outcome);
    }),
    toRuns('expressions: rubbish', 42),
  );
}, 600_000);
