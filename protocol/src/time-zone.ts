import { Fault } from './fault.ts';

/**
 * Wall-clock arithmetic: the only module that turns instants into local times and back. Instants are ms since 1970.
 * A local time is written as a number too: the ms from 1970-01-01 00:00 to what the clocks of the zone show. A day is
 * counted from 1970-01-01, in the zone's own calendar.
 */
export type TimeZone = {
  readonly id: string;
  /** How far the clocks are ahead of UTC. */
  readonly offsetMsAt: (at: number) => number;
};

/** The part of `Temporal` that is used. */
export type TemporalLike = {
  readonly Instant: {
    fromEpochMilliseconds(ms: number): { toZonedDateTimeISO(timeZone: string): { readonly offsetNanoseconds: number } };
  };
};

/**
 * A zone of the IANA database, such as `Europe/Amsterdam`, by `Temporal`; by `Intl` in browsers without it, or where
 * `temporal` is null.
 *
 * @throws Fault `rules/invalid` when there is no such zone.
 */
export const createTimeZone = (id: string, temporal: TemporalLike | null = builtIn()): TimeZone => {
  try {
    const read = temporal === null ? readByIntl(id) : readByTemporal(id, temporal);
    read(0);
    return { id, offsetMsAt: remember(read) };
  } catch (cause) {
    throw new Fault('rules/invalid', `no time zone is named ${JSON.stringify(id)}`, { cause });
  }
};

/** Claims that there is such a zone. */
export const isTimeZone = (id: string): boolean => {
  try {
    return createTimeZone(id).id === id;
  } catch {
    return false; // The only way to ask is to try.
  }
};

/** The names of all zones that this runtime knows. */
export const timeZoneNames = (): readonly string[] => Intl.supportedValuesOf('timeZone');

/** A day of 24 hours in ms. */
export const DAY_MS = 86_400_000;

/** What the clocks of the zone show at an instant. */
export const toLocal = (zone: TimeZone, at: number): number => at + zone.offsetMsAt(at);

/** The local calendar day of an instant, counted in days since 1970-01-01. */
export const toLocalDay = (zone: TimeZone, at: number): number => Math.floor(toLocal(zone, at) / DAY_MS);

/** 0 for Sunday to 6 for Saturday, of a day counted as above. */
export const toWeekday = (day: number): number => (((day + 4) % 7) + 7) % 7;

