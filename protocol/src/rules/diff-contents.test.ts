import { expect, it } from 'vitest';
import { readBundle } from './bundle.ts';
import { diffContents, formatChange } from './diff-contents.ts';

const document = (id: string, spec: string): string => `apiVersion: phloem/v1\nkind: Setpoints\nmetadata: { id: ${id} }\nspec: ${spec}\n`;
const bundle = (...texts: string[]) => readBundle(texts.map((text, i) => ({ path: `${i}.yaml`, text })));

it('tells what changed, by document and place, whatever the order of keys and documents', () => {
  const before = bundle(
    document('a', '{ setpoints: { x: "1 K", y: [ { at: "06:00", value: "1 K" } ] } }'),
    document('b', '{}'),
    document('d', '{ z: 1 }'),
  );
  const after = bundle(
    document('d', '{ z: 1 }'),
    document('c', '{}'),
    document('a', '{ setpoints: { y: [ { value: "2 K", at: "06:00" } ], w: "3 K" } }'),
  );
  expect(diffContents(before, after).map(formatChange)).toEqual([
    'a: spec.setpoints.x removed: "1 K"',
    'a: spec.setpoints.y[0].value: "1 K" → "2 K"',
    'a: spec.setpoints.w added: "3 K"',
    'b: removed: Setpoints',
    'c: added: Setpoints',
  ]);
  expect(diffContents(before, before)).toEqual([]);
});
