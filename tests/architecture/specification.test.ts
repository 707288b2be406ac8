import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFiles, readText, root } from '../support/repository.ts';

/** A rule of the specification is a list item that begins with its number in bold. */
const rules = new Set([...readText('protocol/SPEC.md').matchAll(/^\s*[*-] \*\*([A-Z]{2}\d+)\*\*/gm)].map(([, id]) => id ?? ''));

/** The rules that a title names: in brackets, one or several, wherever they stand. */
const idsIn = (title: string): readonly string[] =>
  [...title.matchAll(/\[([A-Z]{2}\d+(?:[ ,]+[A-Z]{2}\d+)*)\]/g)].flatMap(([, ids = '']) => ids.split(/[ ,]+/));

/** The strings of a test, of which its title is one; a row of a table may hold the title as well. */
const stringsIn = (text: string): readonly string[] =>
  [...text.matchAll(/(['"`])((?:\\.|(?!\1)[^\\\n])*)\1/g)].map(([, , inner = '']) => inner);

const tested = new Map<string, string>();
for (const path of projectFiles().filter((file) => /(\.test|-contract)\.ts$/.test(file) && existsSync(join(root, file)))) {
  for (const id of stringsIn(readText(path))
    .filter((string) => string.startsWith('['))
    .flatMap(idsIn))
    tested.set(id, path);
}

describe('the specification and the tests', () => {
  it('have a test for every rule', () => {
    expect(rules.size).toBeGreaterThan(20);
    expect([...rules].filter((id) => !tested.has(id))).toEqual([]);
  });

  it('have a rule for every test that names one', () => {
    expect([...tested].filter(([id]) => !rules.has(id)).map(([id, path]) => `${path} proves ${id}, which no page states`)).toEqual([]);
  });

  it('is read from every bracket of a title', () => {
    expect(stringsIn("it('[CU3] [VE7] is asked for [LA1, LA2]', f)").flatMap(idsIn)).toEqual(['CU3', 'VE7', 'LA1', 'LA2']);
  });
});
