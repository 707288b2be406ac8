import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { libraries } from '../../scripts/packs/workspace.ts';
import { openMesh } from '../support/mesh.ts';
import { runToEnd } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { openPacks, type Pack, type Packs } from './open-packs.ts';
import { readExample, readExampleOutput } from './read-example.ts';

let packs: Packs;
beforeAll(() => {
  packs = openPacks();
}, 240_000);
afterAll(() => packs[Symbol.asyncDispose]());

const find = (folder: string): Pack => {
  const pack = packs.packs.find((each) => each.folder === folder);
  if (pack === undefined) throw new Error(`${folder} was not packed`);
  return pack;
};
const filesOf = ({ installed }: Pack): readonly string[] =>
  globSync('**/*', { cwd: installed, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(installed, join(entry.parentPath, entry.name)));

/** Needs of a program that imports CommonJS style, which these packages do not serve. */
const isServed = (problem: object): boolean =>
  !('resolutionKind' in problem) || problem.resolutionKind === 'node16-esm' || problem.resolutionKind === 'bundler';

/** A stranger may have no types of Node. */
const globals = 'declare const process: { env: Record<string, string | undefined>; once(name: string, act: () => void): void };\n';

/** Type-checks programs in the folder as strictly as the compiler can, all declaration files that they reach included. */
const typecheck = async (programs: Readonly<Record<string, string>>): Promise<readonly string[]> => {
  const paths = Object.entries(programs).map(([name, source]) => {
    const path = join(packs.folder, name);
    writeFileSync(path, source);
    return path;
  });
  const strict = '--ignoreConfig --strict --noUncheckedIndexedAccess --exactOptionalPropertyTypes --skipLibCheck false'.split(' ');
  const target = '--module nodenext --target es2024 --lib es2024,dom --noEmit'.split(' ');
  const { output } = await runToEnd([join(root, 'node_modules/typescript/bin/tsc'), ...strict, ...target, '--types', '', ...paths]);
  return output.split('\n').filter((line) => line !== '');
};

describe.each(libraries)('the tarball of %s', (folder) => {
  it('has compiled files and declarations, and no test, source or map', () => {
    const files = filesOf(find(folder));
    expect(files).toContain('dist/index.d.ts');
    const documents = new Set(['package.json', 'README.md', 'LICENSE', 'SPEC.md']);
    expect(files.filter((path) => !documents.has(path) && !/^dist\/.*\.(js|d\.ts)$/.test(path))).toEqual([]);
    expect(files.filter((path) => /\.test\.|contract/.test(path))).toEqual([]);
  });

  it('refers only to files that it has', () => {
    const pack = find(folder);
    const missing = filesOf(pack)
      .filter((path) => path.startsWith('dist/'))
      .flatMap((path) =>
        [...readFileSync(join(pack.installed, path), 'utf8').matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]|sourceMappingURL=(\S+)/g)]
          .map(([, specifier, map]) => specifier ?? map ?? '')
          .filter((to) => to.endsWith('.ts') || !existsSync(join(pack.installed, dirname(path), to)))
          .map((to) => `${path} refers to ${to}`),
      );
    expect(missing).toEqual([]);
  });

  it('has a manifest without traces of the workspace', () => {
    const text = readFileSync(join(find(folder).installed, 'package.json'), 'utf8');
    expect(text).not.toMatch(/workspace:|phloem-src|\/src\/|devDependencies|"private"/);
    expect(JSON.parse(text)).toMatchObject({
      license: 'MIT',
      type: 'module',
      sideEffects: false,
      engines: { node: expect.any(String) as string },
    });
  });

  it('passes publint', async () => {
    const { installed } = find(folder);
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>;
    const { messages } = await publint({ pkgDir: installed, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
  });

  it('passes attw for ESM', async () => {
    const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(find(folder).tarball)));
    expect(analysis.types).not.toBe(false);
    expect('problems' in analysis ? analysis.problems.filter(isServed) : []).toEqual([]);
  });
});

describe.each(['protocol', 'rules'])('the example of the README of %s', (folder) => {
  it('prints what the README says, as plain JavaScript', async () => {
    const path = join(packs.folder, `${folder}.js`);
    writeFileSync(path, readExample(folder));
    expect(await runToEnd([path])).toEqual({ code: 0, output: readExampleOutput(folder) });
  });
});

describe('the types of the tarballs', () => {
  it('accept the examples of the READMEs and refuse a wrong program', async () => {
    const examples = libraries.map((folder) => [`${folder}-example.ts`, globals + readExample(folder)] as const);
    const wrong = `import { isFault } from '@phloem/protocol';\nexport const wrong: string = isFault(1);\n`;
    const errors = await typecheck({ ...Object.fromEntries(examples), 'wrong.ts': wrong });
    expect(errors).toEqual([expect.stringContaining("wrong.ts(2,14): error TS2322: Type 'boolean' is not assignable to type 'string'")]);
  });
});

describe('the example of the README of reconnect', () => {
  it('receives entries from a hub, as plain JavaScript', async () => {
    await using mesh = await openMesh({ withAutomation: false });
    const program = readExample('reconnect');
    expect(program).toContain('http://127.0.0.1:8420');
    const path = join(packs.folder, 'logbook.js');
    writeFileSync(path, program.replace('http://127.0.0.1:8420', mesh.url));

    const env = { ...process.env, PHLOEM_TOKEN: await mesh.token('viewer', 'logbook') };
    const logbook = spawn(process.execPath, [path], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(logbook, 'exit');
    const [line] = (await Promise.race([
      once(createInterface(logbook.stdout), 'line'),
      exited.then(() => Promise.reject(new Error('the program ended before it received anything'))),
    ])) as [string];
    expect(JSON.parse(line)).toMatchObject({ kind: 'sensor', location: 'flower_room' });
    logbook.kill('SIGINT');
    expect(await exited).toEqual([0, null]);
  }, 240_000);
});
