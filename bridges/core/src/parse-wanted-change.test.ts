import { describe, expect, it } from 'vitest';
import { isRequestId, parseWantedChange } from './parse-wanted-change.ts';

const fan = { device: 'dry/fan', value: 'on' };

describe('a message of a queue', () => {
  it.each([
    [fan, { device: 'dry/fan', value: true, op: 'set', ttlMs: null, reason: null }],
    [
      { ...fan, value: '42.5', ttlMs: '250', reason: 'dry' },
      { value: 42.5, ttlMs: 250, reason: 'dry' },
    ],
    [
      { ...fan, value: true, op: 'momentary', ttlMs: 1 },
      { value: true, op: 'momentary', ttlMs: 1 },
    ],
    [{ ...fan, value: 'eco' }, { value: 'eco' }],
  ])('asks for what it says: %j', (message, wanted) => {
    expect(parseWantedChange(message)).toMatchObject(wanted);
  });

  it.each([
    [null, 'expected an object'],
    [[fan], 'expected an object'],
    [{ ...fan, state: 'on' }, 'unknown member "state"'],
    [{ ...fan, device: 'fan' }, 'device: expected a device'],
    [{ device: 'dry/fan' }, 'value: expected on, off, a number or a mode, found nothing'],
    [{ ...fan, value: 'ON AIR' }, 'value: expected'],
    [{ ...fan, value: Number.NaN }, 'value: expected'],
    [{ ...fan, op: 'toggle' }, 'op: expected set or momentary'],
    [{ ...fan, ttlMs: 0 }, 'ttlMs: expected 1 to'],
    [{ ...fan, ttlMs: 'soon' }, 'ttlMs: expected 1 to'],
    [{ ...fan, reason: 'x'.repeat(401) }, 'reason: expected'],
  ])('that cannot be read says why: %j', (message, why) => {
    expect(parseWantedChange(message)).toContain(why);
  });

  it('needs an id that the hub accepts', () => {
    expect(['1700000000000-0', 'a:b.c_d'].every(isRequestId)).toBe(true);
    expect([undefined, '', 'a b', 'x'.repeat(65), 7].some(isRequestId)).toBe(false);
  });
});
