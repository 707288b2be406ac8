import { describe, expect, it } from 'vitest';
import { readOverride, readRequest } from './read-message.ts';

const request = { device: 'house/fan', ttlSeconds: 5, reason: '' };
const override = { device: 'house/heater', minutes: 30, reason: 'test' };

describe('a request', () => {
  it('has the id of its message, so that the same message is the same request', () => {
    expect(readRequest({ _msgid: 'abc1', payload: 'on' }, request, 'x')).toEqual({
      id: 'nr-abc1',
      device: 'house/fan',
      value: true,
      ttlMs: 5000,
      reason: 'requested by a flow of Node-RED',
    });
    expect(readRequest({ payload: 40, requestId: 'mine' }, request, 'x')).toMatchObject({ id: 'mine', value: 40 });
    expect(readRequest({ payload: false }, request, 'x').id).toBe('nr-x');
  });

  it('takes device, time to live and reason of the message first', () => {
    const message = { payload: true, device: 'house/pump', ttlSeconds: 0.5, reason: 'dry' };
    expect(readRequest(message, request, 'x')).toMatchObject({ device: 'house/pump', ttlMs: 500, reason: 'dry' });
  });

  it.each([
    [{ payload: 'perhaps' }, 'msg.payload is "perhaps"'],
    [{ payload: Number.NaN }, 'msg.payload is null'],
    [{}, 'msg.payload is missing'],
    [{ payload: null }, 'msg.payload is null'],
    [{ payload: true, ttlSeconds: 0 }, 'the time to live in seconds is 0'],
    [{ payload: true, ttlSeconds: 'soon' }, 'the time to live in seconds is "soon"'],
    [{ payload: true, ttlSeconds: 3601 }, 'at most 3600'],
    [{ payload: true, requestId: 'a b' }, 'msg.requestId'],
    [{ payload: true, device: 'House/Fan' }, 'msg.device'],
  ])('is refused when it says nothing clear: %j', (message, text) => {
    expect(() => readRequest(message, request, 'x')).toThrow(text);
  });

  it('needs a device', () => {
    expect(() => readRequest({ payload: true }, { ...request, device: ' ' }, 'x')).toThrow('no device');
  });
});

describe('an override', () => {
  it('always has an end', () => {
    expect(readOverride({ payload: 'off' }, override)).toEqual({
      kind: 'set',
      device: 'house/heater',
      body: { value: false, reason: 'test', forMs: 1_800_000 },
    });
    expect(readOverride({ payload: 'off', minutes: 1 }, override)).toMatchObject({ body: { forMs: 60_000 } });
    for (const minutes of [0, -1, 1441, '5', null, Number.POSITIVE_INFINITY]) {
      expect(() => readOverride({ payload: 'off', minutes }, override)).toThrow('the length of the override');
    }
    expect(() => readOverride({ payload: 'off' }, { ...override, minutes: Number.NaN })).toThrow('the length of the override');
  });

  it('is released by the payload "release"', () => {
    expect(readOverride({ payload: 'release' }, override)).toEqual({ kind: 'release', device: 'house/heater', body: { reason: 'test' } });
  });
});
