import { DAY_MS, Fault, hasDay, type TimeZone, toDayBounds, toInstant, toLocal, toLocalDay, whenShown } from '@phloem/protocol';
import type { Anchor, Moment } from './moment.ts';
import { toSunTimes, type Place } from './sun.ts';

/** Where a site is, and when its day is. */
export type SiteClockParams = {
  readonly zone: TimeZone;
  /** When it is day for the crop: lights that burn for so long, or the sun itself. */
  readonly day: { readonly mode: 'lights'; readonly on: Moment; readonly durationMs: number } | ({ readonly mode: 'sun' } & Place);
  /** For sunrise and sunset beside lights. */
  readonly place?: Place;
  /** Where the clocks change while the lights burn: keep their hours, or the time of the clock at which they go off. */
  readonly dst: 'keep-duration' | 'keep-clock';
};

/** A moment as it comes on one day. */
export type Occurrence = {
  readonly at: number;
  /** What the clocks show then, or would show if they had not skipped it. */
  readonly local: number;
  /** The clocks are put forward over it: `at` is the instant of the change. */
  readonly isSkipped: boolean;
};

/** Turns moments into instants (ms since 1970), day by day; days are counted from 1970-01-01. */
export type SiteClock = {
  readonly zone: TimeZone;
  /** What day it is for the crop: lights, or the sun. */
  readonly light: 'lights' | 'sun';
  readonly dayOf: (at: number) => number;
  /** @throws Fault `rules/invalid` when the moment needs the sun and nobody said where the site is, or lights and lights hang on each other. */
  readonly occurrenceOf: (moment: Moment, day: number) => Occurrence;
  /** When it comes; throws like `occurrenceOf`. */
  readonly instantOf: (moment: Moment, day: number) => number;
  /** The last time that the moment came, at or before an instant. A day that the zone skips has no moments. */
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
    const { from, to } = toDayBounds(zone, day);
    return anchor === 'sunrise' ? from : to - 1;
  };
  const lights = (anchor: 'lights-on' | 'lights-off', day: number): Occurrence => {
    if (light.mode === 'sun') return byInstant(zone, sun(anchor === 'lights-on' ? 'sunrise' : 'sunset', day));
    if (isOfLights(light.on)) throw new Fault('rules/invalid', 'lights-on needs a clock whose lights go on at a time of day or by the sun');
    const on = occurrenceOf(light.on, day);
    if (anchor === 'lights-on') return on;
    return dst === 'keep-duration' ? byInstant(zone, on.at + light.durationMs) : byClock(zone, on.local + light.durationMs);
  };
  const anchored = remember((anchor: Exclude<Anchor, 'clock'>, day) =>
    anchor === 'sunrise' || anchor === 'sunset' ? byInstant(zone, sun(anchor, day)) : lights(anchor, day),
  );
  const occurrenceOf = ({ anchor, timeOfDayMs, offsetMs }: Moment, day: number): Occurrence => {
    if (anchor === 'clock') return byClock(zone, day * DAY_MS + timeOfDayMs + offsetMs);
    const { at, local, isSkipped } = anchored(anchor, day);
    return { at: at + offsetMs, local: local + offsetMs, isSkipped };
  };
  const instantOf = (moment: Moment, day: number): number => occurrenceOf(moment, day).at;
  const dayOf = (at: number): number => toLocalDay(zone, at);
  const lastKnown = new WeakMap<Moment, { readonly from: number; readonly to: number }>();
  const lastOf = (moment: Moment, at: number): number => {
    const known = lastKnown.get(moment);
    if (known !== undefined && known.from <= at && at < known.to) return known.from;
    const days = Array.from({ length: 8 }, (_, index) => dayOf(at) - 4 + index).filter((day) => hasDay(zone, day));
    const instants = days.map((day) => instantOf(moment, day));
    const from = Math.max(...instants.filter((instant) => instant <= at));
    lastKnown.set(moment, { from, to: Math.min(...instants.filter((instant) => instant > at)) });
    return from;
  };
  return { zone, light: light.mode, dayOf, occurrenceOf, instantOf, lastOf };
};

const byClock = (zone: TimeZone, local: number): Occurrence => {
  const { kind, at } = whenShown(zone, local);
  return { at, local, isSkipped: kind === 'skipped' };
};

const byInstant = (zone: TimeZone, at: number): Occurrence => ({ at, local: toLocal(zone, at), isSkipped: false });

const isOfLights = ({ anchor }: Moment): boolean => anchor === 'lights-on' || anchor === 'lights-off';

/** The same few days are asked for every second. */
const remember = <Key extends string>(read: (key: Key, day: number) => Occurrence): ((key: Key, day: number) => Occurrence) => {
  const known = new Map<string, Occurrence>();
  return (key, day) => {
    const name = `${key} ${day}`;
    const found = known.get(name);
    if (found !== undefined) return found;
    if (known.size > 200) known.clear();
    const occurrence = read(key, day);
    known.set(name, occurrence);
    return occurrence;
  };
};
