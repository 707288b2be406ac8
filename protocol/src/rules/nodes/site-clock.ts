import { Fault } from '../../fault.ts';
import type { Anchor, Moment } from './moment.ts';
import { toSunTimes, type Place } from './sun.ts';
import { DAY_MS, toInstant, toLocalDay, type TimeZone } from './time-zone.ts';

/** Where a site is, and when its day is. */
export type SiteClockParams = {
  readonly zone: TimeZone;
  /** When it is day for the plants: lamps that burn for so long, or the sun itself. */
  readonly day: { readonly mode: 'lights'; readonly on: Moment; readonly durationMs: number } | ({ readonly mode: 'sun' } & Place);
  /** For sunrise and sunset beside lamps. */
  readonly place?: Place;
  /** Where the clocks change while the lamps burn: keep their hours, or the time at which they go off. */
  readonly dst: 'keep-duration' | 'keep-clock';
};

/** Turns moments into instants (ms since 1970), day by day; days are counted from 1970-01-01. */
export type SiteClock = {
  /** What day it is for the plants: lamps, or the sun. */
  readonly light: 'lights' | 'sun';
  readonly dayOf: (at: number) => number;
  /** @throws Fault `rules/invalid` when the moment needs the sun and nobody said where the site is, or lights and lights hang on each other. */
  readonly instantOf: (moment: Moment, day: number) => number;
  /** The last time that the moment came, at or before an instant. */
  readonly lastOf: (moment: Moment, at: number) => number;
};

/**
 * The days of a site. On a day on which the sun does not set, it rises as the day begins and sets a millisecond before
 * the next; on one on which it does not rise, it is up for a millisecond at noon: so that sunrise and sunset come every
 * day, one after the other, and nothing that hangs on them is ever unknown.
 */
export const createSiteClock = ({ zone, day: light, place, dst }: SiteClockParams): SiteClock => {
  const where = light.mode === 'sun' ? light : place;
  const sun = (anchor: 'sunrise' | 'sunset', day: number): number => {
    if (where === undefined) throw new Fault('rules/invalid', `${anchor} needs the latitude and longitude of the site`);
    const times = toSunTimes(where, toInstant(zone, day, DAY_MS / 2));
    if (times.sun === 'rises') return anchor === 'sunrise' ? times.rise : times.set;
    if (times.sun === 'stays-down') return anchor === 'sunrise' ? times.noon : times.noon + 1;
    return anchor === 'sunrise' ? toInstant(zone, day, 0) : toInstant(zone, day + 1, 0) - 1;
  };
  const lights = (anchor: 'lights-on' | 'lights-off', day: number): number => {
    if (light.mode === 'sun') return sun(anchor === 'lights-on' ? 'sunrise' : 'sunset', day);
    if (isOfLights(light.on)) throw new Fault('rules/invalid', 'lights-on cannot be said by the lights themselves');
    const on = instantOf(light.on, day);
    if (anchor === 'lights-on') return on;
    return dst === 'keep-duration' ? on + light.durationMs : toInstant(zone, 0, on + zone.offsetMsAt(on) + light.durationMs);
  };
  const anchored = remember((anchor: Exclude<Anchor, 'clock'>, day) =>
    anchor === 'sunrise' || anchor === 'sunset' ? sun(anchor, day) : lights(anchor, day),
  );
  const instantOf = ({ anchor, timeOfDayMs, offsetMs }: Moment, day: number): number =>
    (anchor === 'clock' ? toInstant(zone, day, timeOfDayMs) : anchored(anchor, day)) + offsetMs;
  const dayOf = (at: number): number => toLocalDay(zone, at);
  const lastOf = (moment: Moment, at: number): number => {
    const today = dayOf(at);
    return Math.max(...[-4, -3, -2, -1, 0, 1, 2].map((days) => instantOf(moment, today + days)).filter((instant) => instant <= at));
  };
  return { light: light.mode, dayOf, instantOf, lastOf };
};

const isOfLights = ({ anchor }: Moment): boolean => anchor === 'lights-on' || anchor === 'lights-off';

/** The same few days are asked for every second. */
const remember = <Key extends string>(read: (key: Key, day: number) => number): ((key: Key, day: number) => number) => {
  const known = new Map<string, number>();
  return (key, day) => {
    const name = `${key} ${day}`;
    const found = known.get(name);
    if (found !== undefined) return found;
    if (known.size > 200) known.clear();
    const instant = read(key, day);
    known.set(name, instant);
    return instant;
  };
};
