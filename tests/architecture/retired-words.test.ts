import { describe, expect, it } from 'vitest';
import { readComments, readTitles } from '../support/read-comments.ts';
import { readStrings } from '../support/read-strings.ts';
import { projectFiles, readText } from '../support/repository.ts';
import { findRetiredWords, parseRetiredWords } from '../support/retired-words.ts';

const glossary = readText('docs/glossary.md');
const retired = parseRetiredWords(glossary);

const checked = projectFiles().filter((path) => path.endsWith('.md'));

/** The document without the table of retired words itself. */
const readProse = (path: string): string => {
  const text = readText(path);
  return path === 'docs/glossary.md' ? (text.split(/^## Retired words$/m)[0] ?? '') : text;
};

/** The sources whose strings people read: messages, help, labels. Strings of tests are theirs alone. */
const sources = projectFiles().filter(
  (path) => /^[a-z-]+\/src\/.*\.(?:ts|svelte)$/.test(path) && !/\.test\.ts$|-contract\.ts$|\/testing\//.test(path),
);

/** Sources that rewrite what older versions stored in the words of their time. */
const migrations = new Set(['backend/src/history/io/history-schema.ts', 'backend/src/store/io/migrate-terms.ts']);

/** Whether a source has one of the words anywhere, comments included: only those are parsed, which takes long. */
const anyWord = new RegExp(
  retired
    .flatMap(({ words }) => words)
    .map((word) => `\\b${word.replaceAll(' ', '\\s+')}\\b`)
    .join('|'),
  'i',
);

describe('retired words', () => {
  it('are listed in the glossary, each with its replacement', () => {
    expect(retired.length).toBeGreaterThan(15);
    expect(retired.filter(({ words, use }) => words.length === 0 || use === '')).toEqual([]);
  });

  it('are in no document', () => {
    expect(checked).toEqual(expect.arrayContaining(['README.md', 'CHANGELOG.md', 'DECISIONS.md']));
    expect(checked.flatMap((path) => findRetiredWords(path, readProse(path), retired))).toEqual([]);
  });

  it('are in no string of a source', () => {
    expect(sources.length).toBeGreaterThan(500);
    const read = sources.filter((path) => !migrations.has(path)).map((path) => ({ path, source: readText(path) }));
    const found = read
      .filter(({ source }) => anyWord.test(source))
      .flatMap(({ path, source }) =>
        readStrings(path, source).flatMap(({ line, text }) => findRetiredWords(`${path}:${line}`, text, retired)),
      );
    expect(found).toEqual([]);
  }, 60_000);

  it('are in no comment, and in no title of a test', () => {
    const files = projectFiles().filter((path) => /\.(?:ts|mjs|svelte|css|py|ya?ml)$/.test(path) && path !== 'pnpm-lock.yaml');
    const found = files.flatMap((path) => {
      const source = readText(path);
      if (!anyWord.test(source)) return [];
      const titles = /\.test\.ts$|-(?:contract|suite)\.ts$/.test(path) ? readTitles(source) : [];
      return [...readComments(path, source), ...titles].flatMap(({ line, text }) => findRetiredWords(`${path}:${line}`, text, retired));
    });
    expect(files.length).toBeGreaterThan(1000);
    expect(found).toEqual([]);
  }, 60_000);
});

describe('the search for comments and titles', () => {
  it.each([
    ['a.ts', 'const a = 1; // why\n/** What\n * and how */', ['1: why', '2: * What', '3:  and how */']],
    ['a.ts', "const url = 'http://x'; const b = 'a // b';", []],
    ['a.yaml', 'a: 1 # one\nb: "#2"', ['1: one']],
    ['a.py', '# one\nx = 1', ['1: one']],
    ['a.svelte', '<!-- one -->\n<p>two</p>', ['1:  one ']],
  ])('finds those of %s in %j', (path, source, lines) => {
    expect(readComments(path, source).map(({ line, text }) => `${line}: ${text}`)).toEqual(lines);
  });

  it('finds the titles of tests, those of each included', () => {
    const source = "it('one', f);\ndescribe(\"two\", f);\nit.each([\n  1,\n])('three %i', f);\nit.skipIf(x)('four', f);";
    expect(
      readTitles(source)
        .map(({ text }) => text)
        .toSorted(),
    ).toEqual(['four', 'one', 'three %i', 'two']);
  });
});

describe('the search for strings', () => {
  const texts = (path: string, source: string): readonly string[] =>
    readStrings(path, source)
      .map(({ line, text }) => `${line}: ${text.trim()}`)
      .toSorted();

  it('finds strings and templates of TypeScript, and leaves out imports, types, comments and single words', () => {
    const source = "import 'a b';\n// a comment here\nconst x: 'a type' = f('held', 'a message');\nconst y = `value ${x} wished`;\n";
    expect(texts('a.ts', source)).toEqual(['3: a message', '4: value … wished']);
  });

  it('finds text, labels and expressions of a component, and leaves out its styles', () => {
    const source = `<script lang="ts">\n  const a = 'one two';\n</script>\n<p class="x y" title="a label">some text {a === '' ? 'no value' : a}</p>\n<style>\n  p { margin: 0 1px; }\n</style>\n`;
    expect(texts('a.svelte', source)).toEqual(['2: one two', '4: a label', '4: no value', '4: some text']);
  });
});

describe('the search for retired words', () => {
  const find = (text: string): readonly string[] => findRetiredWords('page.md', text, retired);

  it('names file, line, word and replacement', () => {
    expect(find('The hub writes\nwhat a rule Wished.')).toEqual(['page.md:2: "Wished", use: request, requested']);
  });

  it('finds each word of the table, in the middle of a sentence and across a line break', () => {
    const missed = retired.flatMap(({ words }) => words).filter((word) => find(`It is ${word.replace(' ', '\n')} here.`).length === 0);
    expect(missed).toEqual([]);
  });

  it('leaves out code, link targets and phrases in which a word stays', () => {
    expect(find('`wished`\n```\nwished\n```\n[a link](wish.md) of a service mesh')).toEqual([]);
    expect(find('a link in a mesh')).toHaveLength(1);
  });

  it('finds no word inside another word', () => {
    expect(find('The bearing of a link, and the meshing of gears.')).toEqual([]);
  });
});
