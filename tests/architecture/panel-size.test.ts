import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { root } from '../support/repository.ts';

/** What a phone in a room with weak radio waits for, in bytes over the net. */
const limitBytes = 120_000;
const assets = join(root, 'web-ui/dist/assets');

/** The files that a chunk names before it runs: what it imports, not what it may load later. */
const toImports = (code: string): readonly string[] =>
  [...code.matchAll(/\bfrom\s*"\.\/([^"]+\.js)"|\bimport\s*"\.\/([^"]+\.js)"/g)].map(([, from, bare]) => from ?? bare ?? '');

/** Every script that the page runs before its first value: the entry, what it imports, and its worker. */
const findFirstScripts = (): ReadonlySet<string> => {
  const page = readFileSync(join(root, 'web-ui/dist/index.html'), 'utf8');
  const worker = readdirSync(assets).filter((file) => /^live-worker-.*\.js$/.test(file));
  const waiting = [...[...page.matchAll(/assets\/([^"]+\.js)"/g)].map(([, file]) => file ?? ''), ...worker];
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
