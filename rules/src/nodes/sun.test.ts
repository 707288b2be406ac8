import { describe, expect, it } from 'vitest';
import { toSunTimes, type Place } from './sun.ts';

const places = {
  Amsterdam: { latitude: 52.37, longitude: 4.9 },
  London: { latitude: 51.507, longitude: -0.128 },
  'New York': { latitude: 40.713, longitude: -74.006 },
  Sydney: { latitude: -33.869, longitude: 151.209 },
  Kathmandu: { latitude: 27.717, longitude: 85.324 },
  Tromsø: { latitude: 69.65, longitude: 18.956 },
  Quito: { latitude: -0.18, longitude: -78.47 },
} as const satisfies Record<string, Place>;

const seconds = (at: number | undefined, text: string): number => Math.abs((at ?? Infinity) - Date.parse(text)) / 1000;
const timesOf = (place: Place, noon: string) => {
  const times = toSunTimes(place, Date.parse(noon));
  return times.sun === 'rises' ? times : { ...times, rise: Number.NaN, set: Number.NaN };
};

describe('sun', () => {
  /** Its sunset is the one within the same day of Greenwich, which in Colorado is the evening before. */
  it('the worked example of NREL/TP-560-34302 (Golden, Colorado, 2003-10-17), within 5 seconds', () => {
    const golden = { latitude: 39.742476, longitude: -105.1786 };
    const times = timesOf(golden, '2003-10-17T12:00:00-07:00');
    expect(seconds(times.rise, '2003-10-17T06:12:43-07:00')).toBeLessThan(5);
    expect(seconds(times.noon, '2003-10-17T11:46:05-07:00')).toBeLessThan(5);
    expect(seconds(timesOf(golden, '2003-10-16T12:00:00-07:00').set, '2003-10-16T17:20:19-07:00')).toBeLessThan(5);
  });

  /** Almanac times, printed to the minute, for the solstices of 2026. */
  it.each([
    ['Amsterdam', '2026-06-21', '+02:00', '05:18', '22:06'],
    ['Amsterdam', '2026-12-21', '+01:00', '08:48', '16:29'],
    ['London', '2026-06-21', '+01:00', '04:43', '21:21'],
    ['London', '2026-12-21', '+00:00', '08:04', '15:53'],
    ['New York', '2026-06-21', '-04:00', '05:25', '20:31'],
    ['New York', '2026-12-21', '-05:00', '07:17', '16:32'],
    ['Sydney', '2026-12-21', '+11:00', '05:41', '20:05'],
    ['Kathmandu', '2026-06-21', '+05:45', '05:09', '19:02'],
  ] as const)('%s on %s (%s): up at %s, down at %s, within two minutes', (name, date, offset, rise, set) => {
    const times = timesOf(places[name], `${date}T12:00${offset}`);
    expect(seconds(times.rise, `${date}T${rise}${offset}`)).toBeLessThan(120);
    expect(seconds(times.set, `${date}T${set}${offset}`)).toBeLessThan(120);
  });

  it('at an equinox on the equator the day lasts twelve hours and seven minutes', () => {
    const { rise, set } = timesOf(places.Quito, '2026-03-20T12:00-05:00');
    expect(Math.abs((set - rise) / 60_000 - 727)).toBeLessThan(1);
  });

  it('above the polar circle it may stay up or down, and noon remains', () => {
    const summer = toSunTimes(places.Tromsø, Date.parse('2026-06-21T12:00+02:00'));
    const winter = toSunTimes(places.Tromsø, Date.parse('2026-12-21T12:00+01:00'));
    expect([summer.sun, winter.sun]).toEqual(['stays-up', 'stays-down']);
    expect(seconds(winter.noon, '2026-12-21T11:42+01:00')).toBeLessThan(120);
    expect(toSunTimes({ latitude: -80, longitude: 0 }, Date.parse('2026-12-21T12:00Z')).sun).toBe('stays-up');
  });

  it('names the day by its noon, also where clocks are more than twelve hours from the sun of Greenwich', () => {
    for (const place of [
      { latitude: 1.87, longitude: -157.4 },
      { latitude: -21.1, longitude: -175.2 },
    ]) {
      const localNoon = Date.parse('2026-05-01T12:00+14:00');
      const { noon } = toSunTimes(place, localNoon);
      expect(Math.abs(noon - localNoon)).toBeLessThan(2 * 3_600_000);
    }
  });
});
