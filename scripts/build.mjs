// Builds what is older than its sources: the TypeScript projects (tsc -b is incremental) and the panel.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const major = Number(process.versions.node.split('.')[0]);
if (major < 26) {
  process.stderr.write(`Phloem needs Node 26 and this is ${process.version}. Start it with "npm start", which brings its own Node.\n`);
  process.exit(2);
}

const newest = (path) => {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), 0);
};

const run = (command, args, { cwd = root, isQuiet }) => {
  const step = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: isQuiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
  });
  if (step.status === 0) return;
  process.stderr.write(`${step.stdout ?? ''}${step.stderr ?? ''}\nThe build failed at: ${command} ${args.join(' ')}\n`);
  process.exit(1);
};

/** Builds; ends the process with what the compiler said when it cannot. */
export const build = ({ isQuiet }) => {
  run(join(root, 'node_modules/.bin/tsc'), ['-b'], { isQuiet });
  const panel = join(root, 'web-ui/dist/index.html');
  const sources = ['web-ui/src', 'web-ui/index.html', 'web-ui/vite.config.ts', 'web-ui/package.json', 'protocol/src', 'reconnect/src'];
  const isOld =
    !existsSync(panel) || sources.some((path) => existsSync(join(root, path)) && newest(join(root, path)) > statSync(panel).mtimeMs);
  if (isOld) run(join(root, 'web-ui/node_modules/.bin/vite'), ['build'], { cwd: join(root, 'web-ui'), isQuiet });
};

if (process.argv[1] === fileURLToPath(import.meta.url)) build({ isQuiet: process.argv.includes('--quiet') });
