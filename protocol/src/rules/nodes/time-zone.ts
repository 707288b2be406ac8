import { Fault } from '../../fault.ts';

/** All that rules need to know of a time zone: how far its clocks are ahead of UTC at an instant. Browsers may bring their own. */
export type TimeZone = { readonly id: string; readonly offsetMsAt: (at: number) => number };

/** The part of `Temporal` that is used. */
export type TemporalLike = {
  readonly Instant: {
    fromEpochMilliseconds(ms: number): { toZonedDateTimeISO(timeZone: string): { readonly offsetNanoseconds: number } };
  };
};

/**
 * A zone of the IANA database, such as `Europe/Amsterdam`, by `Temporal`.
 *
 * @throws Fault `rules/invalid` when there is no such zone, or no `Temporal`.
 */
export const createTimeZone = (id: string, temporal: TemporalLike | undefined = builtIn()): TimeZone => {
  if (temporal === undefined) throw new Fault('rules/invalid', 'this runtime has no Temporal: give one, or a time zone of your own');
  const read = (at: number): number =>
    temporal.Instant.fromEpochMilliseconds(Math.floor(at)).toZonedDateTimeISO(id).offsetNanoseconds / 1e6;
  try {
    read(0);
  } catch (cause) {
    throw new Fault('rules/invalid', `no time zone is called ${JSON.stringify(id)}`, { cause });
  }
  return { id, offsetMsAt: remember(read) };
};

/** A day of 24 hours in ms. */
export const DAY_MS = 86_400_000;

/** The local calendar day of an instant, counted in days since 1970-01-01. */
export const toLocalDay = (zone: TimeZone, at: number): number => Math.floor((at + zone.offsetMsAt(at)) / DAY_MS);

/** 0 for Sunday to 6 for Saturday, of a day counted as above. */
export const toWeekday = (day: number): number => (((day + 4) % 7) + 7) % 7;

/**
 * The instant at which the clocks of the zone show a time of a day. A time that is skipped in spring counts as much later
 * as was skipped (02:30 is 03:30); of one that comes twice in autumn the first is meant: as Temporal's `compatible`.
 */
export const toInstant = (zone: TimeZone, day: number, timeOfDayMs: number): number => {
  const local = day * DAY_MS + timeOfDayMs;
  const before = local - zone.offsetMsAt(local - DAY_MS);
  const after = local - zone.offsetMsAt(local + DAY_MS);
  const isShown = (at: number): boolean => at + zone.offsetMsAt(at) === local;
  return !isShown(before) && isShown(after) ? after : before;
};

const builtIn = (): TemporalLike | undefined => (globalThis as { Temporal?: TemporalLike }).Temporal;

/** Offsets change at quarters of an hour in UTC; the last few are kept, since rules ask for the same instants every second. */
const remember = (read: (at: number) => number): ((at: number) => number) => {
  const QUARTER_MS = 900_000;
  const known = new Map<number, number>();
  return (at) => {
    const quarter = Math.floor(at / QUARTER_MS);
    const found = known.get(quarter);
    if (found !== undefined) return found;
    if (known.size > 1000) known.clear();
    const offset = read(quarter * QUARTER_MS);
    known.set(quarter, offset);
    return offset;
  };
};
