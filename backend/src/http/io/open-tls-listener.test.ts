import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { openTlsListener } from './open-tls-listener.ts';

const pairs = join(import.meta.dirname, '../../../../tests/support/tls');

/** The certificate that a listener shows to who connects now. */
const readShown = async (port: number): Promise<string> => {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
};

describe('the certificate of a listener', () => {
  it('is taken over without a restart when it changes, and kept when the new one cannot be read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'phloem-tls-'));
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    let age = 1000;
    const put = (cert: string, key: string): void => {
      copyFileSync(join(pairs, cert), certFile);
      copyFileSync(join(pairs, key), keyFile);
      for (const file of [certFile, keyFile]) utimesSync(file, (age += 1), age);
    };
    put('cert.pem', 'key.pem');
    const server = createServer();
    const scheduler = new VirtualTimeScheduler();
    const waitAMinute = (): void => {
      scheduler.maxFrames = scheduler.frame + 60_000;
      scheduler.flush();
    };
    const results: (string | null)[] = [];
    const listener = await openTlsListener({
      host: '127.0.0.1',
      port: 0,
      certFile,
      keyFile,
      server,
      publicUrl: new URL('https://phloem.test'),
      scheduler,
      onCertificate: ({ error }) => void results.push(error),
    });
    const first = await readShown(listener.port);
    waitAMinute();
    expect(results).toEqual([]);
    put('next-cert.pem', 'next-key.pem');
    waitAMinute();
    const second = await readShown(listener.port);
    expect(second).not.toBe(first);
    writeFileSync(certFile, 'half a certificate');
    waitAMinute();
    expect(await readShown(listener.port)).toBe(second);
    expect(results).toEqual([null, expect.stringContaining('cannot be used')]);
    await listener.close();
    rmSync(folder, { recursive: true });
  });
});
