import { createTimeZone } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { parseTime } from './parse-time.ts';

const utc = createTimeZone('UTC');
const berlin = createTimeZone('Europe/Berlin');
const at = (text: string, zone = utc) => {
  const time = parseTime(text, zone);
  return time?.kind === 'once' ? new Date(time.at).toISOString() : time;
};

describe('the time of a row', () => {
  it.each([
    ['2026-11-30 20:00:00', '2026-11-30T20:00:00.000Z'],
    ['2026-11-30T20:00:00.123456', '2026-11-30T20:00:00.123Z'],
    ['2026-11-30 20:00:00.5+00', '2026-11-30T20:00:00.500Z'],
    ['2026-11-30 20:00:00-03:30', '2026-11-30T23:30:00.000Z'],
    ['2026-11-30 20:00:00+0100', '2026-11-30T19:00:00.000Z'],
    ['2026-11-30T20:00Z', '2026-11-30T20:00:00.000Z'],
    ['1796068800', '2026-11-30T20:00:00.000Z'],
    ['1796068800.25', '2026-11-30T20:00:00.250Z'],
    ['1796068800250', '2026-11-30T20:00:00.250Z'],
  ])('reads %s', (text, instant) => {
    expect(at(text)).toBe(instant);
  });

  it('is one of the clocks of the zone where it has no offset', () => {
    expect(at('2026-11-30 20:00:00', berlin)).toBe('2026-11-30T19:00:00.000Z');
    expect(at('2026-07-01 20:00:00', berlin)).toBe('2026-07-01T18:00:00.000Z');
    expect(at('2026-07-01 20:00:00+00', berlin)).toBe('2026-07-01T20:00:00.000Z');
  });

  it('is one of two instants in the hour that comes twice', () => {
    expect(at('2026-10-25 02:30:00', berlin)).toEqual({
      kind: 'twice',
      at: Date.UTC(2026, 9, 25, 0, 30),
      again: Date.UTC(2026, 9, 25, 1, 30),
    });
  });

  it.each(['', 'yesterday', '2026-02-30 10:00:00', '2026-11-30', '2026-11-30 25:00:00', 'NaN', '-5'])('reads no time in %j', (text) => {
    expect(at(text)).toBeUndefined();
  });
});
