import type { BridgeReport } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { Credentials } from '../../access/identity.ts';
import { openServer, roleCredentials } from './testing/open-server.ts';

const credentials: Credentials = {
  ...roleCredentials,
  verify: (token) => {
    const identity = roleCredentials.verify(token);
    return identity?.role === 'relay' ? { ...identity, nodeId: 'bridge-history' } : identity;
  },
};
const report: BridgeReport = {
  title: 'History',
  target: 'postgresql',
  direction: 'requests',
  automation: { code: 'in-control', forMs: 0 },
  phase: 'flowing',
  error: null,
  counters: { records: 5, batches: 1, gaps: 0, epochs: 0, failures: 0 },
};

describe('bridges over HTTP', () => {
  it('[BR1] a bridge reports, and everybody sees it', async () => {
    const { ask } = await openServer({ credentials });
    expect((await ask('GET', '/api/v1/bridges', { token: 'viewer' })).json()).toEqual([]);
    const answer = await ask('PUT', '/api/v1/bridges/history', { token: 'relay', body: report });
    expect(answer.statusCode).toBe(204);
    const { 0: bridge } = (await ask('GET', '/api/v1/bridges', { token: 'viewer' })).json();
    expect(bridge).toMatchObject({
      id: 'history',
      title: 'History',
      direction: 'requests',
      automation: { code: 'in-control' },
      state: 'flowing',
      lag: null,
      counters: { records: 5 },
    });
  });

  it.each([
    ['another bridge', 'redis', 'relay', 403],
    ['a viewer', 'history', 'viewer', 403],
    ['an administrator', 'history', 'admin', 403],
  ])('[BR1] takes no report of %s', async (_who, id, token, status) => {
    const { ask } = await openServer({ credentials });
    expect((await ask('PUT', `/api/v1/bridges/${id}`, { token, body: report })).statusCode).toBe(status);
    expect((await ask('GET', '/api/v1/bridges', { token: 'viewer' })).json()).toEqual([]);
  });

  it('[BR1] takes no report of another form', async () => {
    const { ask } = await openServer({ credentials });
    const answer = await ask('PUT', '/api/v1/bridges/history', { token: 'relay', body: { ...report, lag: 3 } });
    expect(answer.statusCode).toBe(400);
    const unknown = { ...report, automation: { code: 'asleep', forMs: 0 } };
    expect((await ask('PUT', '/api/v1/bridges/history', { token: 'relay', body: unknown })).statusCode).toBe(400);
  });
});
