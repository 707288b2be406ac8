// Builds what is older than its sources: the TypeScript projects (tsc -b is incremental) and the panel.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const isQuiet = process.argv.includes('--quiet');

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

const run = (command, args, cwd = root) => {
  const step = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: isQuiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
  });
  if (step.status === 0) return;
  process.stderr.write(`${step.stdout ?? ''}${step.stderr ?? ''}\nThe build failed at: ${command} ${args.join(' ')}\n`);
  process.exit(1);
};

run(join(root, 'node_modules/.bin/tsc'), ['-b']);

const panel = join(root, 'web-ui/dist/index.html');
const panelSources = [
  'web-ui/src',
  'web-ui/index.html',
  'web-ui/vite.config.ts',
  'web-ui/package.json',
  'protocol/src',
  'reconnect/src',
].map((path) => join(root, path));
const isPanelOld = !existsSync(panel) || panelSources.some((path) => existsSync(path) && newest(path) > statSync(panel).mtimeMs);
if (isPanelOld) run(join(root, 'web-ui/node_modules/.bin/vite'), ['build'], join(root, 'web-ui'));
