import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Check } from 'typebox/value';
import type { TSchema } from 'typebox';
import { readDocuments } from './documents/source.ts';
import { createJsonSchema, documentKinds } from './json-schemas.ts';

const schema = createJsonSchema();
const examples = new URL('../../examples/', import.meta.url);
const files = readdirSync(examples, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.yaml'))
  .map((path) => ({ path, text: readFileSync(new URL(path, examples), 'utf8') }));

describe('the JSON Schema for editors', () => {
  it('is plain JSON, and knows every kind', () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    expect(Object.keys(schema['$defs'] as object)).toEqual(Object.keys(documentKinds));
    expect(JSON.stringify(schema)).not.toContain('"expected"');
  });

  it.each(files)('lets in $path of the examples', (file) => {
    for (const { value } of readDocuments([file])) expect(Check(schema as TSchema, value)).toBe(true);
  });

  it.each([
    ['no kind', { apiVersion: 'phloem/v1', metadata: { id: 'a' }, spec: {} }],
    ['an unknown kind', { apiVersion: 'phloem/v1', kind: 'Ruel', metadata: { id: 'a' }, spec: {} }],
    ['a Rule without conditions', { apiVersion: 'phloem/v1', kind: 'Rule', metadata: { id: 'a' }, spec: {} }],
    [
      'a Setpoints with a unsolicited key',
      { apiVersion: 'phloem/v1', kind: 'Setpoints', metadata: { id: 'a' }, spec: { setpoints: { a: '1 K' }, x: 1 } },
    ],
  ])('keeps out %s', (_, document) => {
    expect(Check(schema as TSchema, document)).toBe(false);
  });
});
