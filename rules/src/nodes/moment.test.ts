import { describe, expect, it } from 'vitest';
import { parseMoment } from './moment.ts';

const HOUR = 3_600_000;

describe('moment', () => {
  it.each([
    ['06:00', 'clock', 6 * HOUR, 0],
    ['00:00', 'clock', 0, 0],
    ['23:59', 'clock', 24 * HOUR - 60_000, 0],
    ['06:00 + 30min', 'clock', 6 * HOUR, HOUR / 2],
    ['sunrise', 'sunrise', 0, 0],
    ['sunrise - 30min', 'sunrise', 0, -HOUR / 2],
    ['sunset+1h30min', 'sunset', 0, 1.5 * HOUR],
    ['lights-on + 20min', 'lights-on', 0, HOUR / 3],
    ['lights-off - 60min', 'lights-off', 0, -HOUR],
    ['lights-off - 0min', 'lights-off', 0, 0],
  ] as const)('reads %s', (written, anchor, timeOfDayMs, offsetMs) => {
    expect(parseMoment(written)).toEqual({ anchor, timeOfDayMs, offsetMs });
  });

  it.each([
    '',
    '6:00',
    '24:00',
    '06:60',
    'noon',
    'sunrise 30min',
    'sunrise + ',
    'sunrise + 30',
    'sunrise + 25h',
    'lights-on + 1h - 5min',
    ' 06:00',
    '06:00\n',
  ])('refuses %j', (written) => {
    expect(parseMoment(written)).toBeUndefined();
  });
});
