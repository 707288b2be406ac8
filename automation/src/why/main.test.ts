import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

describe('the program that recomputes decisions', { timeout: 60_000 }, () => {
  it('ends with the process that started it, while the hub still owes it an answer', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'phloem-why-'));
    const hub = createServer();
    try {
      writeFileSync(join(folder, 'token'), 'token');
      hub.listen(0, '127.0.0.1');
      await once(hub, 'listening');
      const asked = once(hub, 'request');
      const { port } = hub.address() as AddressInfo;
      const args = ['room/fan', '--hub', `http://127.0.0.1:${port}`, '--token-file', join(folder, 'token')];
      const child = spawn(process.execPath, ['--conditions=phloem-src', main, ...args], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
      const ended = once(child, 'exit');
      await asked;
      child.disconnect();
      // A hub that does not answer in time would end it with the code 2.
      expect(await ended).toEqual([1, null]);
    } finally {
      hub.closeAllConnections();
      hub.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
