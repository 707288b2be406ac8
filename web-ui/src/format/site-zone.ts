import { createTimeZone, type TimeZone } from '@phloem/protocol';

/** The time zone of the site, for arithmetic with local times. An unknown zone is UTC, as in `SiteTime`. */
export const createSiteZone = (timeZone: string): TimeZone => {
  try {
    return createTimeZone(timeZone);
  } catch {
    return createTimeZone('UTC'); // A zone that this browser does not know: its clock is said to be UTC.
  }
};
