import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFault } from '../../fault.ts';
import { createTimeZone, DAY_MS, toInstant, toLocalDay, toWeekday } from './time-zone.ts';

const amsterdam = createTimeZone('Europe/Amsterdam');
const kathmandu = createTimeZone('Asia/Kathmandu');
const day = (date: string): number => Date.parse(`${date}T00:00Z`) / DAY_MS;
const clock = (hours: number, minutes = 0): number => (hours * 60 + minutes) * 60_000;
const iso = (at: number): string => new Date(at).toISOString().slice(0, 16);

describe('time zone', () => {
  it('reads clocks in summer, in winter, and at UTC+5:45', () => {
    expect(iso(toInstant(amsterdam, day('2026-07-01'), clock(6)))).toBe('2026-07-01T04:00');
    expect(iso(toInstant(amsterdam, day('2026-12-01'), clock(6)))).toBe('2026-12-01T05:00');
    expect(iso(toInstant(kathmandu, day('2026-12-01'), clock(6)))).toBe('2026-12-01T00:15');
  });

  it('a time that is skipped in spring counts as much later as was skipped', () => {
    expect(iso(toInstant(amsterdam, day('2026-03-29'), clock(1, 59)))).toBe('2026-03-29T00:59');
    expect(iso(toInstant(amsterdam, day('2026-03-29'), clock(2, 30)))).toBe('2026-03-29T01:30');
    expect(iso(toInstant(amsterdam, day('2026-03-29'), clock(3, 30)))).toBe('2026-03-29T01:30');
  });

  it('of a time that comes twice in autumn the first is meant', () => {
    expect(iso(toInstant(amsterdam, day('2026-10-25'), clock(2, 30)))).toBe('2026-10-25T00:30');
    expect(iso(toInstant(amsterdam, day('2026-10-25'), clock(3)))).toBe('2026-10-25T02:00');
  });

  it('knows the local day and its name', () => {
    expect(toLocalDay(kathmandu, Date.parse('2026-11-22T18:14:59Z'))).toBe(day('2026-11-22'));
    expect(toLocalDay(kathmandu, Date.parse('2026-11-22T18:15:00Z'))).toBe(day('2026-11-23'));
    expect([toWeekday(day('2026-11-22')), toWeekday(day('2026-11-23')), toWeekday(-1)]).toEqual([0, 1, 3]);
  });

  it('refuses a zone that does not exist', () => {
    for (const make of [() => createTimeZone('Mars/Olympus'), () => createTimeZone('')]) {
      expect(make).toThrow(expect.toSatisfy((error) => isFault(error, 'rules/invalid')));
    }
  });

  it('finds the instant that Temporal finds, on any day, in any zone', () => {
    const zones = [
      'Europe/Amsterdam',
      'Asia/Kathmandu',
      'America/New_York',
      'Australia/Lord_Howe',
      'Pacific/Kiritimati',
      'America/St_Johns',
      'Africa/Casablanca',
    ];
    type Zoned = { readonly epochMilliseconds: number };
    const temporal = (
      globalThis as unknown as { Temporal: { PlainDateTime: { from(text: string): { toZonedDateTime(zone: string): Zoned } } } }
    ).Temporal;
    const known = new Map(zones.map((id) => [id, createTimeZone(id)]));
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: day('2015-01-01'), max: day('2035-12-31') }),
        fc.nat(1439),
        (id, date, minute) => {
          const zone = known.get(id) ?? amsterdam;
          const text = new Date(date * DAY_MS + minute * 60_000).toISOString().slice(0, 16);
          const expected = temporal.PlainDateTime.from(text).toZonedDateTime(id).epochMilliseconds;
          expect(toInstant(zone, date, minute * 60_000)).toBe(expected);
        },
      ),
      { seed: 20261123, numRuns: 5000 },
    );
  });
});
