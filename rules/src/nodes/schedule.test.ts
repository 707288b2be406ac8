import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTimeZone, isFault } from '@phloem/protocol';
import { parseMoment, type Moment } from './moment.ts';
import { createSchedule } from './schedule.ts';
import { createSiteClock } from './site-clock.ts';

const HOUR = 3_600_000;
const moment = (written: string): Moment => {
  const parsed = parseMoment(written);
  if (parsed === undefined) throw new Error(written);
  return parsed;
};
const clockIn = (zone: string, on = '06:00', hours = 12) =>
  createSiteClock({
    zone: createTimeZone(zone),
    day: { mode: 'lights', on: moment(on), durationMs: hours * HOUR },
    place: { latitude: 52.37, longitude: 4.9 },
    dst: 'keep-duration',
  });
const amsterdam = clockIn('Europe/Amsterdam');
const window = (from: string, to: string, days?: readonly number[]) => ({
  from: moment(from),
  to: moment(to),
  ...(days === undefined ? {} : { days }),
});
const schedule = (windows: readonly ReturnType<typeof window>[], clock = amsterdam) => createSchedule({ clock, windows });
const ask = (node: ReturnType<typeof schedule>, iso: string | number) =>
  node.step(node.init(), null, { at: typeof iso === 'number' ? iso : Date.parse(iso), up: 0 })[1];

