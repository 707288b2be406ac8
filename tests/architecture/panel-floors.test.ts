import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { projectFiles, readText } from '../support/repository.ts';

const sources = 'web-ui/src/';

/** The folders of the panel, lowest first. A folder imports only from folders above it in this list; type imports count. */
const floors: readonly (readonly string[])[] = [
  ['format', 'theme', 'clock', 'awake', 'keyboard'],
  ['link', 'route'],
  ['state'],
  ['live'],
  ['points', 'setpoints'],
  ['why'],
  ['devices'],
  ['alarms', 'history'],
  ['notes', 'override'],
  ['offset'],
  ['panel'],
  ['chart', 'bridges', 'diagnostics'],
  ['trace'],
  ['room', 'site'],
  ['point', 'wall'],
  ['frame'],
  // `app.svelte` and `main.ts`.
  ['.'],
];
const floorOf = (folder: string): number => floors.findIndex((folders) => folders.includes(folder));

const toFolder = (path: string): string => {
  const parts = path.slice(sources.length).split('/');
  return parts.length === 1 ? '.' : (parts[0] ?? '.');
};

const importPattern = /(?:from\s+|import\s*\(\s*|import\s+|new URL\(\s*)'(\.[^']+)'/g;

/** Each import from one folder of the panel into another. Tests may look anywhere. */
const crossings = projectFiles()
  .filter((path) => path.startsWith(sources) && /\.(ts|svelte)$/.test(path) && !path.endsWith('.test.ts'))
  .flatMap((path) =>
    [...readText(path).matchAll(importPattern)].flatMap(([, specifier = '']) => {
      const target = join(dirname(path), specifier);
      const [from, to] = [toFolder(path), toFolder(target)];
      return from === to || !target.startsWith(sources) ? [] : [{ path, target, from, to }];
    }),
  );

it('every folder of the panel has a floor', () => {
  expect(crossings.length).toBeGreaterThan(100);
  const folders = new Set(crossings.flatMap(({ from, to }) => [from, to]));
  expect([...folders].filter((folder) => floorOf(folder) === -1)).toEqual([]);
  expect(floors.flat().filter((folder) => !folders.has(folder))).toEqual([]);
});

it('no folder of the panel imports from its own floor or a higher one', () => {
  const upward = crossings.filter(({ from, to }) => floorOf(to) >= floorOf(from));
  expect(upward.map(({ path, target }) => `${path} imports ${target}`)).toEqual([]);
});
