import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packFolders, run } from '../../scripts/packs/run.ts';
import { stageLibraries } from '../../scripts/packs/stage-package.ts';
import { findDependencies, findInstalled, libraries } from '../../scripts/packs/workspace.ts';
import { root } from '../support/repository.ts';

/** A packed library, and where it is installed. */
export type Pack = { readonly folder: string; readonly name: string; readonly tarball: Buffer; readonly installed: string };

/** An empty folder in which only the packed libraries are installed. */
export type Packs = AsyncDisposable & { readonly folder: string; readonly packs: readonly Pack[] };

/**
 * Packs the libraries and unpacks the tarballs into an empty folder. Their dependencies are links to those of the workspace, so
 * that this needs no registry. `npm run packs:check` installs the same tarballs from one.
 */
export const openPacks = (): Packs => {
  const folder = mkdtempSync(join(tmpdir(), 'phloem-packs-'));
  const modules = join(folder, 'node_modules');
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  const tarballs = packFolders(stageLibraries(join(folder, 'staged')), folder);
  const packs = libraries.map((library, i) => {
    const tarball = tarballs[i] ?? '';
    const installed = join(modules, '@phloem', library);
    mkdirSync(installed, { recursive: true });
    run('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed], folder);
    return { folder: library, name: `@phloem/${library}`, tarball: readFileSync(tarball), installed };
  });
  rmSync(join(folder, 'staged'), { recursive: true });
  for (const { name } of packs) {
    const source = findInstalled(name, join(root, 'tests'));
    for (const item of source === null ? [] : findDependencies(source)) {
      if (packs.some((pack) => pack.name === item.name)) continue;
      mkdirSync(dirname(join(modules, item.name)), { recursive: true });
      rmSync(join(modules, item.name), { force: true });
      symlinkSync(item.path, join(modules, item.name), 'junction');
    }
  }
  return {
    folder,
    packs,
    [Symbol.asyncDispose]: async () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
