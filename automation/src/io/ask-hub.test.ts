import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createAskHub } from './ask-hub.ts';

const serve = async (listener: RequestListener) => {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

describe('asking the hub over HTTP', () => {
  it('[GR1] says who asks by the node’s token', async () => {
    const seen: unknown[] = [];
    await using hub = await serve((request, response) => {
      seen.push(request.headers.authorization, request.url);
      response.end('text');
    });
    expect(await createAskHub(hub.url, 'secret')('/api/v1/documents/x')).toBe('text');
    expect(seen).toEqual(['Bearer secret', '/api/v1/documents/x']);
  });

  it.each([
    [404, 'document/unknown', false],
    [401, 'auth/unauthorised', false],
    [403, 'auth/forbidden', false],
    [409, 'command/term', false],
    [503, 'net/unreachable', true],
  ])('an answer of %i is %s', async (status, code, isRetryable) => {
    await using hub = await serve((_request, response) => response.writeHead(status).end('{}'));
    await expect(createAskHub(hub.url, undefined)('/x')).rejects.toMatchObject({ code, isRetryable });
  });

  it('a hub that is not there may be asked again', async () => {
    const hub = await serve(() => undefined);
    await hub[Symbol.asyncDispose]();
    await expect(createAskHub(hub.url, undefined)('/x')).rejects.toMatchObject({ code: 'net/unreachable', isRetryable: true });
  });
});
