// Installs the tarballs as a stranger would: the libraries with their dependencies from the registry, and the product from its
// tarball alone, into empty folders and with an empty home. Then runs them. `npm run packs:check`.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSimulator } from '@phloem/simulator';
import { packFolders, run } from '../../scripts/packs/run.ts';
import { stageLibraries, stagePlugins } from '../../scripts/packs/stage-package.ts';
import { stageProduct } from '../../scripts/packs/stage-product.ts';
import { runToEnd } from '../support/process.ts';
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

/** What each program of `examples/embedding` is given before the port of its simulator, and what it has to print. */
const programs: Readonly<Record<string, { readonly args: readonly string[]; readonly prints: RegExp }>> = {
  'run-rules.mjs': {
    args: ['flower-room/site', 'flower-room/bundle', 'rules'],
    prints: /^\w+\/\w+ confirmed \S+ after \d+ good readings\n$/,
  },
  'own-automation.mjs': {
    args: ['flower-room/site', 'own', 'flower_room/exhaust_fan', '40'],
    prints: /^flower_room\/exhaust_fan confirmed 40\n$/,
  },
};

/** Runs each program that embeds the product, in a folder in which nothing else is installed. Each has to end by itself. */
const runEmbedding = async (folder: string, tarball: string): Promise<void> => {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], folder);
  cpSync(join(root, 'examples/flower-room'), join(folder, 'flower-room'), { recursive: true });
  for (const name of readdirSync(join(root, 'examples/embedding')).filter((file) => file.endsWith('.mjs'))) {
    const program = programs[name];
    if (program === undefined) throw new Error(`${name} is not run: say in tests/packs/check.ts what it prints`);
    cpSync(join(root, 'examples/embedding', name), join(folder, name));
    const simulator = await openSimulator({ port: 0, controlPort: 0 });
    const { code, output } = await runToEnd([name, ...program.args, String(simulator.port)], {}, folder);
    await simulator.close();
    if (code !== 0 || !program.prints.test(output)) throw new Error(`${name} ended with ${code} and printed:\n${output}`);
  }
  say('The product installs into an empty folder, and the programs that embed it run there and end by themselves.');
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
  await runEmbedding(join(folder, 'embedding'), tarballs.at(-1) ?? '');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
