import { parseDuration } from '../units/units.ts';
import { DAY_MS } from '@phloem/protocol';

/** What a moment of a day hangs on: a time of the clock, the sun, or the lights. */
export type Anchor = 'clock' | 'sunrise' | 'sunset' | 'lights-on' | 'lights-off';

/**
 * A moment that comes every day. `timeOfDayMs` is 0 unless it hangs on the clock. `offsetMs` is so much later: by the clock
 * for a time of the clock, else in real time.
 */
export type Moment = { readonly anchor: Anchor; readonly timeOfDayMs: number; readonly offsetMs: number };

const sunAndLights = 'sunrise|sunset|lights-on|lights-off';

/** The pattern of a moment, for schemas. */
export const momentPattern = `^(?:([01]\\d|2[0-3]):([0-5]\\d)|(${sunAndLights}))(?: *([+-]) *(\\d[^+-]*))?$`;

/** The pattern of a moment at which something ends, for schemas: the end of the day may be written `24:00`. */
export const endPattern = `${momentPattern}|^24:00$`;

/** Reads `06:00`, `sunrise + 30min`, `lights-off - 1h30min`; undefined when the text is none, or farther off than a day. */
export const parseMoment = (written: string): Moment | undefined => {
  const match = new RegExp(momentPattern).exec(written);
  if (match === null) return undefined;
  const [, hours = '0', minutes = '0', anchor = 'clock', sign, distance] = match;
  const offset: number | undefined = distance === undefined ? 0 : parseDuration(distance.trim());
  if (offset === undefined || offset > DAY_MS) return undefined;
  const timeOfDayMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return { anchor: anchor as Anchor, timeOfDayMs, offsetMs: sign === '-' ? 0 - offset : offset };
};

/** Reads a moment at which something ends: `24:00` is the end of the day. */
export const parseEnd = (written: string): Moment | undefined =>
  written === '24:00' ? { anchor: 'clock', timeOfDayMs: DAY_MS, offsetMs: 0 } : parseMoment(written);
