import { describe, expect, it } from 'vitest';
import { toCountText, toDurationText, toLatencyText } from './duration.ts';
import { createSiteTime } from './site-time.ts';

describe('durations', () => {
  it.each([
    [0, '0 s'],
    [-5, '0 s'],
    [6_900, '6 s'],
    [190_000, '3 m 10 s'],
    [4 * 3_600_000 + 51 * 60_000, '4 h 51 m'],
    [51 * 3_600_000, '2 d 3 h'],
  ])('%i ms is %s', (ms, text) => expect(toDurationText(ms)).toBe(text));

  it.each([
    [42_000, '00:42'],
    [134_999, '02:14'],
    [3_734_000, '1:02:14'],
  ])('%i ms counts as %s', (ms, text) => expect(toCountText(ms)).toBe(text));

  it('a latency turns to seconds above one', () => {
    expect(toLatencyText(180.4)).toBe('180 ms');
    expect(toLatencyText(1400)).toBe('1.4 s');
  });
});

describe('site time', () => {
  it('shows the zone of the site, not of the browser', () => {
    const time = createSiteTime('Asia/Kathmandu');
    expect(time.clock(Date.UTC(2026, 0, 1, 12, 0, 5))).toBe('17:45:05');
    expect(time.zone(Date.UTC(2026, 0, 1, 12, 0, 5))).toBe('GMT+5:45');
  });

  it('keeps the two hours of an autumn night apart by the name of the zone', () => {
    const time = createSiteTime('Europe/Berlin');
    const first = Date.UTC(2026, 9, 25, 0, 30);
    const second = Date.UTC(2026, 9, 25, 1, 30);
    expect([time.clock(first), time.clock(second)]).toEqual(['02:30:00', '02:30:00']);
    expect(time.zone(first)).not.toBe(time.zone(second));
  });

  it('names the day when it is another one at the site', () => {
    const time = createSiteTime('Europe/Berlin');
    const now = Date.UTC(2026, 10, 23, 0, 10);
    expect(time.moment(Date.UTC(2026, 10, 22, 23, 30), now)).toBe('00:30');
    expect(time.moment(Date.UTC(2026, 10, 22, 22, 30), now)).toBe('22 Nov 23:30');
  });

  it('an unknown zone is UTC and is named so', () => {
    const time = createSiteTime('Mars/Olympus');
    expect(time.clock(Date.UTC(2026, 0, 1, 12))).toBe('12:00:00');
    expect(time.zone(0)).toBe('UTC');
  });
});
