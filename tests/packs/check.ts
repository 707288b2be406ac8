// Installs the tarballs as a stranger would: the libraries with their dependencies from the registry, and the product from its
// tarball alone, into empty folders and with an empty home. Then runs them. `npm run packs:check`.
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packFolders, run } from '../../scripts/packs/run.ts';
import { stageLibraries, stagePlugins } from '../../scripts/packs/stage-package.ts';
import { stageProduct } from '../../scripts/packs/stage-product.ts';
import { root } from '../support/repository.ts';
import { readExample, readExampleOutput } from './read-example.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** The files that Node-RED loads. */
const readNodes = (path: string): Readonly<Record<string, string>> =>
  (JSON.parse(readFileSync(path, 'utf8')) as { 'node-red': { nodes: Readonly<Record<string, string>> } })['node-red'].nodes;

const installLibraries = (folder: string, tarballs: readonly string[]): void => {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  run('npm', ['install', '--no-audit', '--no-fund', ...tarballs, 'rxjs'], folder);
  for (const library of ['protocol', 'rules']) {
    const program = join(folder, `${library}.js`);
    writeFileSync(program, readExample(library));
    const output = run(process.execPath, [program], folder);
    if (output !== readExampleOutput(library)) throw new Error(`the example of ${library} printed:\n${output}`);
  }
  run(process.execPath, ['--input-type=module', '--eval', "await import('@phloem/reconnect')"], folder);
  const nodes = Object.values(readNodes(join(folder, 'node_modules/@phloem/node-red/package.json')));
  for (const file of nodes)
    run(process.execPath, ['--input-type=module', '--eval', `await import('./node_modules/@phloem/node-red/${file}')`], folder);
  say('The libraries install from the registry, and the examples of their READMEs run.');
};

const installProduct = (folder: string, tarball: string): void => {
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const env = { PATH: process.env['PATH'], HOME: home };
  run('npm', ['install', '--global', '--offline', '--no-audit', '--no-fund', '--prefix', folder, tarball], home, env);
  const program = realpathSync(join(folder, 'bin/phloem'));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const printed = run(process.execPath, [program, '--version'], home, env).trim();
  if (printed !== version) throw new Error(`phloem --version printed ${printed}`);
  say(run(process.execPath, [join(root, 'tests/support/run-start-check.ts'), program], root, env));
  say('The product installs from its tarball alone, and starts.');
};

const folder = mkdtempSync(join(tmpdir(), 'phloem-packs-'));
try {
  const staged = [
    ...stageLibraries(join(folder, 'staged')),
    ...stagePlugins(join(folder, 'staged')),
    stageProduct(join(folder, 'staged/product')),
  ];
  const tarballs = packFolders(staged, folder);
  installLibraries(join(folder, 'libraries'), tarballs.slice(0, -1));
  installProduct(join(folder, 'product'), tarballs.at(-1) ?? '');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
