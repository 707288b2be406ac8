/** The part of a package.json that packing reads. */
export type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly files?: readonly string[];
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
};

/** The keys that matter to those who install the package. The rest is for work in the workspace. */
const published = [
  'name',
  'version',
  'description',
  'keywords',
  'license',
  'node-red',
  'files',
  'type',
  'sideEffects',
  'exports',
  'engines',
  'dependencies',
  'peerDependencies',
] as const;

/** Leaves out the condition that leads to the sources, which only exist in the workspace. */
const toExports = (exports: NonNullable<Manifest['exports']>): NonNullable<Manifest['exports']> =>
  Object.fromEntries(
    Object.entries(exports).map(([path, conditions]) => [
      path,
      Object.fromEntries(Object.entries(conditions).filter(([condition]) => condition !== 'phloem-src')),
    ]),
  );

const toDependencies = (
  dependencies: Readonly<Record<string, string>>,
  versions: Readonly<Record<string, string>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(dependencies).map(([name, range]) => {
      if (!range.startsWith('workspace:')) return [name, range];
      const version = versions[name];
      if (version === undefined) throw new Error(`${name} is not a package of this workspace`);
      return [name, version];
    }),
  );

/** The manifest of a packed package. `versions` has the version of each package of the workspace, by name. */
export const toPackedManifest = (manifest: Manifest, versions: Readonly<Record<string, string>>): Manifest => {
  const kept = Object.fromEntries(published.filter((key) => key in manifest).map((key) => [key, manifest[key]]));
  return {
    ...kept,
    name: manifest.name,
    version: manifest.version,
    ...(manifest.exports !== undefined && { exports: toExports(manifest.exports) }),
    ...(manifest.dependencies !== undefined && { dependencies: toDependencies(manifest.dependencies, versions) }),
  };
};

/**
 * The manifest of an installed package inside the product. The package brings its compiled files. Its install scripts would ask
 * for a compiler on a computer that they know nothing for, even where the package is never used.
 */
export const withoutInstall = (manifest: Manifest): Manifest => {
  const { scripts: _, ...rest } = manifest;
  return { ...rest, name: manifest.name, version: manifest.version, ...('gypfile' in manifest && { gypfile: false }) };
};

/** TypeScript leaves `.ts` in the imports of declaration files. Changes it to `.js`, the files that are packed. */
export const toPackedDeclaration = (text: string): string =>
  text.replaceAll(/((?:from|import)\s*\(?\s*['"]\.[^'"]+)\.ts(?=['"])/g, '$1.js');
