import { describe, expect, it } from 'vitest';
import { DocumentFault, type Problem } from './problem.ts';
import { formatPath, readDocuments, toSourceDocument } from './source.ts';

const read = (text: string) => readDocuments([{ path: 'a.yaml', text }]);

const problemsOf = (text: string): readonly Problem[] => {
  try {
    read(text);
  } catch (error) {
    if (error instanceof DocumentFault) return error.problems;
    throw error;
  }
  throw new Error('the text was taken');
};

describe('reading documents', () => {
  it('reads several documents of a file, and leaves out empty ones', () => {
    expect(read('a: 1\n---\n# nothing\n---\nb: [x, "y"]\n').map((document) => document.value)).toEqual([{ a: 1 }, { b: ['x', 'y'] }]);
  });

  it('reads YAML 1.2, where on, off, yes and no are words', () => {
    expect(read('a: [on, off, yes, no, true, 0o14, 012, 1e3]')[0]?.value).toEqual({ a: ['on', 'off', 'yes', 'no', true, 12, 12, 1000] });
  });

  it('reads JSON alike', () => {
    expect(read('{"a": {"b": [1, null, "x\\u00b0"]}}')[0]?.value).toEqual({ a: { b: [1, null, 'x°'] } });
  });

  it('resolves aliases', () => {
    expect(read('a: &x { b: 1 }\nc: *x\n')[0]?.value).toEqual({ a: { b: 1 }, c: { b: 1 } });
  });

  it.each([
    ['a key twice', 'a: 1\nb: 2\na: 3\n', 3],
    ['a unsolicited bracket', 'a: 1\nb: [1, 2\n', 3],
    ['an unknown tag', 'a: 1\nb: !frob 2\n', 2],
    ['a number that is none', 'a: .nan\n', 1],
    ['infinity', 'a: 1\nb: .inf\n', 2],
    ['a key that would change the prototype', 'a:\n  __proto__: 1\n', 2],
    ['a list as key', '? [a, b]\n: 1\n', 1],
    ['an anchor that is not there', 'a: *b\n', 1],
  ])('refuses %s, and says on which line', (_, text, line) => {
    expect(problemsOf(text)[0]).toMatchObject({ file: 'a.yaml', line });
  });

  it('underlines the place', () => {
    expect(problemsOf('a: 1\nbb: .inf\n')[0]?.excerpt).toBe('  2 | bb: .inf\n    |     ^^^^');
  });

  it('reports all files at once', () => {
    const files = [
      { path: 'a.yaml', text: 'a: .nan' },
      { path: 'b.yaml', text: 'b: ]' },
    ];
    expect(() => readDocuments(files)).toThrow(/a\.yaml[^]*b\.yaml/);
  });

  it('refuses a billion laughs without running out of memory', () => {
    const levels = Array.from({ length: 30 }, (_, i) => `l${i + 1}: &l${i + 1} [*l${i}, *l${i}, *l${i}, *l${i}]`);
    const problems = problemsOf(`l0: &l0 [ha, ha, ha]\n${levels.join('\n')}\n`);
    expect(problems[0]?.expected).toMatch(/aliases resolved/);
    expect(problems.length).toBeLessThan(5);
  });

  it.each([
    ['brackets', '['.repeat(200_000)],
    ['closed brackets', '['.repeat(200) + ']'.repeat(200)],
    ['maps', Array.from({ length: 60 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ])('refuses endless nesting of %s', (_, text) => {
    expect(problemsOf(text).length).toBeGreaterThan(0);
  });

  it('refuses a text that is too large', () => {
    expect(problemsOf(`a: "${'x'.repeat(1_100_000)}"`)[0]?.expected).toMatch(/characters/);
  });
});

describe('places', () => {
  const [document] = read(
    [
      'spec:',
      "  one: 'x > ''a'' + y'",
      '  two: "x > y"',
      '  three: x > y',
      '  four: |',
      '    x >',
      '    yy',
      '  list: [ 1, { a: 2 } ]',
    ].join('\n'),
  );
  const at = (path: (string | number)[], rest: object = {}) => {
    const problem = document?.problem(path, { expected: 'e', ...rest });
    return [problem?.line, problem?.column];
  };

  it('knows the line and column of values and of keys', () => {
    expect(at(['spec', 'two'])).toEqual([3, 8]);
    expect(at(['spec', 'two'], { atKey: true })).toEqual([3, 3]);
    expect(at(['spec', 'list', 1, 'a'])).toEqual([8, 19]);
  });

  it('points at the nearest part above where something is missing', () => {
    expect(at(['spec', 'list', 1, 'b', 'c'])).toEqual([8, 14]);
  });

  it.each([
    ['one', 10, 11, 2, 21],
    ['two', 4, 5, 3, 13],
    ['three', 4, 5, 4, 14],
    ['four', 4, 6, 7, 5],
  ])('knows where characters inside of the text %s stand', (key, from, to, line, column) => {
    expect(at(['spec', key], { within: [from, to] })).toEqual([line, column]);
  });

  it('shows a document that came without a text by its indented JSON', () => {
    const problem = toSourceDocument({ a: { b: 1 } }, 'bundle').problem(['a', 'b'], { expected: 'e' });
    expect([problem.line, problem.column]).toEqual([3, 10]);
  });
});

describe('paths', () => {
  it('are written as people write them', () => {
    expect(formatPath(['spec', 'devices', 'flower_room/heater', 'list', 0, 'min-on'])).toBe(
      'spec.devices["flower_room/heater"].list[0].min-on',
    );
  });
});
