import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { floors } from '../support/floors.ts';
import { projectFiles, readText, root } from '../support/repository.ts';

const importPattern = /(?:from\s+|import\s*\(\s*|import\s+|new URL\(\s*)['"](\.[^'"]+)['"]/g;
const files = projectFiles().filter((path) => /\/src\/.*\.(ts|svelte)$/.test(path) && existsSync(join(root, path)));

/** Tests, and what only tests import: they put together what stands on any floor. */
const isOfTests = (path: string): boolean => /\.test\.ts$|(^|\/)testing(\/|\.ts$)|-contract\.ts$/.test(path);

/** The files by which a package is entered. */
const findEntries = (name: string): ReadonlySet<string> => {
  const { exports = {} } = JSON.parse(readText(`${name}/package.json`)) as { exports?: Record<string, { 'phloem-src'?: string }> };
  const named = Object.values(exports).flatMap((entry) => entry['phloem-src']?.replace(/^\.\//, `${name}/`) ?? []);
  return new Set([...named, `${name}/src/main.ts`]);
};

/** The folder of a file, for the table: the first one below `src/`. Effects belong to the feature around them. */
const folderOf = (name: string, path: string): string => {
  const [folder = '.'] = dirname(path.slice(`${name}/src/`.length)).split('/');
  return folder === 'io' ? '.' : folder;
};

/** The imports of a package that go up, or to a folder beside. */
const findWrong = (name: string): readonly string[] => {
  const heights = new Map(floors[name]?.flatMap((floor, height) => [floor].flat().map((folder) => [folder, height] as const)));
  const entries = findEntries(name);
  const own = files.filter((path) => path.startsWith(`${name}/src/`) && !isOfTests(path) && !entries.has(path));
  return own.flatMap((path) => {
    const folder = folderOf(name, path);
    const height = heights.get(folder);
    if (height === undefined) return [`${path}: the folder ${folder} has no floor in tests/support/floors.ts`];
    return [...readText(path).matchAll(importPattern)].flatMap(([, specifier = '']) => {
      const target = join(dirname(path), specifier);
      if (!target.startsWith(`${name}/src/`)) return [];
      const other = folderOf(name, target);
      const isBelow = other === folder || (heights.get(other) ?? Infinity) < height;
      return isBelow && !entries.has(target) && !isOfTests(target) ? [] : [`${path} imports ${target}`];
    });
  });
};

describe('floors', () => {
  it.each(Object.keys(floors))('no import of %s goes up', (name) => {
    expect(findWrong(name)).toEqual([]);
  });

  it('are known for every package', () => {
    const packages = new Set(files.map((path) => path.slice(0, path.indexOf('/src/'))));
    expect([...packages].filter((name) => !(name in floors))).toEqual([]);
  });
});
