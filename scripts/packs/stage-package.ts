import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toPackedDeclaration, toPackedManifest } from './manifest.ts';
import { run } from './run.ts';
import { findParts, libraries, plugins, readManifest, root, toVersions } from './workspace.ts';

export const writeJson = (path: string, value: unknown): void => writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);

/** Compiles a package again, so that nothing of an earlier build is packed. The build has checked its types. */
const compile = (folder: string, outDir: string, declaration: boolean): void => {
  const off = ['composite', 'incremental', 'sourceMap', 'declarationMap'].flatMap((option) => [`--${option}`, 'false']);
  const args = ['-p', 'tsconfig.build.json', '--outDir', outDir, '--declaration', String(declaration), '--noCheck', ...off];
  run(join(root, 'node_modules/.bin/tsc'), args, join(root, folder));
  for (const name of globSync('**/*.d.ts', { cwd: outDir })) {
    const path = join(outDir, name);
    writeFileSync(path, toPackedDeclaration(readFileSync(path, 'utf8')));
  }
};

/**
 * Lays out a package of the workspace as it is packed: compiled files, manifest, README and licence. With `declaration` it has
 * declaration files, for programs that import it. The workspace has to be built.
 */
export const stagePackage = (folder: string, target: string, { declaration }: { readonly declaration: boolean }): string => {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const manifest = toPackedManifest(readManifest(join(root, folder)), toVersions(findParts()));
  compile(folder, join(target, 'dist'), declaration);
  for (const extra of (manifest.files ?? []).filter((name) => name !== 'dist')) {
    cpSync(join(root, folder, extra), join(target, extra), { recursive: true });
  }
  writeJson(join(target, 'package.json'), manifest);
  cpSync(join(root, folder, 'README.md'), join(target, 'README.md'));
  cpSync(join(root, 'LICENSE'), join(target, 'LICENSE'));
  return target;
};

/** Lays out the packages that anyone may install. Returns their folders below `target`. */
export const stageLibraries = (target: string): readonly string[] =>
  libraries.map((folder) => stagePackage(folder, join(target, folder), { declaration: true }));

/** Lays out the packages that other programs load. Returns their folders below `target`. */
export const stagePlugins = (target: string): readonly string[] =>
  plugins.map((folder) => stagePackage(folder, join(target, folder), { declaration: false }));
