import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTypeDiscriminants } from '../support/read-type-discriminants.ts';
import { projectFiles, readText, root } from '../support/repository.ts';

/** Where an outside format asks for a member `type`, as `path value`. */
const asked: ReadonlySet<string> = new Set([]);

describe('the discriminant of a union', () => {
  it('is kind, but where an outside format asks for type', () => {
    const files = projectFiles().filter((path) => /\.(ts|svelte)$/.test(path) && !path.endsWith('.d.ts') && existsSync(join(root, path)));
    expect(files.length).toBeGreaterThan(800);
    const found = files.flatMap((path) => {
      const text = readText(path);
      if (!/\btype\??: *(?:\||'|"|\n)/.test(text)) return [];
      return readTypeDiscriminants(path, text)
        .filter(({ value }) => !asked.has(`${path} ${value}`))
        .map(({ line, value }) => `${path}:${line} type: ${value}`);
    });
    expect(found).toEqual([]);
  }, 60_000);

  it.each([
    ["type A = { readonly type: 'on' } | { readonly type: 'off' };", ['on', 'off']],
    ["type A = ({ type: 'on' } & B) | C;", ['on']],
    ["type A = { type: 'on' | 'off' } | C;", ['on | off']],
    ["interface A { readonly type: 'on'; }", ['on']],
    ["type A = Extract<B, { type: 'on' }>;", ['on']],
    ["type A = { readonly type: 'u16' | 's16'; readonly scale: number };", []],
    ["type A = { readonly kind: 'on' } | { readonly kind: 'off'; readonly type: string };", []],
    ["const options = { type: 'string' } as const;", []],
  ])('is looked for in %s', (source, values) => {
    expect(readTypeDiscriminants('a.ts', source).map(({ value }) => value)).toEqual(values);
  });
});
