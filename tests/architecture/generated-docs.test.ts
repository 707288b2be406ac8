import { describe, expect, it } from 'vitest';
import { pages } from '../../scripts/docs/pages.ts';
import { listKeys } from '../../scripts/docs/schema-keys.ts';
import { readText } from '../support/repository.ts';

/** Tables without the spaces by which the formatter aligns them. */
const plain = (text: string): string => text.replace(/ +\|/g, ' |').replace(/\| +/g, '| ').replace(/-{3,}/g, '---');

describe('the generated pages', () => {
  it.each(pages)('%s is current; npm run docs writes it', (path, write) => {
    expect(plain(readText(path))).toBe(plain(write()));
  });
});

describe('the keys of a schema', () => {
  it('are listed with those of lists, maps and alternatives, each once', () => {
    const item = { type: 'object', properties: { id: { type: 'string', expected: 'a name' } }, required: ['id'] };
    const schema = {
      type: 'object',
      properties: {
        list: { type: 'array', items: item },
        map: { type: 'object', additionalProperties: { anyOf: [item, { type: 'number', minimum: 1 }] } },
        mode: { enum: ['a', 'b'] },
      },
      required: ['list'],
    };
    expect(listKeys(schema).map(({ path, takes, need }) => `${path}: ${takes}, ${need}`)).toEqual([
      'list: a list; each item: keys below, yes',
      'list[].id: a name, yes',
      'map: a map, no',
      'map.<name>.id: a name, form',
      'mode: `a`, `b`, no',
    ]);
  });
});
