// Installs the workspace with the pinned pnpm. Runs on whatever Node npm was started with, so it uses nothing newer
// than Node 18 and no dependency. Does nothing under pnpm, or when the install is newer than lockfile and manifests.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const packages = [
  'backend',
  'automation',
  'protocol',
  'rules',
  'web-ui',
  'reconnect',
  'simulator',
  'bridges/core',
  'bridges/mqtt',
  'bridges/nats',
  'bridges/node-red',
  'bridges/rabbitmq',
  'bridges/redis',
  'bridges/webhook',
  'bridges/sql',
  'embed',
  'cli',
  'tests',
];
const inputs = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...packages.map((name) => `${name}/package.json`)];
const marker = join(root, 'node_modules/.modules.yaml');

const isUnderPnpm = (process.env.npm_config_user_agent ?? '').startsWith('pnpm');
const isInstalled = () => {
  if (!existsSync(marker)) return false;
  const installedAt = statSync(marker).mtimeMs;
  return inputs.every((path) => !existsSync(join(root, path)) || statSync(join(root, path)).mtimeMs <= installedAt);
};

/** Fetches the package manager and compares it with the hash that is pinned beside its version, before any of it runs. */
const fetchPinned = (name, pinned) => {
  const folder = mkdtempSync(join(tmpdir(), 'phloem-bootstrap-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const shell = process.platform === 'win32';
  const pack = spawnSync('npm', ['pack', name, '--silent', '--pack-destination', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell,
  });
  const [file] = readdirSync(folder);
  if (pack.status !== 0 || file === undefined) {
    process.stderr.write(`${name} could not be fetched. Check that the npm registry can be reached, then run the same command again.\n`);
    process.exit(1);
  }
  const [algorithm, expected] = pinned.split('.');
  const path = join(folder, file);
  const found = createHash(algorithm).update(readFileSync(path)).digest('hex');
  if (found !== expected) {
    process.stderr.write(`${name} is not what package.json pins: its ${algorithm} is ${found}. Nothing of it was run.\n`);
    process.exit(1);
  }
  return path;
};

if (!isUnderPnpm && !isInstalled()) {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [pnpm, pinned] = packageManager.split('+');
  process.stderr.write(`Installing the workspace with ${pnpm} …\n`);
  const env = { ...process.env, npm_config_yes: 'true', COREPACK_ENABLE_STRICT: '0' };
  const install = spawnSync(
    'npm',
    [
      'exec',
      '--yes',
      `--package=${fetchPinned(pnpm, pinned)}`,
      '--',
      'pnpm',
      'install',
      '--frozen-lockfile',
      '--config.confirmModulesPurge=false',
    ],
    {
      cwd: root,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
    },
  );
  if (install.status !== 0) {
    process.stderr.write('The install failed. Check that the npm registry can be reached, then run the same command again.\n');
    process.exit(install.status ?? 1);
  }
  // pnpm leaves the marker alone when nothing had to change; touching it keeps the next start from asking again.
  const { utimesSync } = await import('node:fs');
  const now = new Date();
  utimesSync(marker, now, now);
}
