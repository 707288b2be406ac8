import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Item } from './place-packages.ts';
import type { Manifest } from './manifest.ts';

/** The top of the checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** The packages that anyone may install. */
export const libraries = ['protocol', 'rules', 'reconnect'] as const;

/** The packages that other programs load. They use the libraries, and are no part of the product. */
export const plugins = ['bridges/node-red'] as const;

export const readManifest = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** A package that is installed in the workspace. */
export type Installed = Item & { readonly path: string; readonly manifest: Manifest };

/** The package that a program in this folder imports by this name; null when none is installed. */
export const findInstalled = (name: string, folder: string): Installed | null => {
  const path = join(folder, 'node_modules', name);
  if (existsSync(join(path, 'package.json'))) {
    const real = realpathSync(path);
    const manifest = readManifest(real);
    return { name, version: manifest.version, path: real, manifest };
  }
  const above = dirname(folder);
  return above === folder ? null : findInstalled(name, above);
};

/** What an installed package needs at run time. Peers and optional packages are left out when they are not installed. */
export const findDependencies = ({ path, name: dependent, manifest }: Installed): readonly Installed[] => {
  const optional = { ...manifest.optionalDependencies, ...manifest.peerDependencies };
  return Object.keys({ ...manifest.dependencies, ...optional }).flatMap((name) => {
    const found = findInstalled(name, path);
    if (found === null && !(name in optional)) throw new Error(`${dependent} needs ${name}, which is not installed`);
    return found === null ? [] : [found];
  });
};

/** A package of the workspace. */
const isOwn = ({ path }: Installed): boolean => !relative(root, path).split(sep).includes('node_modules');

const withDependencies = (found: readonly Installed[], next: readonly Installed[]): readonly Installed[] => {
  const fresh = next.filter((item) => isOwn(item) && !found.some(({ name }) => name === item.name));
  return fresh.length === 0 ? found : withDependencies([...found, ...fresh], fresh.flatMap(findDependencies));
};

/** The packages of the workspace that the `phloem` command runs, itself included. */
export const findParts = (): readonly Installed[] => {
  const cli = findInstalled('@phloem/cli', join(root, 'tests'));
  if (cli === null) throw new Error('@phloem/cli is not installed. Run "npm run bootstrap".');
  return withDependencies([], [cli]);
};

export const toVersions = (packages: readonly Item[]): Readonly<Record<string, string>> =>
  Object.fromEntries(packages.map(({ name, version }) => [name, version]));