describe('schedule', () => {
  it('is on from its first instant to just before its last', () => {
    const node = schedule([window('08:00', '10:30')]);
    const asked = ['07:59:59.999', '08:00', '10:29:59.999', '10:30'].map((time) => ask(node, `2026-07-01T${time}+02:00`).value);
    expect(asked).toEqual([false, true, true, false]);
  });

  it('crosses midnight, and belongs to the day on which it began', () => {
    const node = schedule([window('22:00', '05:00', [5])]);
    expect(ask(node, '2026-07-03T23:00+02:00').value).toBe(true);
    expect(ask(node, '2026-07-04T04:59+02:00').value).toBe(true);
    expect(ask(node, '2026-07-04T23:00+02:00').value).toBe(false);
    expect(ask(node, '2026-07-05T04:00+02:00').value).toBe(false);
  });

  it('hangs on the lights and on the sun', () => {
    const node = schedule([window('lights-on + 20min', 'lights-off - 20min')]);
    expect(['06:19', '06:20', '17:39', '17:40'].map((time) => ask(node, `2026-07-01T${time}+02:00`).value)).toEqual([
      false,
      true,
      true,
      false,
    ]);
    const night = schedule([window('sunset + 30min', 'sunrise - 30min')]);
    expect(['22:30', '22:40', '04:40', '04:55'].map((time) => ask(night, `2026-06-21T${time}+02:00`).value)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it.each([
    ['2026-03-29', '01:59+01:00', true],
    ['2026-03-29', '03:29+02:00', true],
    ['2026-03-29', '03:30+02:00', false],
    ['2026-10-25', '02:29+02:00', true],
    ['2026-10-25', '02:30+02:00', false],
    ['2026-10-25', '02:15+01:00', false],
  ] as const)('on the day on which the clocks change, %s %s, a window from 01:30 to 02:30 is %s', (date, time, value) => {
    expect(ask(schedule([window('01:30', '02:30')]), `${date}T${time}`).value).toBe(value);
  });

  it('keeps the hours of light where the clocks change in them', () => {
    const node = schedule([window('lights-on', 'lights-off')], clockIn('Europe/Amsterdam', '20:00'));
    expect(ask(node, '2026-03-29T08:59+02:00').value).toBe(true);
    expect(ask(node, '2026-03-29T09:00+02:00').value).toBe(false);
    expect(ask(node, '2026-10-25T06:59+01:00').value).toBe(true);
    expect(ask(node, '2026-10-25T07:00+01:00').value).toBe(false);
  });

  it('is right at UTC+5:45', () => {
    const node = schedule([window('06:00', '18:00')], clockIn('Asia/Kathmandu'));
    expect(
      ['2026-07-01T00:14:59Z', '2026-07-01T00:15Z', '2026-07-01T12:14Z', '2026-07-01T12:15Z'].map((at) => ask(node, at).value),
    ).toEqual([false, true, true, false]);
  });

  it('says when it changes next, over days off too', () => {
    const node = schedule([window('08:00', '10:00', [1])]);
    expect(ask(node, '2026-07-06T09:00+02:00').nextAt).toBe(Date.parse('2026-07-06T10:00+02:00'));
    expect(ask(node, '2026-07-06T10:00+02:00').nextAt).toBe(Date.parse('2026-07-13T08:00+02:00'));
    expect(ask(schedule([window('08:00', '10:00', [])]), '2026-07-06T10:00+02:00')).toEqual({ value: false, nextAt: null });
  });

  it('windows that touch or overlap are one', () => {
    const node = schedule([window('08:00', '10:00'), window('09:00', '12:00'), window('12:00', '13:00')]);
    expect(ask(node, '2026-07-06T08:00+02:00').nextAt).toBe(Date.parse('2026-07-06T13:00+02:00'));
  });

  it('is empty where the sun has overtaken the clock, not on all day', () => {
    const evening = schedule([window('sunset', '22:00')]);
    expect(['2026-12-21T15:30Z', '2026-12-21T20:59Z', '2026-12-21T21:00Z'].map((at) => ask(evening, at).value)).toEqual([
      true,
      true,
      false,
    ]);
    const hours = Array.from({ length: 24 }, (_, hour) => Date.parse('2026-06-21T00:00+02:00') + hour * HOUR);
    expect(hours.some((at) => ask(evening, at).value)).toBe(false);
    expect(hours.some((at) => ask(schedule([window('06:00', 'sunrise')]), at).value)).toBe(false);
    expect(ask(schedule([window('22:00', 'sunrise')]), '2026-06-21T03:00+02:00').value).toBe(true);
    expect(ask(schedule([window('05:00', 'sunset')]), '2026-06-21T21:00+02:00').value).toBe(true);
  });

  it('is empty where the offsets leave nothing', () => {
    const noon = schedule([window('sunrise + 4h', 'sunset - 4h')]);
    const hours = Array.from({ length: 24 }, (_, hour) => hour * HOUR);
    expect(hours.some((hour) => ask(noon, Date.parse('2026-12-21T00:00+01:00') + hour).value)).toBe(false);
    expect(ask(noon, '2026-06-21T13:00+02:00').value).toBe(true);
  });

  it('goes around one moment, or leaves it out', () => {
    const around = schedule([window('lights-on - 1h', 'lights-on + 1h')]);
    expect(['04:59', '05:00', '06:59', '07:00'].map((time) => ask(around, `2026-07-01T${time}+02:00`).value)).toEqual([
      false,
      true,
      true,
      false,
    ]);
    const without = schedule([window('lights-on + 1h', 'lights-on - 1h')]);
    expect(['04:59', '05:00', '06:59', '07:00'].map((time) => ask(without, `2026-07-01T${time}+02:00`).value)).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  it('lights that burn for twenty hours burn for twenty', () => {
    const node = schedule([window('lights-on', 'lights-off')], clockIn('Europe/Amsterdam', '06:00', 20));
    expect(['01:59', '02:00', '05:59', '06:00'].map((time) => ask(node, `2026-07-01T${time}+02:00`).value)).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  it('always on has no next change', () => {
    expect(ask(schedule([window('00:00', '12:00'), window('12:00', '00:00')]), '2026-07-01T13:00+02:00')).toEqual({
      value: true,
      nextAt: null,
    });
  });

  it('where the sun does not rise, the day is empty and the night has no end; where it does not set, the other way round', () => {
    const clock = createSiteClock({
      zone: createTimeZone('Europe/Oslo'),
      day: { mode: 'sun', latitude: 69.65, longitude: 18.956 },
      dst: 'keep-duration',
    });
    const hours = Array.from({ length: 48 }, (_, hour) => hour * HOUR);
    const day = schedule([window('sunrise', 'sunset')], clock);
    const night = schedule([window('sunset', 'sunrise')], clock);
    for (const [start, isDay] of [
      [Date.parse('2026-12-20T00:00+01:00'), false],
      [Date.parse('2026-06-20T00:00+02:00'), true],
    ] as const) {
      expect(hours.every((hour) => ask(day, start + hour).value === isDay && ask(night, start + hour).value !== isDay)).toBe(true);
    }
  });

  it('refuses an empty window, and the sun without a place', () => {
    expect(() => schedule([window('08:00', '08:00')])).toThrow(RangeError);
    const clock = createSiteClock({
      zone: createTimeZone('UTC'),
      day: { mode: 'lights', on: moment('06:00'), durationMs: HOUR },
      dst: 'keep-clock',
    });
    expect(() => schedule([window('sunrise', '08:00')], clock)).toThrow(expect.toSatisfy((error) => isFault(error, 'rules/invalid')));
  });

  it('is never unknown, and what it says about its next change comes true', () => {
    const instant = fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2027-12-31') });
    const written = fc.constantFrom(
      '00:00',
      '02:30',
      '12:00',
      '23:59',
      'sunrise',
      'sunset - 30min',
      'lights-on',
      'lights-off + 8h',
      'lights-on - 24h',
    );
    fc.assert(
      fc.property(instant, written, written, fc.subarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1 }), (at, from, to, days) => {
        fc.pre(from !== to);
        const node = schedule([window(from, to, days)]);
        const { value, nextAt } = ask(node, at);
        expect(typeof value).toBe('boolean');
        const changes = nextAt === null ? [] : [nextAt];
        expect(changes.every((change) => change > at && ask(node, change - 1).value === value && ask(node, change).value !== value)).toBe(
          true,
        );
        expect(ask(schedule([window(from, to, days)]), at)).toEqual({ value, nextAt });
      }),
      { seed: 20261123, numRuns: 500 },
    );
  });
});
