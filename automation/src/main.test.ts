import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

const run = async (...args: readonly string[]) => {
  const child = spawn(process.execPath, ['--disallow-code-generation-from-strings', '--conditions=phloem-src', main, ...args]);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { out, err, code: Number(code) };
};

describe('the automation service as a process', { timeout: 30_000 }, () => {
  it('says what it takes', async () => {
    const { out, code } = await run('--help');
    expect(out).toContain('--token-file <file>');
    expect(code).toBe(0);
  });

  it.each([
    [['--nonsense'], '--nonsense'],
    [['--node', 'Not A Name'], '--node must be a name'],
    [['--token-file', '/nowhere/token'], 'the token file /nowhere/token cannot be read'],
  ])('%j ends it with one sentence and the code 2', async (args, sentence) => {
    const { err, code } = await run(...args);
    expect(err).toContain(sentence);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(2);
  });

  it('a folder that cannot be written does the same', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'phloem-automation-'));
    try {
      await writeFile(join(folder, 'file'), '');
      const { err, code } = await run('--data', join(folder, 'file', 'below'));
      expect(err).toContain('cannot be written');
      expect(code).toBe(2);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
