import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Runs a command to its end and returns its output. Throws with the output when it fails. */
export const run = (command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env): string => {
  const { status, stdout, stderr, error } = spawnSync(command, [...args], {
    cwd,
    env,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  return stdout;
};

/** Packs folders into tarballs in `target`. Returns their paths in the same order. */
export const packFolders = (folders: readonly string[], target: string): readonly string[] =>
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', target, ...folders], target)
    .trim()
    .split('\n')
    .map((name) => join(target, name));
