import { describe, expect, it } from 'vitest';
import { readText } from '../support/repository.ts';

type Manifest = Readonly<Record<string, unknown>> & { readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>> };

const libraries = ['protocol', 'rules', 'reconnect'];
/** Packages for the host of their plugin. */
const plugins = ['bridges/node-red'];
const packages = [
  ...libraries,
  ...plugins,
  'backend',
  'automation',
  'embed',
  'simulator',
  'cli',
  'bridges/core',
  'bridges/mqtt',
  'bridges/nats',
  'bridges/rabbitmq',
  'bridges/redis',
  'bridges/sql',
  'bridges/webhook',
];
const readManifest = (folder: string): Manifest => JSON.parse(readText(`${folder}/package.json`)) as Manifest;

describe.each(packages)('the manifest of %s', (folder) => {
  const manifest = readManifest(folder);

  it('says what is packed, for which Node, and under which licence', () => {
    expect(manifest).toMatchObject({ version: readManifest('.')['version'], license: 'MIT', type: 'module' });
    expect(manifest['description']).toMatch(/\.$/);
    expect(manifest['files']).toContain('dist');
    const isPublished = libraries.includes(folder) || plugins.includes(folder);
    expect(manifest['engines']).toEqual({ node: isPublished ? '>=22' : '>=26' });
    expect(manifest).toHaveProperty('sideEffects');
    expect(manifest['private'] ?? false).toBe(!isPublished);
  });

  it('leads to the sources in the workspace, and to the output everywhere else', () => {
    for (const [subpath, conditions] of Object.entries(manifest.exports)) {
      const output = conditions['default'] ?? '';
      expect(output).toMatch(/^\.\/dist\/.*\.js$/);
      // A subpath that only starts a program has no types.
      if (subpath === './main') continue;
      expect(conditions).toEqual({
        'phloem-src': output.replace('./dist/', './src/').replace(/js$/, 'ts'),
        types: output.replace(/js$/, 'd.ts'),
        default: output,
      });
      expect(Object.keys(conditions)[0]).toBe('phloem-src');
    }
  });
});

it.each(packages)('the build of %s leaves out its tests', (folder) => {
  const { exclude } = JSON.parse(readText(`${folder}/tsconfig.build.json`)) as { readonly exclude: readonly string[] };
  expect(exclude).toContain('src/**/*.test.ts');
  expect(readText('tsconfig.build.json')).toContain(`"${folder}/tsconfig.build.json"`);
});
