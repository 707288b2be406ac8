import { NotificationsAnswer } from '@phloem/protocol';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { openServer } from './testing/open-server.ts';

describe('notifications over HTTP', () => {
  it('[NO14] everybody who may read sees channels and messages, without addresses', async () => {
    const { ask } = await openServer();
    const { statusCode, body } = await ask('GET', '/api/v1/notifications', { token: 'viewer' });
    expect(statusCode).toBe(200);
    const answer: unknown = JSON.parse(body);
    expect(Value.Check(NotificationsAnswer, answer)).toBe(true);
    expect(answer).toMatchObject({ isConfigured: true, channels: [{ id: 'hook', kind: 'webhook', failures: 0 }], waiting: [], ended: [] });
  });

  it('[NO14] a test message says what came of it, and counts for the channel', async () => {
    const { ask } = await openServer();
    const answer = await ask('POST', '/api/v1/notifications/test', { token: 'technician', body: { to: 'hook' } });
    expect(answer.json()).toEqual([{ channel: 'hook', person: null, error: 'the receiver answered 500' }]);
    expect((await ask('GET', '/api/v1/notifications', { token: 'viewer' })).json().channels[0]).toMatchObject({ failures: 1 });
  });

  it('[NO14] refuses a test for a name that is not notified, and by those who only watch', async () => {
    const { ask } = await openServer();
    const unknown = await ask('POST', '/api/v1/notifications/test', { token: 'technician', body: { to: 'nobody' } });
    expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'notification/unknown']);
    expect((await ask('POST', '/api/v1/notifications/test', { token: 'viewer', body: { to: 'hook' } })).statusCode).toBe(403);
  });
});
