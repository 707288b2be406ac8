import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, it, vi } from 'vitest';
import { createTcpWire } from './tcp-wire.ts';

it('[CO7] hanging up takes back what was written and has not arrived', async () => {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const signals: string[] = [];
  const wire = createTcpWire({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })(({ kind }) => void signals.push(kind));
  const [gateway] = (await once(server, 'connection')) as [Socket];
  const ends: string[] = [];
  gateway.on('error', (error: NodeJS.ErrnoException) => void ends.push(error.code ?? ''));
  gateway.on('end', () => void ends.push('end'));
  await vi.waitUntil(() => signals.includes('opened'));
  wire.write(Buffer.from('a command'));
  wire.end();
  gateway.resume();
  await vi.waitUntil(() => gateway.destroyed || ends.length > 0);
  // A polite end would have delivered the rest first, however late.
  expect(ends).toEqual(['ECONNRESET']);
  expect(signals).toEqual(['opened']);
  server.close();
  await once(server, 'close');
});
