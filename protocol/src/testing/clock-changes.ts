import { DAY_MS, parseDay } from '../time-zone.ts';

/** A change of the clocks of a zone: the instant, and by how much they are put forward (or back, below 0). */
export type ClockChange = { readonly zone: string; readonly at: number; readonly byMs: number };

type Zoned = {
  readonly epochMilliseconds: number;
  readonly offsetNanoseconds: number;
  getTimeZoneTransition(direction: 'next'): Zoned | null;
};
type TemporalOfTests = {
  readonly Instant: { fromEpochMilliseconds(ms: number): { toZonedDateTimeISO(zone: string): Zoned } };
  readonly PlainDateTime: {
    from(text: string): { toZonedDateTime(zone: string, options: { disambiguation: 'earlier' | 'later' | 'reject' }): Zoned };
  };
};

/** Temporal as the runtime brings it, for tests that compare with it. */
export const temporal = (globalThis as unknown as { readonly Temporal: TemporalOfTests }).Temporal;

/** Every change of the clocks of a zone between two instants. */
export const changesOf = (zone: string, from: number, to: number): readonly ClockChange[] => {
  const changes: ClockChange[] = [];
  let now = temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone);
  for (;;) {
    const next = now.getTimeZoneTransition('next');
    if (next === null || next.epochMilliseconds >= to) return changes;
    changes.push({ zone, at: next.epochMilliseconds, byMs: (next.offsetNanoseconds - now.offsetNanoseconds) / 1e6 });
    now = next;
  }
};

/** Every zone that the runtime knows. */
export const allZones: readonly string[] = Intl.supportedValuesOf('timeZone');

/** The changes between two instants in all zones of the world; of zones that change in the same way, those of one. */
export const changesOfTheWorld = (from: number, to: number): readonly ClockChange[] => {
  const bySignature = new Map<string, readonly ClockChange[]>();
  for (const zone of allZones) {
    const changes = changesOf(zone, from, to);
    const { offsetNanoseconds } = temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone);
    bySignature.set(`${offsetNanoseconds} ${changes.map(({ at, byMs }) => `${at}:${byMs}`).join(' ')}`, changes);
  }
  return [...bySignature.values()].flat();
};

/** Changes of zone rules and the odd ones: a day skipped, half an hour, two and three hours, a minute past midnight. */
export const oddChanges: readonly ClockChange[] = [
  ['Pacific/Apia', '2011-12-01', '2012-01-10'],
  ['Pacific/Kwajalein', '1993-08-01', '1993-09-01'],
  ['Pacific/Kiritimati', '1994-12-01', '1995-02-01'],
  ['America/Caracas', '2007-12-01', '2016-06-01'],
  ['Asia/Pyongyang', '2015-08-01', '2018-06-01'],
  ['Australia/Lord_Howe', '2025-01-01', '2027-12-31'],
  ['Antarctica/Troll', '2026-01-01', '2027-01-01'],
  ['Antarctica/Casey', '2018-01-01', '2023-12-31'],
  ['America/St_Johns', '2006-01-01', '2012-01-01'],
  ['Asia/Gaza', '2022-01-01', '2026-01-01'],
  ['Africa/Casablanca', '2024-01-01', '2027-01-01'],
  ['America/Havana', '2026-01-01', '2027-01-01'],
  ['Asia/Beirut', '2026-01-01', '2027-01-01'],
  ['America/Nuuk', '2022-01-01', '2027-01-01'],
  ['Europe/Volgograd', '2010-01-01', '2021-01-01'],
].flatMap(([zone = '', from = '', to = '']) => changesOf(zone, (parseDay(from) ?? 0) * DAY_MS, (parseDay(to) ?? 0) * DAY_MS));
