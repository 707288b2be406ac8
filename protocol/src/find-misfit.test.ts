import fc from 'fast-check';
import { Type, type TSchema } from 'typebox';
import { Compile } from 'typebox/schema';
import { describe, expect, it } from 'vitest';
import { nodeEvents } from './messages/events.ts';
import { findMisfit } from './find-misfit.ts';
import { Hello } from './messages/greeting.ts';
import { createParse } from './parse.ts';

const closed = { additionalProperties: false } as const;
const Value = Type.Union([Type.Boolean(), Type.Number()]);
const Example = Type.Object(
  {
    name: Type.String({ minLength: 2, maxLength: 4, pattern: '^[a-z]+$' }),
    value: Value,
    kind: Type.Optional(Type.Enum(['a', 'b'])),
    pair: Type.Optional(Type.Tuple([Type.Integer({ minimum: 1 }), Type.Null()])),
    list: Type.Optional(Type.Array(Type.Number({ exclusiveMinimum: 0, maximum: 9 }), { minItems: 1, maxItems: 3 })),
    table: Type.Optional(Type.Record(Type.String({ pattern: '^[a-z]$' }), Type.Literal('x'))),
  },
  closed,
);

const manyMembers = (count: number): Record<string, number> => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, n]));

describe('the first place that does not fit', () => {
  it.each<[string, unknown, string, string]>([
    ['a value of another type', 7, '', 'must be an object'],
    ['a member that is missing', { name: 'ab' }, '', 'must have the member "value"'],
    ['a member that nobody knows', { name: 'ab', value: 1, forceIt: 1 }, '', 'has the unknown member "forceIt"'],
    ['null for a value', { name: 'ab', value: null }, '/value', 'must be a boolean or a number'],
    ['a text for a value', { name: 'ab', value: 'true' }, '/value', 'must be a boolean or a number'],
    ['a text that is too long', { name: 'abcde', value: 1 }, '/name', 'must not have more than 4 characters'],
    ['a text that is too short', { name: 'a', value: 1 }, '/name', 'must have at least 2 characters'],
    ['another spelling', { name: 'AB', value: 1 }, '/name', 'must match the pattern ^[a-z]+$'],
    ['a word that is no choice', { name: 'ab', value: 1, kind: 'c' }, '/kind', 'must be one of "a", "b"'],
    ['an item of a pair', { name: 'ab', value: 1, pair: [0, null] }, '/pair/0', 'must be at least 1'],
    ['an item too many', { name: 'ab', value: 1, list: [1, 2, 3, 4] }, '/list', 'must not have more than 3 items'],
    ['a number at its bound', { name: 'ab', value: 1, list: [1, 0] }, '/list/1', 'must be greater than 0'],
    ['an entry of a table', { name: 'ab', value: 1, table: { a: 'y' } }, '/table/a', 'must be "x"'],
  ])('names %s', (_what, value, path, message) => {
    expect(findMisfit(Example, value)).toEqual({ path, message });
  });

  it('shows a member as text, whatever characters its name has', () => {
    expect(findMisfit(Example, { name: 'ab', value: 1, ['\u001b[2J\n\u202e\u0085']: 1 })?.message).toBe(
      'has the unknown member "\\u001b[2J\\n\\u202e\\u0085"',
    );
    expect(findMisfit(Example, { name: 'ab', value: 1, ['x'.repeat(5000)]: 1 })?.message.length).toBeLessThan(80);
  });

  it('stops there: 48,000 unknown members cost as little as one', () => {
    const work = { visits: 0 };
    expect(findMisfit(Example, { name: 'ab', value: 1, ...manyMembers(48_000) }, work)?.message).toBe('has the unknown member "k0"');
    expect(work.visits).toBeLessThan(10);
  });

  it.each([['hello', Hello] as const, ...Object.entries(nodeEvents)])(
    'looks at a bounded number of members of a %s that is nothing but mistakes',
    (_name, schema: TSchema) => {
      for (const value of [manyMembers(48_000), Array.from({ length: 48_000 }, () => ({})), 'x'.repeat(500_000)]) {
        const work = { visits: 0 };
        expect(findMisfit(schema, value, work)).not.toBeNull();
        expect(work.visits).toBeLessThan(50);
      }
    },
  );

  it('finds something wrong exactly where the validator does', () => {
    const check = Compile(Example);
    const word = fc.oneof(fc.constantFrom('ab', 'abcd', 'a', 'AB', 'x', ''), fc.string({ maxLength: 6 }));
    const scalar = fc.oneof(fc.constantFrom(null, true, 0, 1, 9, 10, -1, 0.5, Number.NaN), word);
    const value = fc.record(
      {
        name: word,
        value: scalar,
        kind: scalar,
        pair: fc.array(scalar, { maxLength: 3 }),
        list: fc.array(fc.constantFrom<unknown>(1, 2, 9, 0, 10, 'x'), { maxLength: 4 }),
        table: fc.dictionary(fc.constantFrom('a', 'b', 'ab'), fc.constantFrom('x', 'y')),
        other: scalar,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(value, scalar), (one) => {
        expect(findMisfit(Example, one) === null).toBe(check.Check(one));
      }),
      { numRuns: 5000, seed: 20_261_130 },
    );
  });

  it('is what a parse says', () => {
    expect(() => createParse(Example, 'example')({ name: 'ab', value: [true] })).toThrow(
      'example at /value: must be a boolean or a number',
    );
  });
});
