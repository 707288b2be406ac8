import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { built } from '../../support/process.ts';

/** Starts the automation service as it is. It ends with this process. */
export const startAutomation = (port: number): void => {
  const data = mkdtempSync(join(tmpdir(), 'phloem-bench-'));
  process.once('exit', () => rmSync(data, { recursive: true, force: true }));
  const token = join(data, 'token');
  writeFileSync(token, 'bench', { mode: 0o600 });
  fork(built.automation, ['--hub', `http://127.0.0.1:${port}`, '--node', 'automation-1', '--token-file', token, '--data', data], {
    execArgv: ['--disallow-code-generation-from-strings'],
    env: { ...process.env, PHLOEM_LOG: 'silent' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
};
