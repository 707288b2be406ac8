import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatDocument } from './format-document.ts';

const format = (text: string): string => formatDocument(text, 'a.yaml');

describe('a formatted document', () => {
  it('has two blanks a level and room in its braces, and keeps comments, quotes and order', () => {
    const text = [
      '# what it is for   ',
      'kind: Rule # a rule',
      'spec:',
      '    # why',
      '    when: {on: "a  b",off:   [1,2],}',
      '    then:',
      '    -   request: { a: 1 }',
      '        after: 3s',
      '    - {}',
      '',
      '',
      '',
      '    text: |',
      '        one',
      '          two',
      '---',
      "b: 'x'",
      '',
    ].join('\r\n');
    expect(format(text).split('\n')).toEqual([
      '# what it is for',
      'kind: Rule # a rule',
      'spec:',
      '  # why',
      '  when: { on: "a  b", off:   [ 1, 2 ], }',
      '  then:',
      '  - request: { a: 1 }',
      '    after: 3s',
      '  - {}',
      '',
      '  text: |',
      '    one',
      '      two',
      '---',
      "b: 'x'",
      '',
    ]);
  });

  it('keeps columns that were lined up, and flows over several lines', () => {
    const text = 'inputs:\n  t1:   { point: a,   maxAge: 15s }   # one\n  leaf: { point: abc, maxAge: 60s }\n  all: [ a,\n         b ]\n';
    expect(format(text)).toBe(text);
  });

  it('is left alone where a way of writing is not foreseen', () => {
    const text = 'a:\n    - |2\n        x\n    - - b\n      - c\n';
    const formatted = format(text);
    expect(format(formatted)).toBe(formatted);
  });

  it('stays as it is when formatted again, the examples included', () => {
    for (const example of ['flower-room', 'handbook']) {
      for (const part of ['bundle', 'site']) {
        const folder = new URL(`../../../examples/${example}/${part}/`, import.meta.url);
        for (const name of readdirSync(folder)) {
          const text = readFileSync(new URL(name, folder), 'utf8');
          expect([name, format(text)]).toEqual([name, text]);
        }
      }
    }
  });

  it('is refused when it is no YAML, with the place', () => {
    expect(() => format('a: [')).toThrow(/a\.yaml:1:/);
  });
});
