import { createTimeZone, formatDay, toLocalDay } from './time-zone.ts';

/** Makes the function that says a wall time as the people of a site read it: `14:03:20`. */
export const createTimeText = (timeZone: string): ((at: number) => string) => {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', hour: '2-digit', minute: '2-digit', second: '2-digit' });
  return (at) => format.format(at);
};

/** Makes the function that names the day of a site that a wall time falls in: `2026-11-23`. */
export const createDayText = (timeZone: string): ((at: number) => string) => {
  const zone = createTimeZone(timeZone);
  return (at) => formatDay(toLocalDay(zone, at));
};

/** Makes the function that says a wall time to the minute, with the zone by its short name: `2026-11-23 14:03 CET`. */
export const createMomentText = (timeZone: string): ((at: number) => string) => {
  const day = createDayText(timeZone);
  const options = { timeZone, hourCycle: 'h23', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' } as const;
  const minute = new Intl.DateTimeFormat('en-GB', options);
  return (at) => `${day(at)} ${minute.format(at)}`;
};

/** Makes the function that says a wall time of this day with the zone: `14:03:27 CET`, or to the millisecond: `14:03:27.412 CET`. */
export const createClockText = (timeZone: string, to: 'second' | 'millisecond' = 'millisecond'): ((at: number) => string) => {
  const finer = to === 'second' ? {} : ({ fractionalSecondDigits: 3 } as const);
  const parts = { hour: '2-digit', minute: '2-digit', second: '2-digit', ...finer, timeZoneName: 'short' } as const;
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', ...parts });
  return (at) => format.format(at);
};
