import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findCircles } from '../support/find-circles.ts';
import { projectFiles, readText, root } from '../support/repository.ts';

const importPattern = /(?:from\s+|import\s*\(\s*|import\s+|new URL\(\s*)['"](\.[^'"]+)['"]/g;
const files = new Set(projectFiles().filter((path) => /\.(ts|mts|svelte)$/.test(path) && existsSync(join(root, path))));

const importsOf = (path: string): readonly string[] =>
  [...readText(path).matchAll(importPattern)]
    .map(([, specifier = '']) => join(dirname(path), specifier))
    .filter((target) => files.has(target));

describe('circles', () => {
  it('no files import one another, types included', () => {
    expect(files.size).toBeGreaterThan(800);
    expect(findCircles(new Map([...files].map((path) => [path, importsOf(path)])))).toEqual([]);
  });
});

describe('the search for circles', () => {
  it('finds each circle once, and no file that only leads to one', () => {
    const imports = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', ['b']],
      ['d', ['e', 'f']],
      ['e', []],
      ['f', ['d', 'g']],
      ['g', ['f', 'e']],
      ['h', ['h']],
    ]);
    expect(findCircles(imports)).toEqual([['d', 'f', 'g'], ['b', 'c'], ['h']]);
  });
});
