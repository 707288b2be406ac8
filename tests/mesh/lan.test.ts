import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as requestTls, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { built, runToEnd } from '../support/process.ts';
import { root } from '../support/repository.ts';

const folder = join(root, 'tests/support/tls');
const ca = readFileSync(join(folder, 'cert.pem'), 'utf8');
const host = 'phloem.test';
const listen = [
  '--listen',
  '127.0.0.1:0',
  '--tls-cert',
  join(folder, 'cert.pem'),
  '--tls-key',
  join(folder, 'key.pem'),
  '--public-url',
  `https://${host}`,
];
const password = 'four unrelated words';

type Answer = { readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: string };

/** Asks as a phone in the network does: with TLS, by the name of the hub, trusting the certificate of the test and no other. */
const ask = async (
  port: number,
  path: string,
  { method = 'GET', body, headers = {} }: { method?: string; body?: object; headers?: Record<string, string> } = {},
): Promise<Answer> => {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const options: RequestOptions = { host: '127.0.0.1', port, path, method, ca, servername: host, headers: { host, ...json, ...headers } };
  const asked = requestTls(options);
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
};

const phloem = (mesh: Mesh, ...args: readonly string[]) =>
  runToEnd([built.phloem, ...args, '--port', String(mesh.port), '--data', mesh.data]);
const restart = async (mesh: Mesh, more: readonly string[]): Promise<number> => {
  await mesh.hub().end('SIGKILL');
  return ((await mesh.startHub(more)).ready as { readonly tlsPort: number }).tlsPort;
};

describe('a hub that other machines reach', () => {
  it('[SE1] does not listen before an administrator has a password, then signs people in over TLS', async () => {
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    await mesh.hub().end('SIGKILL');
    await expect(mesh.startHub(listen)).rejects.toThrow(/needs an administrator with a password/);
    await mesh.startHub();
    expect((await phloem(mesh, 'user', 'add', 'anna', '--role', 'admin')).output).toMatch(/http:\/\/127\.0\.0\.1:\d+\/sign-in\/[\w-]{22}/);
    expect((await phloem(mesh, 'user')).output).toMatch(/anna +admin +all +not chosen yet/);
    await mesh.post('/api/v1/users', { name: 'boris', role: 'admin', password });
    const port = await restart(mesh, listen);

    // Nothing is open to the network but the panel's own files and the sign-in.
    expect((await ask(port, '/')).status).toBe(200);
    for (const path of ['/metrics', '/healthz', '/api/v1/points']) expect([path, (await ask(port, path)).status]).toEqual([path, 401]);
    const signIn = await ask(port, '/api/v1/sign-in', {
      method: 'POST',
      body: { name: 'boris', password },
      headers: { origin: `https://${host}` },
    });
    expect(signIn.status).toBe(204);
    const cookie = String(signIn.headers['set-cookie']).split(';')[0] ?? '';
    expect(cookie).toMatch(/^__Host-phloem_session_/);
    expect(JSON.parse((await ask(port, '/api/v1/me', { headers: { cookie } })).body)).toMatchObject({ name: 'boris', role: 'admin' });
    expect((await ask(port, '/metrics', { headers: { cookie } })).body).toContain('phloem_');
    const evil = await ask(port, '/api/v1/sign-in', {
      method: 'POST',
      body: { name: 'boris', password },
      headers: { origin: 'https://evil.example' },
    });
    expect(evil.status).toBe(403);

    // The live view: the same socket as on this machine.
    const socket = new WebSocket(`wss://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`, {
      ca,
      headers: { host, cookie, origin: `https://${host}` },
    });
    const [first] = (await once(socket, 'message')) as [Buffer];
    expect(first.toString()).toMatch(/^0\{"sid"/);
    // A connection that somebody keeps open does not hold up the end of the hub.
    expect(await mesh.hub().end('SIGTERM')).toBe(0);
    socket.terminate();
  }, 120_000);

  it('[SE4] answers no other name, so that nobody in the network passes for this machine', async () => {
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    await mesh.post('/api/v1/users', { name: 'boris', role: 'admin', password });
    const port = await restart(mesh, listen);
    for (const name of [`127.0.0.1:${mesh.port}`, 'localhost', 'evil.example']) {
      expect((await ask(port, '/metrics', { headers: { host: name } })).status).toBe(421);
    }
    const socket = connect({ host: '127.0.0.1', port, ca, servername: host });
    await once(socket, 'secureConnect');
    socket.write(
      `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==\r\n\r\n`,
    );
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 421 /);
    // In clear, and with what is older than TLS 1.2, nobody gets an answer.
    await expect(fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(10_000) })).rejects.toThrow('fetch failed');
    const old = connect({
      host: '127.0.0.1',
      port,
      ca,
      servername: host,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const [error] = (await once(old, 'error')) as [Error];
    expect(error).toBeInstanceOf(Error);
  }, 120_000);

  it.each([
    ['no certificate', ['--listen', '127.0.0.1:0', '--public-url', `https://${host}`], '--tls-cert'],
    ['no public address', listen.slice(0, 6), '--public-url'],
    ['no port', ['--listen', '0.0.0.0', ...listen.slice(2)], 'an address with a port'],
    ['a certificate that is none', [...listen.slice(0, 2), '--tls-cert', join(folder, 'README.md'), ...listen.slice(4)], 'cannot be used'],
    ['an address of another machine', ['--listen', '192.0.2.1:0', ...listen.slice(2)], 'no address of this machine'],
  ])('refuses to start with %s, in a sentence', async (_what, args, sentence) => {
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    await mesh.post('/api/v1/users', { name: 'boris', role: 'admin', password });
    await mesh.hub().end('SIGKILL');
    await expect(mesh.startHub(args)).rejects.toThrow(sentence);
  });
});
