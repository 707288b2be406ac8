import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFiles, readText, root } from '../support/repository.ts';

/** A rule of the specification is a list item that begins with its number in bold. */
const rules = new Set([...readText('protocol/SPEC.md').matchAll(/^\s*[*-] \*\*([A-Z]{2}\d+)\*\*/gm)].map(([, id]) => id ?? ''));

/** A test names the rules that it proves at the start of its title: in brackets, one or several. */
const tested = new Map<string, string>();
for (const path of projectFiles().filter((file) => /(\.test|-contract)\.ts$/.test(file) && existsSync(join(root, file)))) {
  for (const [, ids] of readText(path).matchAll(/['"`]\[([A-Z]{2}\d+(?:[ ,]+[A-Z]{2}\d+)*)\]/g)) {
    for (const id of (ids ?? '').split(/[ ,]+/)) tested.set(id, path);
  }
}

describe('the specification and the tests', () => {
  it('have a test for every rule', () => {
    expect(rules.size).toBeGreaterThan(20);
    expect([...rules].filter((id) => !tested.has(id))).toEqual([]);
  });

  it('have a rule for every test that names one', () => {
    expect([...tested].filter(([id]) => !rules.has(id)).map(([id, path]) => `${path} proves ${id}, which no page states`)).toEqual([]);
  });
});
