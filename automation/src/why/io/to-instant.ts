import {
  createTimeZone,
  DAY_MS,
  Fault,
  formatDay,
  parseDay,
  toDayBounds,
  toInstant as toInstantIn,
  toLastShown,
  toLocalDay,
} from '@phloem/protocol';
import type { TimeTexts } from '../explain-device.ts';

/**
 * What `--at` says as a wall time: an instant in ISO 8601; a local date, with a time or without, in the site's zone; or a time of
 * day there, the last one that was. A time without seconds means the whole of its minute. Of a local time that comes twice,
 * one with its date is the first, and one without is the last that was.
 *
 * @throws Fault `cli/usage` when it is none of them.
 */
export const toInstant = (text: string, { timeZone, now }: { readonly timeZone: string; readonly now: number }): number => {
  const [, date, hour, minute, second] = /^(?:(\d{4}-\d{2}-\d{2})(?:[T ](?=\d)|$))?(?:(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/.exec(text) ?? [];
  const day = date === undefined ? undefined : parseDay(date);
  const time = hour === undefined ? undefined : toTimeOfDay(hour, minute, second);
  const zone = createTimeZone(timeZone);
  const wholeMs = second === undefined ? 59_999 : 999;
  if (date === undefined && time !== undefined) return toLastShown(zone, time, now) + wholeMs;
  if (day !== undefined && hour === undefined) return toDayBounds(zone, day).from;
  if (day !== undefined && time !== undefined) return toInstantIn(zone, day, time) + wholeMs;
  const at = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(at)) return at;
  throw new Fault('cli/usage', `--at is "${text}", and must be a time such as 14:03:20, 2026-11-23T14:03 or 2026-11-23T14:03:20Z`);
};

/** In ms after midnight; undefined when no clock shows it. */
const toTimeOfDay = (hour: string, minute = '0', second = '0'): number | undefined => {
  const [hours, minutes, seconds] = [Number(hour), Number(minute), Number(second)];
  return hours > 23 || minutes > 59 || seconds > 59 ? undefined : (hours * 3600 + minutes * 60 + seconds) * 1000;
};

/** Times as the people of a site read them. */
export const createTimeTexts = (timeZone: string, now: number): TimeTexts => {
  const time = new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const local = createTimeZone(timeZone);
  const day = (at: number): string => formatDay(toLocalDay(local, at));
  const zone = new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'short' });
  return {
    day,
    clock: (at) => time.format(at),
    zone: (at) => zone.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? timeZone,
    time: (at) => (Math.abs(now - at) < DAY_MS / 2 || day(at) === day(now) ? '' : `${day(at)} `) + time.format(at),
  };
};
