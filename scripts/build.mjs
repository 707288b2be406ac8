// Builds what is older than its sources: the packed program, the panel, and the TypeScript projects (tsc -b is incremental).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const major = Number(process.versions.node.split('.')[0]);
if (major < 26) {
  process.stderr.write(`Phloem needs Node 26 and this is ${process.version}. Start it with "npm start", which brings its own Node.\n`);
  process.exit(2);
}

const isTest = (name) => name.endsWith('.test.ts');
const newest = (path) => {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce((latest, name) => (isTest(name) ? latest : Math.max(latest, newest(join(path, name)))), 0);
};
/** Claims that something is not there, or older than what it is made of. */
const isOld = (made, sources) => {
  if (!existsSync(made)) return true;
  const { mtimeMs } = statSync(made);
  return sources.some((path) => existsSync(join(root, path)) && newest(join(root, path)) > mtimeMs);
};

const run = async (command, args, { cwd = root, isQuiet }) => {
  const step = spawn(command, args, { cwd, stdio: isQuiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'] });
  let said = '';
  for (const stream of [step.stdout, step.stderr]) stream?.setEncoding('utf8').on('data', (text) => (said += text));
  const [code] = await once(step, 'close');
  if (code === 0) return;
  process.stderr.write(`${said}\nThe build failed at: ${command} ${args.join(' ')}\n`);
  process.exit(1);
};

const bridges = readdirSync(join(root, 'bridges')).map((name) => `bridges/${name}`);
const packed = ['protocol', 'rules', 'reconnect', 'backend', 'automation', 'embed', 'simulator', 'cli', ...bridges];
const buildOldProgram = async () => {
  const sources = ['scripts/build-program.mjs', 'pnpm-lock.yaml', ...packed.flatMap((name) => [`${name}/src`, `${name}/package.json`])];
  if (!isOld(join(root, 'cli/program/main.js'), sources)) return;
  try {
    await (await import('./build-program.mjs')).buildProgram();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nThe build failed at: scripts/build-program.mjs\n`);
    process.exit(1);
  }
};

const buildOldPanel = async ({ isQuiet }) => {
  const sources = [
    'web-ui/src',
    'web-ui/public',
    'web-ui/index.html',
    'web-ui/vite.config.ts',
    'web-ui/lean-socket-io.ts',
    'web-ui/lean-typebox.ts',
    'web-ui/share-with-worker.ts',
    'web-ui/package.json',
    'protocol/src',
    'reconnect/src',
  ];
  if (!isOld(join(root, 'web-ui/dist/index.html'), sources)) return;
  await run(join(root, 'web-ui/node_modules/.bin/vite'), ['build'], { cwd: join(root, 'web-ui'), isQuiet });
};

/** Builds what a start needs, types unchecked; ends the process with what was found wrong when it cannot. */
export const buildToStart = async () => {
  await Promise.all([buildOldProgram(), buildOldPanel({ isQuiet: true })]);
};

/** Builds everything; ends the process with what the compiler said when it cannot. */
const buildAll = async ({ isQuiet }) => {
  await run(join(root, 'node_modules/.bin/tsc'), ['-b', 'tsconfig.build.json'], { isQuiet });
  await buildOldProgram();
  await buildOldPanel({ isQuiet });
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAll({ isQuiet: process.argv.includes('--quiet') });
