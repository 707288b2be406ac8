import { Fault } from '@phloem/protocol';
import type { TimeTexts } from '../tell-why.ts';

const dayMs = 86_400_000;

/**
 * What `--at` says as a wall time: an instant in ISO 8601, or a time of day in the site's zone, the last one that was.
 *
 * @throws Fault `cli/usage` when it is neither.
 */
export const toInstant = (text: string, { timeZone, now }: { readonly timeZone: string; readonly now: number }): number => {
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (clock === null) {
    const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
    if (Number.isFinite(at)) return at;
    throw new Fault('cli/usage', `--at is "${text}", and must be a time such as 14:03:20, or 2026-11-23T14:03:20Z`);
  }
  const [, hour, minute, second = '59'] = clock;
  // A time without seconds means the whole of its minute.
  const wanted = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  const back = (toSecondOfDay(now, timeZone) - wanted + 86_400) % 86_400;
  const guess = Math.floor(now / 1000) * 1000 - back * 1000;
  // Where clocks changed in between, the guess is off by as much.
  const off = toSecondOfDay(guess, timeZone) - wanted;
  return guess - (Math.abs(off) > 43_200 ? off - Math.sign(off) * 86_400 : off) * 1000 + 999;
};

const toSecondOfDay = (at: number, timeZone: string): number => {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit' }).formatToParts(at);
  const read = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return (read('hour') % 24) * 3600 + read('minute') * 60 + read('second');
};

/** Times as the people of a site read them. */
export const createTimeTexts = (timeZone: string, now: number): TimeTexts => {
  const time = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  const zone = new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'short' });
  return {
    day: (at) => day.format(at),
    clock: (at) => time.format(at),
    zone: (at) => zone.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? timeZone,
    time: (at) => (Math.abs(now - at) < dayMs / 2 || day.format(at) === day.format(now) ? '' : `${day.format(at)} `) + time.format(at),
  };
};
