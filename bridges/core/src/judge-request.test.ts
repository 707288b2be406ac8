import { describe, expect, it } from 'vitest';
import { judgeRequest } from './judge-request.ts';
import type { QueuedRequest } from './request-queue.ts';

const request = (ttlMs: number | null): QueuedRequest => ({
  id: '1-0',
  ageMs: 0,
  wanted: { device: 'dry/fan', value: true, op: 'set', ttlMs, reason: null },
});
const maxAgeMs = 5000;

describe('a request that waits in a queue', () => {
  it('goes to the hub with the time that is left to it', () => {
    expect(judgeRequest(request(null), 1000, maxAgeMs, true)).toMatchObject({ kind: 'send', ttlMs: 4000 });
    expect(judgeRequest(request(1500), 1000, maxAgeMs, true)).toMatchObject({ kind: 'send', ttlMs: 500 });
    expect(judgeRequest(request(60_000), 1000, maxAgeMs, true)).toMatchObject({ kind: 'send', ttlMs: 4000 });
  });

  it('gains no time by a clock that is a little ahead', () => {
    expect(judgeRequest(request(null), -4000, maxAgeMs, true)).toMatchObject({ kind: 'send', ttlMs: 5000 });
  });

  it.each([
    ['as old as it may be', null, 5000],
    ['as old as it says itself', 100, 100],
    ['of the future', null, -5001],
    ['of an age that nobody knows', null, Number.POSITIVE_INFINITY],
  ])('is late where it is %s, whether or not the bridge may command', (_what, ttlMs, ageMs) => {
    expect(judgeRequest(request(ttlMs), ageMs, maxAgeMs, true).kind).toBe('late');
    expect(judgeRequest(request(ttlMs), ageMs, maxAgeMs, false).kind).toBe('late');
  });

  it('waits for the right to command', () => {
    expect(judgeRequest(request(null), 1000, maxAgeMs, false)).toEqual({ kind: 'wait' });
  });

  it('is refused at once where it cannot be read', () => {
    expect(judgeRequest({ ...request(null), wanted: 'no device' }, 0, maxAgeMs, false)).toEqual({ kind: 'unreadable', why: 'no device' });
  });
});
