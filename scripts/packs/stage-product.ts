import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withoutInstall } from './manifest.ts';
import { placePackages } from './place-packages.ts';
import { stagePackage, writeJson } from './stage-package.ts';
import { findDependencies, findParts, type Installed, readManifest, root, toVersions } from './workspace.ts';

/** Files of other packages that no running program reads. */
const isUnused = (path: string): boolean => /\.(map|[cm]?ts|md|markdown)$/.test(path) && !/licen[cs]e|notice/i.test(path);
/** The library's declaration files name these. */
const typed = { installed: ['rxjs', 'typebox'], parts: ['@phloem/embed', '@phloem/protocol'] } as const;
const isDeclaration = (path: string): boolean => /\.d\.[cm]?ts$/.test(path);

const copyInstalled = (item: Installed, target: string): void => {
  const inner = join(item.path, 'node_modules');
  const isTyped = typed.installed.some((name) => name === item.name);
  cpSync(item.path, target, {
    recursive: true,
    dereference: true,
    filter: (path) => path !== inner && ((isTyped && isDeclaration(path)) || !isUnused(relative(item.path, path).split(sep).join('/'))),
  });
  writeJson(join(target, 'package.json'), withoutInstall(item.manifest));
};

/** What the processes read besides their own code: it lies beside the packages, as in the checkout. */
const content = { 'web-ui': 'dist', examples: 'flower-room' } as const;

/**
 * Lays out the whole product as one package with all that it needs, so that it installs without a registry. The workspace has to
 * be built.
 */
export const stageProduct = (target: string): string => {
  rmSync(target, { recursive: true, force: true });
  const modules = join(target, 'node_modules');
  const { name, version, description, license } = readManifest(root);
  const parts = findParts();
  const dependencies: Record<string, string> = { ...toVersions(parts) };

  for (const part of parts) {
    const declaration = typed.parts.some((typedName) => typedName === part.name);
    stagePackage(relative(root, part.path), join(modules, part.name), { declaration });
  }
  for (const [folder, files] of Object.entries(content)) {
    const place = join(modules, '@phloem', folder);
    cpSync(join(root, folder, files), join(place, files), { recursive: true });
    writeJson(join(place, 'package.json'), { name: `@phloem/${folder}`, version, license, files: [files] });
    dependencies[`@phloem/${folder}`] = version;
  }

  for (const [path, item] of placePackages(parts, findDependencies)) {
    if (item.name in dependencies && path === item.name) continue;
    copyInstalled(item, join(modules, path));
    if (path === item.name) dependencies[path] = item.version;
  }

  const own = { 'phloem-bin.mjs': 'phloem.mjs', 'library.mjs': 'index.mjs', 'library.d.mts': 'index.d.mts' } as const;
  for (const [from, to] of Object.entries(own)) {
    writeFileSync(join(target, to), readFileSync(fileURLToPath(new URL(from, import.meta.url)), 'utf8'));
  }
  chmodSync(join(target, 'phloem.mjs'), 0o755);
  for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md']) cpSync(join(root, file), join(target, file));
  const { engines } = readManifest(join(root, 'cli'));
  const bundleDependencies = Object.keys(dependencies).toSorted();
  const files = [...Object.values(own), 'CHANGELOG.md'];
  const bins = { phloem: './phloem.mjs' };
  const exports = { '.': { types: './index.d.mts', default: './index.mjs' }, './package.json': './package.json' };
  const manifest = {
    name,
    version,
    description,
    license,
    files,
    type: 'module',
    bin: bins,
    exports,
    engines,
    dependencies,
    bundleDependencies,
  };
  writeJson(join(target, 'package.json'), manifest);
  return target;
};
