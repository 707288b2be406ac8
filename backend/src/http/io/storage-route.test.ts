import { StorageAnswer } from '@phloem/protocol';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { openServer } from './testing/open-server.ts';

describe('the route of the storage', () => {
  it('says to everybody who may read how far back the data reach', async () => {
    const server = await openServer();
    const { statusCode, body } = await server.ask('GET', '/api/v1/storage', { token: 'viewer' });
    expect(statusCode).toBe(200);
    const answer: unknown = JSON.parse(body);
    expect(Value.Check(StorageAnswer, answer)).toBe(true);
    expect(answer).toMatchObject({ keepMs: 1e9, keepBytes: 1e9, freeBytes: null, bytesPerDay: null, fullInMs: null });
  });
});
