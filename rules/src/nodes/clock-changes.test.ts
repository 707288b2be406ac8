import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesOfTheWorld, oddChanges, type ClockChange } from '@phloem/protocol/testing';
import { createTimeZone, DAY_MS, hasDay, toDayBounds, toInstantOf, toLocal, toLocalDay, type TimeZone } from '@phloem/protocol';
import type { Moment } from './moment.ts';
import { createProfile } from './profile.ts';
import { createSchedule } from './schedule.ts';
import type { ScheduleWindow } from './schedule-window.ts';
import { toNominalMs, toSpan, toStretch } from './schedule-spans.ts';
import { createSiteClock, type SiteClock } from './site-clock.ts';
import { spansBetween } from './spans.ts';
import type { Span } from './span.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const changes = [...changesOfTheWorld(Date.parse('2025-12-01'), Date.parse('2026-12-01')), ...oddChanges];
const clocks = new Map<string, SiteClock>();
const clockOf = (id: string): SiteClock => {
  const known = clocks.get(id);
  if (known !== undefined) return known;
  const day = { mode: 'lights', on: at(6 * 60), durationMs: 12 * HOUR } as const;
  const clock = createSiteClock({ zone: createTimeZone(id), day, dst: 'keep-duration' });
  clocks.set(id, clock);
  return clock;
};
const at = (minute: number): Moment => ({ anchor: 'clock', timeOfDayMs: minute * MINUTE, offsetMs: 0 });
const window = (from: number, minutes: number): ScheduleWindow => ({ from: at(from), to: at((from + minutes) % 1440) });
/** The window as it is on one day. */
const spanOn = (clock: SiteClock, one: ScheduleWindow, day: number): Span => {
  const stretch = toStretch(clock, one, day);
  if (stretch.kind !== 'clock') throw new Error('by the clock');
  return toSpan(clock, stretch);
};
/** The day before a change, the days of it, and the day after. */
const daysAround = (zone: TimeZone, one: ClockChange): readonly number[] => {
  const known = daysKnown.get(one);
  if (known !== undefined) return known;
  const [first, last] = [toLocalDay(zone, one.at - 1) - 1, toLocalDay(zone, one.at) + 1];
  const days = Array.from({ length: last - first + 1 }, (_, index) => first + index).filter((day) => hasDay(zone, day));
  daysKnown.set(one, days);
  return days;
};
const daysKnown = new Map<ClockChange, readonly number[]>();
const tell = ({ zone }: ClockChange, day: number, { from, to }: ScheduleWindow, span: Span): string =>
  `${zone} ${new Date(day * DAY_MS).toISOString().slice(0, 10)}: ${from.timeOfDayMs / MINUTE} to ${to.timeOfDayMs / MINUTE} is ${new Date(span.from).toISOString()} to ${new Date(span.to).toISOString()}`;

const change = fc.constantFrom(...changes);
/** A minute of the day, half of the time near that of the change. */
const toMinute = ({ zone, at: instant }: ClockChange, drawn: number): number => {
  const shown = Math.floor((toLocal(clockOf(zone).zone, instant - 1) % DAY_MS) / MINUTE) + 1;
  return (drawn < 1440 ? drawn : shown - 70 + (drawn % 260) + 1440) % 1440;
};
const drawn = fc.nat(2879);

