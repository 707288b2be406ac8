import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { root } from '../support/repository.ts';

/** What a phone in a room with weak radio waits for, in bytes over the net. */
const limitBytes = 120_000;
/** What the page of the rules may load beside that, when it is opened. */
const rulesLimitBytes = 350_000;
const assets = join(root, 'web-ui/dist/assets');

/** The files that a chunk names before it runs: what it imports, not what it may load later. */
const toImports = (code: string): readonly string[] =>
  [...code.matchAll(/\bfrom\s*"\.\/([^"]+\.js)"|\bimport\s*"\.\/([^"]+\.js)"/g)].map(([, from, bare]) => from ?? bare ?? '');

/** Every script that the page runs before its first value: the entry, what it imports, and its worker. */
const findFirstScripts = (): ReadonlySet<string> => {
  const page = readFileSync(join(root, 'web-ui/dist/index.html'), 'utf8');
  const worker = readdirSync(assets).filter((file) => /^live-worker-.*\.js$/.test(file));
  return withImports([...[...page.matchAll(/assets\/([^"]+\.js)"/g)].map(([, file]) => file ?? ''), ...worker]);
};

/** These files, and all that they import. */
const withImports = (files: readonly string[]): ReadonlySet<string> => {
  const waiting = [...files];
  const found = new Set<string>();
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    waiting.push(...toImports(readFileSync(join(assets, file), 'utf8')));
  }
  return found;
};

it('the scripts of the first screen and its worker stay below 120 kB', () => {
  const files = findFirstScripts();
  expect([...files].map((file) => file.replace(/-.{8}\.js$/, ''))).toEqual(expect.arrayContaining(['index', 'live-worker']));
  const sizes = [...files].map((file) => [file, gzipSync(readFileSync(join(assets, file)), { level: 9 }).length] as const);
  const sum = sizes.reduce((total, [, bytes]) => total + bytes, 0);
  expect(sum > limitBytes ? sizes : []).toEqual([]);
});

it('the page names every script of the first screen, so that none waits for another', () => {
  const page = readFileSync(join(root, 'web-ui/dist/index.html'), 'utf8');
  expect([...findFirstScripts()].filter((file) => !page.includes(file))).toEqual([]);
});

it('the scripts of the page of the rules stay below 350 kB, and none of them is on the first screen', () => {
  const own = readdirSync(assets).filter((file) => /^rules-screen-.*\.js$/.test(file));
  expect(own).toHaveLength(1);
  const first = findFirstScripts();
  const files = [...withImports(own)].filter((file) => !first.has(file));
  expect(files).toEqual(expect.arrayContaining(own));
  const sum = files.reduce((total, file) => total + gzipSync(readFileSync(join(assets, file)), { level: 9 }).length, 0);
  expect(sum).toBeLessThan(rulesLimitBytes);
});
