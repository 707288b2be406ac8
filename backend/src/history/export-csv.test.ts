import { expect, it } from 'vitest';
import { toCsvHeader, toCsvLines } from './export-csv.ts';

it('samples as lines after RFC 4180, times with milliseconds, a missing value empty and with its reason', () => {
  expect(toCsvHeader('flower_room/front/temperature', '°C')).toBe(
    'time (UTC),flower_room/front/temperature [°C],quality,why,simulated\r\n',
  );
  const lines = toCsvLines(
    [
      { at: Date.UTC(2026, 10, 23, 13, 1, 5, 120), v: 21.5, q: 'good', why: null, isSimulated: false },
      { at: Date.UTC(2026, 10, 23, 13, 1, 6), v: null, q: 'bad', why: 'says "no", twice', isSimulated: true },
    ],
    false,
  );
  expect(lines).toBe('2026-11-23T13:01:05.120Z,21.5,good,,no\r\n2026-11-23T13:01:06.000Z,,bad,"says ""no"", twice",yes\r\n');
});

it('a point that is true or false says so', () => {
  expect(toCsvHeader('flower_room/door/open', '')).toContain(',flower_room/door/open,');
  expect(toCsvLines([{ at: 0, v: 1, q: 'good', why: null, isSimulated: false }], true)).toBe('1970-01-01T00:00:00.000Z,true,good,,no\r\n');
});

it('[SE8] no words of an instrument become a formula', () => {
  const line = toCsvLines([{ at: 0, v: null, q: 'bad', why: '=HYPERLINK("http://evil.test")', isSimulated: false }], false);
  expect(line).toBe(`1970-01-01T00:00:00.000Z,,bad,"'=HYPERLINK(""http://evil.test"")",no\r\n`);
  expect(toCsvLines([{ at: 0, v: -3.5, q: 'good', why: null, isSimulated: false }], false)).toContain(',-3.5,');
});