/** A day as ISO 8601 writes it: `2026-11-23`. Of the years 0 to 9999. */
export const formatDay = (day: number): string => {
  const { year, month, date } = toDate(day);
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}`;
};

/** Reads `2026-11-23`; undefined when there is no such day. */
export const parseDay = (written: string): number | undefined => {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(written) ?? [];
  if (year === undefined) return undefined;
  const day = fromDate(Number(year), Number(month), Number(date));
  return formatDay(day) === written ? day : undefined;
};

/** The date of a day in the Gregorian calendar. Source: H. Hinnant, chrono-compatible low-level date algorithms. */
const toDate = (day: number): { readonly year: number; readonly month: number; readonly date: number } => {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, date: dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1 };
};

const fromDate = (year: number, month: number, date: number): number => {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + date - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
};

/**
 * When the clocks show a local time: `once`; `twice`, where they are put back; or never, where they are put forward:
 * then `at` is the instant of the change, at which the skipped time would have been over.
 */
export type Showing =
  | { readonly kind: 'once' | 'skipped'; readonly at: number }
  | { readonly kind: 'twice'; readonly at: number; readonly again: number };

/** When the clocks of the zone show a local time. */
export const whenShown = (zone: TimeZone, local: number): Showing => {
  // A day before and a day after lie on either side of any change that matters: no zone is a day from UTC.
  const early = local - zone.offsetMsAt(local - DAY_MS);
  const late = local - zone.offsetMsAt(local + DAY_MS);
  const [first, second] = early <= late ? [early, late] : [late, early];
  const [isFirst, isSecond] = [toLocal(zone, first) === local, toLocal(zone, second) === local];
  if (isFirst && isSecond && first !== second) return { kind: 'twice', at: first, again: second };
  if (isFirst) return { kind: 'once', at: first };
  return isSecond ? { kind: 'once', at: second } : { kind: 'skipped', at: findChange(zone, first, second) };
};

/**
 * The instant at which the clocks show a local time. Of a time that comes twice the first is meant; a skipped one counts
 * as the instant of the change. So of two local times the earlier one never comes later than the other.
 */
export const toInstantOf = (zone: TimeZone, local: number): number => whenShown(zone, local).at;

/** The same, of a time of a day. */
export const toInstant = (zone: TimeZone, day: number, timeOfDayMs: number): number => toInstantOf(zone, day * DAY_MS + timeOfDayMs);

/** When a day of the zone begins and ends: 23 h or 25 h apart where the clocks change, and nothing where the day is skipped. */
export const toDayBounds = (zone: TimeZone, day: number): { readonly from: number; readonly to: number } => ({
  from: toInstant(zone, day, 0),
  to: toInstant(zone, day + 1, 0),
});

/** Claims that the zone has this day: Samoa went from 29 to 31 December 2011. */
export const hasDay = (zone: TimeZone, day: number): boolean => {
  const { from, to } = toDayBounds(zone, day);
  return to > from;
};

/** The last instant, at or before `at`, at which the clocks showed this time of a day; on a day that skips it they did not. */
export const toLastShown = (zone: TimeZone, timeOfDayMs: number, at: number): number => {
  for (let day = toLocalDay(zone, at) + 1; ; day -= 1) {
    const shown = whenShown(zone, day * DAY_MS + timeOfDayMs);
    if (shown.kind === 'twice' && shown.again <= at) return shown.again;
    if (shown.kind !== 'skipped' && shown.at <= at) return shown.at;
  }
};

/** The parts of a stretch of time, `to` included, within which the zone keeps its offset. */
export const toOffsetSpans = (
  zone: TimeZone,
  { from, to }: { readonly from: number; readonly to: number },
): readonly { readonly from: number; readonly to: number; readonly offsetMs: number }[] => {
  const spans: { from: number; to: number; offsetMs: number }[] = [];
  let begin = from;
  for (let at = from; at <= to;) {
    const next = (Math.floor(at / QUARTER_MS) + 1) * QUARTER_MS;
    const isChange = next <= to && zone.offsetMsAt(next) !== zone.offsetMsAt(at);
    const end = isChange ? findChange(zone, at, next) : next;
    if (isChange || next > to) {
      spans.push({ from: begin, to: isChange ? end - 1 : to, offsetMs: zone.offsetMsAt(begin) });
      begin = end;
    }
    at = next;
  }
  return spans;
};

/** The first instant after `before`, up to `after`, at which the offset is another. */
const findChange = (zone: TimeZone, before: number, after: number): number => {
  const offset = zone.offsetMsAt(before);
  let [low, high] = [before, after];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (zone.offsetMsAt(middle) === offset) low = middle;
    else high = middle;
  }
  return high;
};

const builtIn = (): TemporalLike | null => (globalThis as { Temporal?: TemporalLike }).Temporal ?? null;

type ReadOffset = (at: number) => number;

const readByTemporal =
  (id: string, temporal: TemporalLike): ReadOffset =>
  (at) =>
    temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(id).offsetNanoseconds / 1e6;

/** `GMT+05:45`; `GMT` alone is no offset. */
const readByIntl = (id: string): ReadOffset => {
  const format = new Intl.DateTimeFormat('en', { timeZone: id, timeZoneName: 'longOffset' });
  return (at) => {
    const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign = '+', hours = '0', minutes = '0', seconds = '0'] = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name.replace('−', '-')) ?? [];
    const length = (Number(hours) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000;
    return sign === '-' ? 0 - length : length;
  };
};

const QUARTER_MS = 900_000;

/**
 * Rules ask for the same instants every second: the offsets of the last quarters of an hour are kept. Within a quarter
 * that ends on another offset than it began with (Newfoundland changed at a minute past midnight) each instant is read.
 */
const remember = (read: ReadOffset): ReadOffset => {
  const known = new Map<number, number>();
  const readQuarter = (quarter: number): number => {
    const offset = read(quarter * QUARTER_MS);
    return read((quarter + 1) * QUARTER_MS - 1) === offset ? offset : Number.NaN;
  };
  return (at) => {
    const quarter = Math.floor(at / QUARTER_MS);
    let offset = known.get(quarter);
    if (offset === undefined) {
      offset = readQuarter(quarter);
      if (known.size > 1000) known.clear();
      known.set(quarter, offset);
    }
    return Number.isNaN(offset) ? read(Math.floor(at)) : offset;
  };
};
