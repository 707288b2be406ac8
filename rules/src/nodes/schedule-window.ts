import type { Moment } from './moment.ts';

/**
 * From one moment to the other, on the days to which the first belongs: days of the week (0 for Sunday to 6 for Saturday),
 * or one day in so many, from a day on.
 *
 * Without their offsets, the second is the next to come after the first; with them, a window that would end before it
 * begins is empty. Of two that hang on different things, such as the clock and the sun, the second may have been
 * overtaken: where it came less than 6 hours before the first, the window is empty that day ("sunset to 22:00", in June).
 */
export type ScheduleWindow = {
  readonly from: Moment;
  readonly to: Moment;
  readonly days?: readonly number[];
  /** `since` is a day, counted from 1970-01-01. */
  readonly every?: { readonly days: number; readonly since: number };
};
