// Installs the workspace with the pinned pnpm. Runs on whatever Node npm was started with, so it uses nothing newer
// than Node 18 and no dependency. Does nothing under pnpm, or when the install is newer than lockfile and manifests.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const packages = ['backend', 'automation', 'protocol', 'web-ui', 'reconnect', 'tests'];
const inputs = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...packages.map((name) => `${name}/package.json`)];
const marker = join(root, 'node_modules/.modules.yaml');

const isUnderPnpm = (process.env.npm_config_user_agent ?? '').startsWith('pnpm');
const isInstalled = () => {
  if (!existsSync(marker)) return false;
  const installedAt = statSync(marker).mtimeMs;
  return inputs.every((path) => !existsSync(join(root, path)) || statSync(join(root, path)).mtimeMs <= installedAt);
};

if (!isUnderPnpm && !isInstalled()) {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const pnpm = packageManager.split('+')[0];
  process.stderr.write(`Installing the workspace with ${pnpm} …\n`);
  const env = { ...process.env, npm_config_yes: 'true', COREPACK_ENABLE_STRICT: '0' };
  const install = spawnSync('npx', ['--yes', pnpm, 'install', '--frozen-lockfile', '--config.confirmModulesPurge=false'], {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (install.status !== 0) {
    process.stderr.write('The install failed. Check that the npm registry can be reached, then run the same command again.\n');
    process.exit(install.status ?? 1);
  }
  // pnpm leaves the marker alone when nothing had to change; touching it keeps the next start from asking again.
  const { utimesSync } = await import('node:fs');
  const now = new Date();
  utimesSync(marker, now, now);
}
