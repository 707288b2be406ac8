import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFault } from './fault.ts';
import { allZones, changesOfTheWorld, oddChanges, temporal } from './testing/clock-changes.ts';
import {
  createTimeZone,
  DAY_MS,
  formatDay,
  hasDay,
  parseDay,
  toDayBounds,
  toInstant,
  toLastShown,
  toLocal,
  toLocalDay,
  toOffsetSpans,
  toWeekday,
  whenShown,
  type TimeZone,
} from './time-zone.ts';

const amsterdam = createTimeZone('Europe/Amsterdam');
const kathmandu = createTimeZone('Asia/Kathmandu');
const day = (date: string): number => Date.parse(`${date}T00:00Z`) / DAY_MS;
const clock = (hours: number, minutes = 0): number => (hours * 60 + minutes) * 60_000;
const iso = (at: number): string => new Date(at).toISOString().slice(0, 16);
const changes = [...changesOfTheWorld(Date.parse('2025-12-01'), Date.parse('2026-12-01')), ...oddChanges];
const zones = new Map([...allZones, ...changes.map(({ zone }) => zone)].map((id) => [id, createTimeZone(id)]));
const zoneOf = (id: string): TimeZone => zones.get(id) ?? amsterdam;

describe('time zone', () => {
  it('reads clocks in summer, in winter, and at UTC+5:45', () => {
    expect(iso(toInstant(amsterdam, day('2026-07-01'), clock(6)))).toBe('2026-07-01T04:00');
    expect(iso(toInstant(amsterdam, day('2026-12-01'), clock(6)))).toBe('2026-12-01T05:00');
    expect(iso(toInstant(kathmandu, day('2026-12-01'), clock(6)))).toBe('2026-12-01T00:15');
  });

  it('counts a time that is skipped in spring as the instant of the change', () => {
    expect(iso(toInstant(amsterdam, day('2026-03-29'), clock(1, 59)))).toBe('2026-03-29T00:59');
    for (const minute of [0, 30, 59]) expect(iso(toInstant(amsterdam, day('2026-03-29'), clock(2, minute)))).toBe('2026-03-29T01:00');
    expect(iso(toInstant(amsterdam, day('2026-03-29'), clock(3, 30)))).toBe('2026-03-29T01:30');
    expect(whenShown(amsterdam, day('2026-03-29') * DAY_MS + clock(2, 30)).kind).toBe('skipped');
  });

  it('takes the first of a time that comes twice in autumn', () => {
    expect(iso(toInstant(amsterdam, day('2026-10-25'), clock(2, 30)))).toBe('2026-10-25T00:30');
    expect(iso(toInstant(amsterdam, day('2026-10-25'), clock(3)))).toBe('2026-10-25T02:00');
    const shown = whenShown(amsterdam, day('2026-10-25') * DAY_MS + clock(2, 30));
    expect(shown).toEqual({ kind: 'twice', at: Date.parse('2026-10-25T00:30Z'), again: Date.parse('2026-10-25T01:30Z') });
  });

  it('knows the local day and its name', () => {
    expect(toLocalDay(kathmandu, Date.parse('2026-11-22T18:14:59Z'))).toBe(day('2026-11-22'));
    expect(toLocalDay(kathmandu, Date.parse('2026-11-22T18:15:00Z'))).toBe(day('2026-11-23'));
    expect([toWeekday(day('2026-11-22')), toWeekday(day('2026-11-23')), toWeekday(-1)]).toEqual([0, 1, 3]);
  });

  it('reads and writes days, and refuses those that no calendar has', () => {
    expect(parseDay('2026-03-01')).toBe(day('2026-03-01'));
    expect(formatDay(day('2028-02-29'))).toBe('2028-02-29');
    expect(['2026-02-29', '2026-13-01', '2026-3-1', 'today', '2026-03-01T00:00'].map(parseDay)).toEqual(Array(5).fill(undefined));
    const days = Array.from({ length: 80_000 }, (_, index) => index - 29_000);
    const wrong = days.filter((each) => {
      const written = new Date(each * DAY_MS).toISOString().slice(0, 10);
      return formatDay(each) !== written || parseDay(written) !== each;
    });
    expect(wrong).toEqual([]);
  });

  it('knows how long a day is, and that Samoa skipped one', () => {
    const length = (zone: TimeZone, date: string): number => {
      const { from, to } = toDayBounds(zone, day(date));
      return (to - from) / 3_600_000;
    };
    expect(['2026-03-29', '2026-10-25', '2026-06-01'].map((date) => length(amsterdam, date))).toEqual([23, 25, 24]);
    const apia = createTimeZone('Pacific/Apia');
    expect(['2011-12-29', '2011-12-30', '2011-12-31'].map((date) => [length(apia, date), hasDay(apia, day(date))])).toEqual([
      [24, true],
      [0, false],
      [24, true],
    ]);
  });

  it('finds when the clocks showed a time last', () => {
    const last = (time: number, at: string): string => iso(toLastShown(amsterdam, time, Date.parse(at)));
    expect(last(clock(14, 30), '2026-06-01T12:00Z')).toBe('2026-05-31T12:30');
    expect(last(clock(14, 30), '2026-06-01T12:30Z')).toBe('2026-06-01T12:30');
    expect(last(clock(2, 30), '2026-03-29T12:00Z')).toBe('2026-03-28T01:30');
    expect(last(clock(2, 30), '2026-10-25T01:00Z')).toBe('2026-10-25T00:30');
    expect(last(clock(2, 30), '2026-10-25T12:00Z')).toBe('2026-10-25T01:30');
  });

  it('refuses a zone that does not exist, with Temporal and without', () => {
    for (const make of [() => createTimeZone('Mars/Olympus'), () => createTimeZone(''), () => createTimeZone('Mars/Olympus', null)]) {
      expect(make).toThrow(expect.toSatisfy((error) => isFault(error, 'rules/invalid')));
    }
  });

  it('reads the offset of a minute past midnight, at which Newfoundland changed', () => {
    const newfoundland = createTimeZone('America/St_Johns');
    const at = Date.parse('2007-03-11T03:31Z');
    expect([at - 1, at].map((instant) => newfoundland.offsetMsAt(instant) / 3_600_000)).toEqual([-3.5, -2.5]);
  });

  it('cuts a stretch of time where the offset changes, to the millisecond', () => {
    const at = Date.parse('2007-03-11T03:31Z');
    expect(toOffsetSpans(zoneOf('America/St_Johns'), { from: at - DAY_MS, to: at + DAY_MS })).toEqual([
      { from: at - DAY_MS, to: at - 1, offsetMs: -3.5 * 3_600_000 },
      { from: at, to: at + DAY_MS, offsetMs: -2.5 * 3_600_000 },
    ]);
    expect(toOffsetSpans(kathmandu, { from: 0, to: 0 })).toHaveLength(1);
  });

  it('finds the instants that Temporal finds, at every minute of every day on which clocks change, in all zones', () => {
    const wrong: string[] = [];
    for (const { zone: id, at, byMs } of changes) {
      const zone = zoneOf(id);
      const first = toLocalDay(zone, at - 1);
      for (let local = first * DAY_MS; local < (toLocalDay(zone, at) + 1) * DAY_MS; local += 60_000) {
        const plain = temporal.PlainDateTime.from(new Date(local).toISOString().slice(0, 19));
        const [early, late] = (['earlier', 'later'] as const).map(
          (disambiguation) => plain.toZonedDateTime(id, { disambiguation }).epochMilliseconds,
        );
        const shown = whenShown(zone, local);
        const isRight =
          early === late
            ? shown.kind === 'once' && shown.at === early
            : byMs > 0
              ? shown.kind === 'skipped' && shown.at === at
              : shown.kind === 'twice' && shown.at === early && shown.again === late;
        if (!isRight) wrong.push(`${id} ${new Date(local).toISOString()}: ${JSON.stringify(shown)}`);
      }
    }
    expect(changes.length).toBeGreaterThan(100);
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  it('keeps the order of local times, in any zone, on any day', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...changes),
        fc.integer({ min: -2880, max: 2880 }),
        fc.integer({ min: 0, max: 2880 }),
        ({ zone: id, at }, minute, more) => {
          const zone = zoneOf(id);
          const local = toLocal(zone, at) + minute * 60_000;
          const [one, other] = [whenShown(zone, local), whenShown(zone, local + more * 60_000)];
          return one.at <= other.at && (one.kind === 'skipped' || toLocal(zone, one.at) === local);
        },
      ),
      { seed: 20261130, numRuns: 100_000 },
    );
  });

  it('reads the same offsets by Intl, for browsers without Temporal', () => {
    const wrong = allZones.filter((id) => {
      const byIntl = createTimeZone(id, null);
      const moments = [...changes.filter(({ zone }) => zone === id).flatMap(({ at }) => [at - 1, at]), Date.parse('2026-01-15')];
      return moments.some((at) => byIntl.offsetMsAt(at) !== zoneOf(id).offsetMsAt(at));
    });
    expect(wrong).toEqual([]);
  });
});
