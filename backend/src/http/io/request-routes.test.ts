import { describe, expect, it } from 'vitest';
import { openServer } from './testing/open-server.ts';

const body = { id: 'one', term: 1, device: 'flower_room/fan', value: true, ttlMs: 1000 };

describe('commands of programs over HTTP', () => {
  it.each(['viewer', 'technician', 'engineer', 'admin', 'relay', 'ingest'])('[RQ1] [RQ2] are not for the role %s', async (token) => {
    const { ask, leases } = await openServer();
    expect((await ask('PUT', '/api/v1/leases/flower_room', { token, body: {} })).statusCode).toBe(403);
    expect((await ask('POST', '/api/v1/requests', { token, body })).statusCode).toBe(403);
    expect((await ask('GET', '/api/v1/requests/one', { token })).statusCode).toBe(403);
    expect((await ask('DELETE', '/api/v1/leases/flower_room', { token })).statusCode).toBe(403);
    expect(leases.current(1)).toBeNull();
  });

  it('[RQ1] get the lease of a scope, keep it, and give it back', async () => {
    const { ask, leases, renewals } = await openServer();
    const hold = async (more: object = {}) => (await ask('PUT', '/api/v1/leases/flower_room', { token: 'automation', body: more })).json();
    expect(await hold()).toEqual({ scope: 'flower_room', term: 1, holder: 'automation-1', ttlMs: 3000 });
    expect(await hold({ cursor: 7 })).toMatchObject({ term: 1 });
    expect(renewals).toEqual([{ term: 1, committed: 7 }]);
    expect((await ask('DELETE', '/api/v1/leases/flower_room', { token: 'automation' })).statusCode).toBe(204);
    expect(leases.current(1)).toBeNull();
  });

  it('[RQ1] get no lease outside the locations of their token', async () => {
    const { ask, leases } = await openServer();
    const answer = await ask('PUT', '/api/v1/leases/flower_room', { token: 'automation@cold_store', body: {} });
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'auth/forbidden']);
    expect(leases.current(1)).toBeNull();
  });

  it('are answered with the content type to send when it is another one', async () => {
    const { app } = await openServer();
    const headers = {
      authorization: 'Bearer token-of-automation',
      'content-type': 'application/x-www-form-urlencoded',
      host: '127.0.0.1:8420',
    };
    const answer = await app.inject({ method: 'POST', url: '/api/v1/requests', headers, payload: JSON.stringify(body) });
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'protocol/invalid']);
    expect(answer.json().message).toContain('content-type: application/json');
  });

  it('[RQ2] have no effect without the lease, and say so', async () => {
    const { ask, accepted } = await openServer();
    const answer = await ask('POST', '/api/v1/requests', { token: 'automation', body });
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'command/term']);
    expect(accepted).toEqual([]);
  });

  it('[RQ3] are not found before they were accepted', async () => {
    const { ask } = await openServer();
    const answer = await ask('GET', '/api/v1/requests/one', { token: 'automation' });
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'request/unknown']);
  });

  it.each([
    ['a time to live of 0', { ttlMs: 0 }],
    ['no value', { value: null }],
    ['an object for a value', { value: {} }],
    ['an unknown member', { force: true }],
    ['an id with a slash', { id: 'a/b' }],
    ['a term that is a text', { term: '1' }],
  ])('[RQ2] are rejected with %s', async (_what, parts) => {
    const { ask, accepted } = await openServer();
    const answer = await ask('POST', '/api/v1/requests', { token: 'automation', body: { ...body, ...parts } });
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'protocol/invalid']);
    expect(accepted).toEqual([]);
  });
});
