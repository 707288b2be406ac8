import { textReason } from '@phloem/protocol';
import { expect, it } from 'vitest';
import { toCsvHeader, toCsvLines, type CsvLines } from './export-csv.ts';
import type { PageSample } from './history.ts';

const utc: CsvLines = { timeZone: 'UTC', decimal: 'point', isBoolean: false };
const sample = (part: Partial<PageSample> = {}): PageSample => ({ at: 0, v: 21.5, q: 'good', why: null, isSimulated: false, ...part });

it('samples as lines after RFC 4180, times with milliseconds, a missing value empty and with its reason', () => {
  expect(toCsvHeader('flower_room/front/temperature', '°C', utc)).toBe(
    'time (UTC),flower_room/front/temperature [°C],quality,why,simulated\r\n',
  );
  const lines = toCsvLines(
    [
      sample({ at: Date.UTC(2026, 10, 23, 13, 1, 5, 120) }),
      sample({ at: Date.UTC(2026, 10, 23, 13, 1, 6), v: null, q: 'bad', why: textReason('says "no", twice'), isSimulated: true }),
    ],
    utc,
  );
  expect(lines).toBe('2026-11-23T13:01:05.120Z,21.5,good,,no\r\n2026-11-23T13:01:06.000Z,,bad,"says ""no"", twice",yes\r\n');
});

it('a point that is true or false says so', () => {
  expect(toCsvHeader('flower_room/door/open', '', utc)).toContain(',flower_room/door/open,');
  expect(toCsvLines([sample({ v: 1 })], { ...utc, isBoolean: true })).toBe('1970-01-01T00:00:00.000Z,true,good,,no\r\n');
});

it('a point whose values have names keeps its numbers and shows the names in a column of their own', () => {
  const named = { ...utc, names: { off: 0, heat: 4, '=SUM(A1)': 5 } };
  expect(toCsvHeader('flower_room/unit/mode', '', named)).toBe('time (UTC),flower_room/unit/mode,quality,why,simulated,name\r\n');
  const lines = toCsvLines([sample({ v: 4 }), sample({ v: null, q: 'bad', why: textReason('timeout') }), sample({ v: 5 })], named);
  expect(lines.split('\r\n').map((line) => line.slice(25))).toEqual(['4,good,,no,heat', ',bad,timeout,no,', "5,good,,no,'=SUM(A1)", '']);
});

it('times in the zone of the site have their offset, also in the hour that comes twice', () => {
  const site = { ...utc, timeZone: 'Europe/Berlin' };
  expect(toCsvHeader('a/b/c', '%', site)).toContain('time (Europe/Berlin),');
  const before = Date.UTC(2026, 9, 25, 0, 59, 59, 500);
  const times = toCsvLines(
    [before, before + 1000, before + 3_600_000].map((at) => sample({ at })),
    site,
  )
    .split('\r\n')
    .map((line) => line.split(',')[0]);
  expect(times).toEqual(['2026-10-25T02:59:59.500+02:00', '2026-10-25T02:00:00.500+01:00', '2026-10-25T02:59:59.500+01:00', '']);
  expect(toCsvLines([sample()], { ...utc, timeZone: 'Asia/Kathmandu' })).toMatch(/^1970-01-01T05:30:00\.000\+05:30,/);
  expect(toCsvLines([sample({ at: Date.UTC(2026, 0, 1) })], { ...utc, timeZone: 'America/St_Johns' })).toMatch(
    /^2025-12-31T20:30:00\.000-03:30,/,
  );
});

it('with a decimal comma semicolons part the fields', () => {
  const comma: CsvLines = { ...utc, decimal: 'comma' };
  expect(toCsvHeader('a/b/c', '%', comma)).toBe('time (UTC);a/b/c [%];quality;why;simulated\r\n');
  expect(toCsvLines([sample({ v: -3.25, why: textReason('one; two') })], comma)).toBe(
    '1970-01-01T00:00:00.000Z;-3,25;good;"one; two";no\r\n',
  );
  expect(toCsvLines([sample({ v: 1e-7 })], comma)).toContain(';1e-7;');
});

it.each(['=HYPERLINK("http://evil.test")', '+1', '-1', '@SUM(A1)', '\t=1', '  =1', '＝1', '\r=1'])(
  '[SE8] no words become a formula: %j',
  (why) => {
    for (const decimal of ['point', 'comma'] as const) {
      const [, , , told = ''] = toCsvLines([sample({ v: null, q: 'bad', why: textReason(why) })], { ...utc, decimal }).split(
        decimal === 'comma' ? ';' : ',',
      );
      expect(told.replace(/^"/, '').startsWith("'")).toBe(true);
    }
    expect(toCsvLines([sample({ v: -3.5 })], utc)).toContain(',-3.5,');
  },
);