describe('schedules on the days on which the clocks change', () => {
  it('[SC2] a window from any minute of any such day, in all zones, is open, and no longer than it says', () => {
    const wrong: string[] = [];
    let cases = 0;
    for (const one of changes) {
      const clock = clockOf(one.zone);
      for (const day of daysAround(clock.zone, one).slice(0, -1)) {
        for (let minute = 0; minute < 1440; minute += 1) {
          // A short one, one that may reach over the change, and one of any length.
          for (const minutes of [30, 90, 1 + ((minute * 7919) % 1439)]) {
            const each = window(minute, minutes);
            const span = spanOn(clock, each, day);
            const length = span.to - span.from;
            cases += 1;
            if (!(length > 0 && length <= minutes * MINUTE)) wrong.push(tell(one, day, each, span));
          }
        }
      }
    }
    expect(cases).toBeGreaterThan(100_000);
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  it('[SC2] a window whose bounds the clocks skip has its whole length, and begins at the change', () => {
    const berlin = clockOf('Europe/Berlin');
    const day = Date.parse('2026-03-29') / DAY_MS;
    const tellSpan = (from: number, minutes: number): readonly [string, number] => {
      const span = spanOn(berlin, window(from, minutes), day);
      return [new Date(span.from).toISOString().slice(11, 16), (span.to - span.from) / MINUTE];
    };
    expect(tellSpan(150, 30)).toEqual(['01:00', 30]);
    expect(tellSpan(130, 40)).toEqual(['01:00', 40]);
    expect(tellSpan(110, 20)).toEqual(['00:50', 20]);
    expect(tellSpan(150, 150)).toEqual(['01:00', 150]);
    // Over the change, by the clock.
    expect(tellSpan(90, 120)).toEqual(['00:30', 60]);
    // Off for ten minutes a day, in the hour that is skipped: it ends by the clock.
    expect(tellSpan(150, 1430)).toEqual(['01:00', 1400]);
  });

  it('[SC3] in the hour that comes twice a window is open once, on the first pass, and ends when it has had its length', () => {
    const berlin = clockOf('Europe/Berlin');
    const day = Date.parse('2026-10-25') / DAY_MS;
    const tellSpan = (from: number, minutes: number): readonly [string, number] => {
      const span = spanOn(berlin, window(from, minutes), day);
      return [new Date(span.from).toISOString().slice(11, 16), (span.to - span.from) / MINUTE];
    };
    expect(tellSpan(150, 30)).toEqual(['00:30', 30]);
    expect(tellSpan(130, 40)).toEqual(['00:10', 40]);
    expect(tellSpan(60, 240)).toEqual(['23:00', 240]);
    expect(tellSpan(180, 60)).toEqual(['02:00', 60]);
  });

  it('[SC2] of two windows the one that begins or ends earlier by the clock does so no later in real time', () => {
    fc.assert(
      fc.property(change, drawn, drawn, fc.nat(3), (one, first, second, which) => {
        const clock = clockOf(one.zone);
        const [a, b] = [toMinute(one, first), toMinute(one, second)];
        const days = daysAround(clock.zone, one);
        const day = days[which % days.length] ?? 0;
        const [early, late] = a <= b ? [a, b] : [b, a];
        return clock.instantOf(at(early), day) <= clock.instantOf(at(late), day);
      }),
      { seed: 20261130, numRuns: 100_000 },
    );
  });

  it('[SC1 SC2 SC3] step by step a window opens once a day, for no longer than it says, and as spansBetween reports', () => {
    fc.assert(
      fc.property(change, drawn, drawn, fc.boolean(), (one, begin, end, isSplit) => {
        const [from, to] = [toMinute(one, begin), toMinute(one, end)];
        fc.pre(from !== to);
        const clock = clockOf(one.zone);
        const days = daysAround(clock.zone, one);
        const each: ScheduleWindow = { from: at(from), to: at(to) };
        const nominal = toNominalMs(each) ?? 0;
        // Reported as one window, or as two that touch.
        const middle = at(Math.floor((from + nominal / MINUTE / 2) % 1440));
        const isHalved = isSplit && middle.timeOfDayMs !== from * MINUTE && middle.timeOfDayMs !== to * MINUTE;
        const node = createSchedule({
          clock,
          windows: isHalved
            ? [
                { from: each.from, to: middle },
                { from: middle, to: each.to },
              ]
            : [each],
        });
        const [first = 0, last = 0] = [days[0], days.at(-1)];
        const stretch = { from: toInstantOf(clock.zone, first * DAY_MS), to: toInstantOf(clock.zone, (last + 1) * DAY_MS) };
        const stepped: Span[] = [];
        for (let instant = stretch.from; instant < stretch.to; instant += MINUTE) {
          if (node.step(node.init(), null, { at: instant, up: 0 })[1].value !== true) continue;
          const before = stepped.at(-1);
          if (before?.to === instant) stepped[stepped.length - 1] = { from: before.from, to: instant + MINUTE };
          else stepped.push({ from: instant, to: instant + MINUTE });
        }
        expect(stepped).toEqual(spansBetween(node, stretch));
        const isRarelyClosed = DAY_MS - nominal <= Math.abs(one.byMs);
        if (isHalved || isRarelyClosed) return;
        const whole = stepped.filter((span) => span.from > stretch.from && span.to < stretch.to);
        expect(whole.every((span) => span.to - span.from <= nominal)).toBe(true);
        const opened = stepped.filter(
          (span) => span.from > stretch.from || node.step(node.init(), null, { at: span.from - 1, up: 0 })[1].value !== true,
        );
        expect(opened).toHaveLength(days.length);
      }),
      { seed: 20261130, numRuns: 400 },
    );
  });

  it('[SC1] on other days it is open when the clocks show a time within it', () => {
    fc.assert(
      fc.property(change, fc.integer({ min: 3, max: 25 }), fc.nat(1439), fc.nat(1439), fc.nat(1439), (one, away, from, to, minute) => {
        fc.pre(from !== to);
        const { zone } = clockOf(one.zone);
        const noon = toInstantOf(zone, (toLocalDay(zone, one.at) + away) * DAY_MS + minute * MINUTE);
        const isQuiet = changes.every((other) => other.zone !== one.zone || Math.abs(other.at - noon) > 2.5 * DAY_MS);
        fc.pre(isQuiet);
        const node = createSchedule({ clock: clockOf(one.zone), windows: [{ from: at(from), to: at(to) }] });
        const shown = (toLocal(zone, noon) % DAY_MS) / MINUTE;
        const isWithin = from < to ? shown >= from && shown < to : shown >= from || shown < to;
        return node.step(node.init(), null, { at: noon, up: 0 })[1].value === isWithin;
      }),
      { seed: 20261130, numRuns: 3000 },
    );
  });

  it('[SC4] windows that touch leave no gap, and a whole day is the day that the clocks show', () => {
    const endOfDay: Moment = { anchor: 'clock', timeOfDayMs: DAY_MS, offsetMs: 0 };
    const always = [
      { from: at(0), to: at(720) },
      { from: at(720), to: endOfDay },
    ];
    for (const one of changes) {
      const clock = clockOf(one.zone);
      const stretch = { from: one.at - 3 * DAY_MS, to: one.at + 3 * DAY_MS };
      expect(spansBetween(createSchedule({ clock, windows: always }), stretch)).toEqual([stretch]);
    }
    const clock = clockOf('Europe/Berlin');
    const sundays = createSchedule({ clock, windows: [{ from: at(0), to: endOfDay, days: [0] }] });
    const october = { from: Date.parse('2026-10-19T00:00Z'), to: Date.parse('2026-10-30T00:00Z') };
    expect(spansBetween(sundays, october)).toEqual([{ from: Date.parse('2026-10-24T22:00Z'), to: Date.parse('2026-10-25T23:00Z') }]);
  });

  it('[SC5] a day that the zone skips has no windows, and none twice', () => {
    const node = createSchedule({ clock: clockOf('Pacific/Apia'), windows: [window(8 * 60, 120)] });
    const stretch = { from: Date.parse('2011-12-29T00:00-10:00'), to: Date.parse('2012-01-01T00:00+14:00') };
    expect(spansBetween(node, stretch).map(({ from, to }) => [new Date(from).toISOString(), (to - from) / HOUR])).toEqual([
      ['2011-12-29T18:00:00.000Z', 2],
      ['2011-12-30T18:00:00.000Z', 2],
    ]);
  });

  it('[SC9] a moment at which something is reset comes once on each day, in all zones', () => {
    fc.assert(
      fc.property(change, drawn, (one, draw) => {
        const clock = clockOf(one.zone);
        const moment = at(toMinute(one, draw));
        const days = daysAround(clock.zone, one);
        const { from } = toDayBounds(clock.zone, days[0] ?? 0);
        const { to } = toDayBounds(clock.zone, days.at(-1) ?? 0);
        const seen = new Set<number>();
        for (let instant = from; instant < to; instant += MINUTE) {
          const last = clock.lastOf(moment, instant);
          if (last > instant) return false;
          if (last >= from) seen.add(last);
        }
        // Two days may share the instant of a change over midnight, and the clock forgets nothing when it is asked again.
        const expected = new Set(days.map((day) => clock.instantOf(moment, day)).filter((instant) => instant >= from && instant < to));
        return seen.size === expected.size && clock.lastOf({ ...moment }, to - 1) === Math.max(...expected);
      }),
      { seed: 20261130, numRuns: 500 },
    );
  });

  it('[SC10] lights keep their hours, or the clock by which they go off, wherever the clocks change', () => {
    fc.assert(
      fc.property(change, drawn, fc.integer({ min: 30, max: 1380 }), fc.nat(3), (one, draw, minutes, which) => {
        const { zone } = clockOf(one.zone);
        const on = at(toMinute(one, draw));
        const lampsOf = (dst: 'keep-duration' | 'keep-clock') =>
          createSiteClock({ zone, day: { mode: 'lights', on, durationMs: minutes * MINUTE }, dst });
        const days = daysAround(zone, one);
        const day = days[which % days.length] ?? 0;
        const [lit, off] = (['lights-on', 'lights-off'] as const).map((anchor) => ({ anchor, timeOfDayMs: 0, offsetMs: 0 }));
        if (lit === undefined || off === undefined) return false;
        const [keeping, clocked] = [lampsOf('keep-duration'), lampsOf('keep-clock')];
        const byClock = toInstantOf(zone, day * DAY_MS + on.timeOfDayMs + minutes * MINUTE);
        return keeping.instantOf(off, day) - keeping.instantOf(lit, day) === minutes * MINUTE && clocked.instantOf(off, day) === byClock;
      }),
      { seed: 20261130, numRuns: 20_000 },
    );
  });

  it('[SC6] a ramp goes on without a jump over any change, and stays between its points', () => {
    fc.assert(
      fc.property(change, fc.array(drawn, { minLength: 2, maxLength: 5 }), (one, draws) => {
        const clock = clockOf(one.zone);
        const points = draws.map((draw, value) => ({ at: at(toMinute(one, draw)), value: value * 10, rampMs: 30 * MINUTE }));
        const profile = createProfile(clock, points);
        const high = (points.length - 1) * 10;
        let before = profile.at(one.at - 6 * HOUR).base;
        for (let instant = one.at - 6 * HOUR; instant < one.at + 6 * HOUR; instant += MINUTE) {
          const { base } = profile.at(instant);
          if (base < -1e-9 || base > high + 1e-9 || Math.abs(base - before) > high / 30 + 1e-9) return false;
          before = base;
        }
        return true;
      }),
      { seed: 20261130, numRuns: 1000 },
    );
  });

  it('[SC6] what a profile will be over a stretch is what it is at each minute of it', () => {
    fc.assert(
      fc.property(change, fc.array(drawn, { minLength: 1, maxLength: 5 }), fc.integer({ min: 0, max: 90 }), (one, draws, ramp) => {
        const points = draws.map((draw, value) => ({ at: at(toMinute(one, draw)), value, rampMs: ramp * MINUTE }));
        const profile = createProfile(clockOf(one.zone), points);
        const [from, to] = [one.at - 12 * HOUR, one.at + 12 * HOUR];
        const steps = profile.between(from, to);
        for (let instant = from; instant <= to; instant += 5 * MINUTE) {
          const index = steps.findLastIndex((step) => step.at <= instant);
          const [step, next] = [steps[index], steps[index + 1]];
          if (step === undefined) return false;
          const share = step.isRamp && next !== undefined ? (instant - step.at) / (next.at - step.at) : 0;
          const drawnValue = step.value + ((next?.value ?? step.value) - step.value) * share;
          if (Math.abs(drawnValue - profile.at(instant).base) > 1e-6) return false;
        }
        return true;
      }),
      { seed: 20261130, numRuns: 1000 },
    );
  });

  it('[SC6] set-points keep the order of their local times, on every day in all zones', () => {
    fc.assert(
      fc.property(change, fc.array(drawn, { minLength: 2, maxLength: 4 }), (one, draws) => {
        const minutes = [...new Set(draws.map((each) => toMinute(one, each)))].toSorted((x, y) => x - y);
        const clock = clockOf(one.zone);
        const points = minutes.map((minute, value) => ({ at: at(minute), value, rampMs: 0 }));
        const profile = createProfile(clock, points);
        for (const day of daysAround(clock.zone, one)) {
          const { from, to } = toDayBounds(clock.zone, day);
          let [value, isBegun] = [minutes.length - 1, false];
          for (let instant = from; instant < to; instant += MINUTE) {
            const { base } = profile.at(instant);
            // The day goes on with the last point of the day before, and then from the first one upwards.
            if (base < value && isBegun) return false;
            isBegun ||= base < value;
            value = base;
          }
          const isLastDue = clock.instantOf(at(minutes.at(-1) ?? 0), day) < to;
          if (isLastDue && value !== minutes.length - 1) return false;
        }
        return true;
      }),
      { seed: 20261130, numRuns: 500 },
    );
  });
});
