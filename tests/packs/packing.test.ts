import { describe, expect, it } from 'vitest';
import { toPackedDeclaration, toPackedManifest, withoutInstall } from '../../scripts/packs/manifest.ts';
import { placePackages } from '../../scripts/packs/place-packages.ts';

describe('the manifest of a packed package', () => {
  const manifest = {
    name: '@phloem/rules',
    version: '0.1.0',
    private: true,
    scripts: { build: 'make' },
    exports: { '.': { 'phloem-src': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' } },
    dependencies: { '@phloem/protocol': 'workspace:*', yaml: '2.9.1' },
    devDependencies: { 'fast-check': '4.10.2' },
  };

  it('names versions instead of the workspace, and neither sources nor scripts', () => {
    expect(toPackedManifest(manifest, { '@phloem/protocol': '0.3.0' })).toEqual({
      name: '@phloem/rules',
      version: '0.1.0',
      exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
      dependencies: { '@phloem/protocol': '0.3.0', yaml: '2.9.1' },
    });
  });

  it('is refused when it needs a package that the workspace does not have', () => {
    expect(() => toPackedManifest(manifest, {})).toThrow('@phloem/protocol is not a package of this workspace');
  });

  it('runs no install script inside the product', () => {
    const native = { name: 'bindings', version: '1.0.0', gypfile: true, scripts: { install: 'node-gyp-build' } };
    expect(withoutInstall(native)).toEqual({ name: 'bindings', version: '1.0.0', gypfile: false });
  });
});

it('declaration files import the files that are packed', () => {
  const text = `export { a } from './a.ts';\nexport declare const b: import("../b.ts").B;\nimport type { C } from 'c.ts';\n`;
  expect(toPackedDeclaration(text)).toBe(
    `export { a } from './a.js';\nexport declare const b: import("../b.js").B;\nimport type { C } from 'c.ts';\n`,
  );
});

describe('the packages inside the product', () => {
  const item = (id: string): { name: string; version: string } => {
    const [name = '', version = ''] = id.split('@');
    return { name, version };
  };
  const place = (top: readonly string[], needs: Readonly<Record<string, readonly string[]>>): Record<string, string> =>
    Object.fromEntries(
      [...placePackages(top.map(item), ({ name, version }) => (needs[`${name}@${version}`] ?? []).map(item))].map(([path, { version }]) => [
        path,
        version,
      ]),
    );

  it('lie at the top, each once', () => {
    expect(place(['a@1', 'b@1'], { 'a@1': ['c@1'], 'b@1': ['c@1', 'a@1'] })).toEqual({ a: '1', b: '1', c: '1' });
  });

  it('lie inside the one that needs another version', () => {
    expect(place(['a@1', 'b@1'], { 'a@1': ['c@1'], 'b@1': ['c@2'], 'c@2': ['d@1', 'b@1'] })).toEqual({
      a: '1',
      b: '1',
      c: '1',
      'b/node_modules/c': '2',
      d: '1',
    });
  });

  it('find the version that they need when their parent holds another', () => {
    expect(place(['a@1', 'b@1'], { 'a@1': ['c@1'], 'b@1': ['c@2', 'd@2'], 'c@2': ['d@1'], 'c@1': ['d@1'] })).toEqual({
      a: '1',
      b: '1',
      c: '1',
      'b/node_modules/c': '2',
      d: '2',
      'c/node_modules/d': '1',
      'b/node_modules/c/node_modules/d': '1',
    });
  });

  it('may need each other', () => {
    expect(place(['a@1'], { 'a@1': ['b@1'], 'b@1': ['a@1'] })).toEqual({ a: '1', b: '1' });
  });
});
