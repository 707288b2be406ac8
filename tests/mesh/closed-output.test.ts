import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { built, runToEnd } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { until } from '../support/until.ts';

const startCommand = (...args: readonly string[]) =>
  spawn(process.execPath, [built.phloem, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });

describe('a command whose output nobody reads any more', () => {
  it.each([
    ['rules', 'new', 'Rule'],
    ['profile', 'show', 'xy-md02'],
  ])('ends without a word: %s %s', async (...args) => {
    const child = startCommand(...args);
    child.stdout.destroy();
    const errors: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    expect([code, errors.join('')]).toEqual([0, '']);
  });

  it('goes on when it is a hub: the outputs are its to control', async () => {
    const data = mkdtempSync(join(tmpdir(), 'phloem-output-'));
    const hub = startCommand('hub', '--port', '0', '--simulator-port', '1', '--data', data);
    const text: string[] = [];
    const readers = [hub.stdout, hub.stderr];
    for (const reader of readers) reader.on('data', (chunk: Buffer) => text.push(chunk.toString()));
    const link = await until(
      'a link to sign in with',
      async () => /http:\/\/127\.0\.0\.1:\d+\/sign-in\/[\w-]+/.exec(text.join(''))?.[0],
      (found) => found !== undefined,
      60_000,
    );
    for (const reader of readers) reader.destroy();
    // A used link makes the hub print the next one.
    const ask = async (url: string): Promise<number> => (await fetch(url, { redirect: 'manual' })).status;
    const signIn = link ?? '';
    await ask(signIn);
    expect(await ask(new URL('/healthz', signIn).href)).toBe(200);
    expect(await ask(signIn)).not.toBe(200);
    expect(await ask(new URL('/healthz', signIn).href)).toBe(200);
    expect(hub.exitCode).toBeNull();
    hub.kill('SIGTERM');
    await once(hub, 'exit');
    rmSync(data, { recursive: true, force: true });
  }, 90_000);
});

describe('a pipe that nobody writes to', () => {
  it('is read by no command that checks documents', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'phloem-pipe-'));
    mkdirSync(join(folder, 'bundle'));
    const pipes = [join(folder, 'bundle/a.yaml'), join(folder, 'own.json')];
    for (const pipe of pipes) execFileSync('mkfifo', [pipe]);
    const checked = await runToEnd([built.phloem, 'rules', 'check', join(folder, 'bundle')]);
    expect(checked).toMatchObject({ code: 2, output: expect.stringMatching(/holds no \.yaml or \.json document/) as string });
    const profile = await runToEnd([built.phloem, 'profile', 'check', join(folder, 'own.json')]);
    expect(profile).toMatchObject({ code: 2, output: expect.stringMatching(/is no file; give the JSON file/) as string });
    rmSync(folder, { recursive: true, force: true });
  });
});
