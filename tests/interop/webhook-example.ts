import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openMesh } from '../support/mesh.ts';
import { built, startProcess } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { until } from '../support/until.ts';
import { findProgram, type InteropSuite } from './suite.ts';

const page = readFileSync(join(root, 'docs/bridges.md'), 'utf8');
const secret = `whsec_${Buffer.from('fedcba9876543210fedcba9876543210').toString('base64')}`;

/** A port that nobody listens on at this moment. */
const findPort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

const run = async (): Promise<string> => {
  const [, script = ''] = /^```py\n([\s\S]*?)^```$/m.exec(page) ?? [];
  await using mesh = await openMesh({ withAutomation: false, bundle: null });
  const site = mkdtempSync(join(tmpdir(), 'phloem-webhook-'));
  const port = await findPort();
  const lsns: { readonly lsn: number; readonly prev: number }[] = [];
  const python = spawn('python3', ['-B', '-c', script], {
    env: { ...process.env, WEBHOOK_SECRET: secret, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const closed = once(python, 'close');
  createInterface({ input: python.stdout }).on('line', (line) => lsns.push(JSON.parse(line)));
  const document = `apiVersion: phloem/v1\nkind: Bridge\nmetadata: { id: hooks }\nspec: { target: { kind: webhook, url: "http://127.0.0.1:${port}/", secret: hooks } }\n`;
  writeFileSync(join(site, 'bridge.yaml'), document);
  writeFileSync(join(mesh.data, 'secrets/hooks.secret'), secret, { mode: 0o600 });
  const args = ['bridge', 'run', 'hooks', '--site', site, '--port', String(mesh.port), '--data', mesh.data];
  let bridge = await startProcess('bridge', [built.phloem, ...args]);
  try {
    await until(
      'ten webhooks',
      () => lsns.length,
      (count) => count >= 10,
    );
    await bridge.end('SIGKILL');
    bridge = await startProcess('bridge', [built.phloem, ...args]);
    const before = lsns.length;
    await until(
      'ten more after a kill of the bridge',
      () => lsns.length,
      (count) => count >= before + 10,
    );
  } finally {
    await bridge.end('SIGTERM');
    python.kill('SIGKILL');
    await closed;
    rmSync(site, { recursive: true, force: true });
  }
  const holes = lsns.slice(1).filter(({ prev }, index) => prev !== lsns[index]?.lsn);
  assert.deepEqual(holes, [], 'each record names the one before it, and none came twice');
  return `${lsns.length} webhooks over a kill of the bridge, each once by its id`;
};

/** The receiver of docs/bridges.md, as it stands there. */
export const webhookExample: InteropSuite = {
  id: 'webhook',
  name: 'the receiver of docs/bridges.md verifies webhooks',
  peer: 'Python 3',
  find: () => findProgram('python3'),
  run,
};
