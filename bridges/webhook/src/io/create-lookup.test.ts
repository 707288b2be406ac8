import { randomBytes } from 'node:crypto';
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isFault } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { openWebhookTarget } from './open-webhook-target.ts';

const secrets = `whsec_${randomBytes(32).toString('base64')}`;
const record = { kind: 'gap', ordinal: 1, epoch: 'epochAepochA', lsn: 7, prev: 5, from: 6 } as const;
const toAddress = (address: string): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 });

/** A receiver on this machine, and a name that leads to the next of these addresses each time that it is resolved. */
const openReceiver = async (answers: readonly (readonly string[])[]) => {
  const came: string[] = [];
  const server = createServer((request, response) => {
    came.push(String(request.headers.host));
    response.writeHead(request.url === '/moved' ? 307 : 204, { location: 'http://127.0.0.1:1/' }).end();
    request.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const resolved: string[] = [];
  const resolve = async (hostname: string): Promise<readonly LookupAddress[]> => {
    resolved.push(hostname);
    return (answers[resolved.length - 1] ?? []).map(toAddress);
  };
  /** Posts over one connection to the target; the code of what fails, or null. */
  const post = async (path: string, isLoopbackAllowed: boolean): Promise<string | null> => {
    const url = `http://hooks.example:${port}${path}`;
    const target = await openWebhookTarget({ url, secrets, now: () => Date.now(), isLoopbackAllowed, resolve });
    try {
      await target.put({ after: null, records: [record, { ...record, lsn: 8, prev: 7 }] });
      return null;
    } catch (error) {
      if (!isFault(error)) throw error;
      return error.code;
    } finally {
      await target.close();
    }
  };
  const close = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { came, resolved, port, post, [Symbol.asyncDispose]: close };
};

describe('the name of a receiver', () => {
  it('is resolved once, and the connection goes to the address that was checked', async () => {
    await using receiver = await openReceiver([['127.0.0.1'], ['169.254.169.254'], ['127.0.0.1']]);
    expect(await receiver.post('/', true)).toBeNull();
    expect(receiver.came).toEqual([`hooks.example:${receiver.port}`, `hooks.example:${receiver.port}`]);
    expect(receiver.resolved).toEqual(['hooks.example']);
  });

  it.each(['127.0.0.1', '127.9.9.9', '::1', '0.0.0.0', '::ffff:127.0.0.1', '169.254.169.254', 'fe80::1', '64:ff9b::7f00:1', '224.0.0.1'])(
    'leads to %s, and nothing is posted there',
    async (address) => {
      await using receiver = await openReceiver([['192.0.2.7', address]]);
      expect(await receiver.post('/', false)).toBe('bridge/refused');
      expect(receiver.came).toEqual([]);
    },
  );

  it('may lead to this machine where the configuration allows it, and still to no link-local address', async () => {
    await using receiver = await openReceiver([['127.0.0.1', 'fe80::1']]);
    expect(await receiver.post('/', true)).toBe('bridge/refused');
    expect(receiver.came).toEqual([]);
  });

  it('that has no address is unreachable', async () => {
    await using receiver = await openReceiver([[]]);
    expect(await receiver.post('/', false)).toBe('bridge/unreachable');
  });

  it('is not exchanged by a redirect', async () => {
    await using receiver = await openReceiver([['127.0.0.1'], ['127.0.0.1']]);
    expect(await receiver.post('/moved', true)).toBe('bridge/refused');
    expect(receiver.came).toHaveLength(1);
  });
});
