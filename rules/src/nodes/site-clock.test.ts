import { describe, expect, it } from 'vitest';
import { createTimeZone, DAY_MS, isFault } from '@phloem/protocol';
import { parseMoment, type Moment } from './moment.ts';
import { createSiteClock, type SiteClockParams } from './site-clock.ts';

const HOUR = 3_600_000;
const amsterdam = createTimeZone('Europe/Amsterdam');
const moment = (written: string): Moment => {
  const parsed = parseMoment(written);
  if (parsed === undefined) throw new Error(written);
  return parsed;
};
const lights = (on: string, hours: number, more: Partial<SiteClockParams> = {}) =>
  createSiteClock({ zone: amsterdam, day: { mode: 'lights', on: moment(on), durationMs: hours * HOUR }, dst: 'keep-duration', ...more });
const day = (date: string): number => Date.parse(`${date}T00:00Z`) / DAY_MS;
const iso = (at: number): string => new Date(at).toISOString().slice(0, 16);

describe('site clock', () => {
  it('says when the lights go on and off, and what hangs on them', () => {
    const clock = lights('06:00', 12);
    expect(iso(clock.instantOf(moment('lights-on + 20min'), day('2026-03-02')))).toBe('2026-03-02T05:20');
    expect(iso(clock.instantOf(moment('lights-off - 60min'), day('2026-03-02')))).toBe('2026-03-02T16:00');
  });

  it.each([
    ['2026-03-28', 'keep-duration', 12],
    ['2026-03-28', 'keep-clock', 11],
    ['2026-10-24', 'keep-duration', 12],
    ['2026-10-24', 'keep-clock', 13],
    ['2026-06-01', 'keep-clock', 12],
  ] as const)('lights from 20:00 on %s with %s burn %i hours', (date, dst, hours) => {
    const clock = lights('20:00', 12, { dst });
    const burnt = clock.instantOf(moment('lights-off'), day(date)) - clock.instantOf(moment('lights-on'), day(date));
    expect(burnt / HOUR).toBe(hours);
  });

  it('by the sun, lights-on is sunrise and lights-off sunset', () => {
    const clock = createSiteClock({ zone: amsterdam, day: { mode: 'sun', latitude: 52.37, longitude: 4.9 }, dst: 'keep-duration' });
    for (const [light, sun] of [
      ['lights-on', 'sunrise'],
      ['lights-off', 'sunset'],
    ] as const) {
      expect(clock.instantOf(moment(light), day('2026-06-21'))).toBe(clock.instantOf(moment(sun), day('2026-06-21')));
    }
    expect(iso(clock.instantOf(moment('sunrise'), day('2026-06-21')))).toBe('2026-06-21T03:18');
  });

  it('lights may follow the sun', () => {
    const place = { latitude: 52.37, longitude: 4.9 };
    expect(iso(lights('sunrise - 1h', 16, { place }).instantOf(moment('lights-off'), day('2026-06-21')))).toBe('2026-06-21T18:18');
  });

  it('where the sun does not set or rise, it still says when', () => {
    const zone = createTimeZone('Europe/Oslo');
    const clock = createSiteClock({ zone, day: { mode: 'sun', latitude: 69.65, longitude: 18.956 }, dst: 'keep-duration' });
    expect(iso(clock.instantOf(moment('sunrise'), day('2026-06-21')))).toBe('2026-06-20T22:00');
    expect(iso(clock.instantOf(moment('sunset'), day('2026-06-21')))).toBe('2026-06-21T21:59');
    expect(clock.instantOf(moment('sunset'), day('2026-12-21')) - clock.instantOf(moment('sunrise'), day('2026-12-21'))).toBe(1);
  });

  it('knows when a moment came last', () => {
    const clock = lights('06:00', 12);
    const on = moment('lights-on');
    expect(iso(clock.lastOf(on, Date.parse('2026-03-02T05:00Z')))).toBe('2026-03-02T05:00');
    expect(iso(clock.lastOf(on, Date.parse('2026-03-02T04:59:59Z')))).toBe('2026-03-01T05:00');
    expect(iso(clock.lastOf(moment('lights-on + 24h'), Date.parse('2026-03-02T04:00Z')))).toBe('2026-03-01T05:00');
    expect(iso(clock.lastOf(moment('00:10 - 24h'), Date.parse('2026-03-02T01:00Z')))).toBe('2026-03-01T23:10');
  });

  it('refuses the sun without a place, and lights that hang on themselves', () => {
    const refused = expect.toSatisfy((error) => isFault(error, 'rules/invalid'));
    expect(() => lights('06:00', 12).instantOf(moment('sunrise'), 0)).toThrow(refused);
    expect(() => lights('lights-off', 12).instantOf(moment('lights-on'), 0)).toThrow(refused);
  });
});
