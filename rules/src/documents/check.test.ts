import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { checkDocument, documentSchema, findProblems } from './check.ts';
import { readDocuments, type SourceDocument } from './source.ts';

const closed = { additionalProperties: false } as const;
const Thing = documentSchema(
  'Thing',
  Type.Object(
    {
      maxAge: Type.Optional(Type.String({ pattern: '^\\d+s$', expected: 'a duration, such as 15s' })),
      mode: Type.Optional(Type.Enum(['median', 'mean'])),
      devices: Type.Optional(
        Type.Record(Type.String({ pattern: '^[a-z]+/[a-z]+$' }), Type.Object({ minOn: Type.Number() }, closed), closed),
      ),
      when: Type.Optional(
        Type.Union([
          Type.String({ expected: 'an expression' }),
          Type.Object({ hysteresis: Type.Object({ on: Type.String(), off: Type.String() }, closed) }, closed),
          Type.Object({ count: Type.Integer({ minimum: 1 }) }, closed),
        ]),
      ),
      to: Type.Optional(
        Type.Union([Type.Object({ as: Type.Literal('percent') }, closed), Type.Object({ as: Type.Literal('setpoint') }, closed)], {
          hints: [['^relay$', 'write percent']],
        }),
      ),
      list: Type.Optional(Type.Array(Type.Integer({ minimum: 0, maximum: 9 }), { minItems: 1 })),
    },
    closed,
  ),
);

const sourceOf = (spec: string): SourceDocument => {
  const [source] = readDocuments([
    { path: 'thing.yaml', text: `apiVersion: phloem/v1\nkind: Thing\nmetadata: { id: a/b }\nspec: ${spec}\n` },
  ]);
  if (source === undefined) throw new Error('no document');
  return source;
};
const first = (spec: string) => findProblems(Thing, sourceOf(spec))[0];

describe('checking a document', () => {
  it('gives the value when it fits', () => {
    expect(checkDocument(Thing, sourceOf('{ mode: mean }')).spec.mode).toBe('mean');
  });

  it('throws every problem at once, as one text for people', () => {
    expect(() => checkDocument(Thing, sourceOf('{ mode: mode, maxAgee: 3 }'))).toThrow(
      /thing\.yaml:4:15: spec\.mode[^]*did you mean maxAge/,
    );
  });

  it.each([
    ['an unknown key', '{ maxAgee: 15s }', { path: 'spec.maxAgee', column: 9, hint: 'did you mean maxAge?' }],
    ['a wrong form', '{ maxAge: soon }', { expected: 'a duration, such as 15s', found: '"soon"', column: 17 }],
    ['a wrong word', '{ mode: meadian }', { expected: 'median or mean', found: '"meadian"', hint: 'did you mean median?' }],
    ['the name of no branch', '{ to: { as: relay } }', { path: 'spec.to.as', expected: 'percent or setpoint', hint: 'write percent' }],
    ['a missing part', '{ devices: { a/b: {} } }', { path: 'spec.devices["a/b"]', expected: 'minOn (a number)', found: 'nothing' }],
    ['a key of the wrong form', '{ devices: { B: { minOn: 1 } } }', { found: '"B"', column: 20 }],
    [
      'a part of the branch that was meant',
      '{ when: { hysteresis: { on: a } } }',
      { path: 'spec.when.hysteresis', expected: 'off (a text)' },
    ],
    [
      'a number out of range',
      '{ list: [1, 12] }',
      { path: 'spec.list[1]', expected: 'a whole number from 0 to 9', found: '12', column: 19 },
    ],
    ['a list that is too short', '{ list: [] }', { expected: 'at least 1 items', found: '0' }],
    ['none of the branches', '{ when: 3 }', { path: 'spec.when', found: '3' }],
    ['no spec', '', { path: 'spec', found: 'null' }],
  ])('reports %s', (_, spec, problem) => {
    expect(first(spec)).toMatchObject({ file: 'thing.yaml', line: 4, ...problem });
  });
});
