import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Switch } from './bench-rules.ts';

const version = '5.0.7';

/** Node-RED as it comes from npm, in a folder of its own that the next run finds again; null where it cannot be had. */
const install = async (): Promise<string | null> => {
  const folder = join(tmpdir(), `phloem-bench-node-red-${version}`);
  if (existsSync(join(folder, 'node_modules/node-red/package.json'))) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const args = ['install', `node-red@${version}`, '--no-audit', '--no-fund', '--omit=optional', '--ignore-scripts'];
  try {
    await promisify(execFile)('npm', args, { cwd: folder, timeout: 300_000 });
    return folder;
  } catch {
    // Without the network there is one contender less; the report states that.
    return null;
  }
};

/** A Node-RED that runs the flow, ready for frames. */
export type NodeRedContender = AsyncDisposable & {
  run(count: number): Promise<{ readonly cpuUs: number; readonly switches: readonly Switch[] }>;
};

/** Starts it in a process of its own, without editor and without a port; null where it cannot be installed. */
export const openNodeRed = async (): Promise<NodeRedContender | null> => {
  const folder = await install();
  if (folder === null) return null;
  const child = fork(fileURLToPath(new URL('run-node-red.ts', import.meta.url)), [folder], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const ended = exited.then(([code]) => Promise.reject(new Error(`Node-RED ended with code ${String(code)}`)));
  ended.catch(() => undefined);
  await Promise.race([once(child, 'message'), ended]);
  return {
    run: async (count) => {
      child.send({ count });
      const [answer] = (await Promise.race([once(child, 'message'), ended])) as [{ cpuUs: number; switches: readonly Switch[] }];
      return answer;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
};
