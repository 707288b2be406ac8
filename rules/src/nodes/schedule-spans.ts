import { DAY_MS, hasDay, toInstantOf, toWeekday } from '@phloem/protocol';
import type { Moment } from './moment.ts';
import type { ScheduleWindow } from './schedule-window.ts';
import type { Occurrence, SiteClock } from './site-clock.ts';
import type { Span } from './span.ts';

/**
 * When windows are open around a day: from at least a day before it to at least a week after it, in order, with those that
 * touch joined.
 *
 * Where the clocks change, a window between two times of the clock never lasts longer than it does on other days. One that
 * begins in the hour that comes twice begins once, on the first pass; one that goes on over that hour ends as soon as it
 * has had its length. One that begins or ends in skipped time begins no earlier than the change and has its whole length.
 * A stretch of a day or more goes by the clock at both ends. A day that the zone skips has no windows.
 */
export const spansAround = (clock: SiteClock, windows: readonly ScheduleWindow[], today: number): readonly Span[] => {
  // Moments may be a day off their day, and windows last two: three days back is enough, and ten ahead say what comes in a week.
  const days = Array.from({ length: 14 }, (_, index) => today - 3 + index).filter((day) => hasDay(clock.zone, day));
  const stretches = days.flatMap((day) => windows.filter((window) => isDue(window, day)).map((window) => toStretch(clock, window, day)));
  const byClock = joinByClock(stretches.filter((stretch) => stretch.kind === 'clock')).map((stretch) => toSpan(clock, stretch));
  return merge([...byClock, ...stretches.filter((stretch) => stretch.kind === 'instants')]);
};

/**
 * How long a window between two times of the clock is on most days: 0 or less where it ends before it begins, and null where
 * one of them hangs on the sun or the lights.
 */
export const toNominalMs = (window: ScheduleWindow): number | null => {
  const { from, to } = window;
  if (from.anchor !== 'clock' || to.anchor !== 'clock') return null;
  return daysToEnd(window) * DAY_MS + to.timeOfDayMs + to.offsetMs - from.timeOfDayMs - from.offsetMs;
};

/** Claims that two moments hang on the same thing, offsets aside. */
export const isSameAnchor = ({ from, to }: ScheduleWindow): boolean => from.anchor === to.anchor && from.timeOfDayMs === to.timeOfDayMs;

/** A window on one day: between two times of the clock, or between two instants. */
export type Stretch =
  | { readonly kind: 'clock'; readonly from: Occurrence; readonly to: Occurrence }
  | ({ readonly kind: 'instants' } & Span);
type ClockStretch = Extract<Stretch, { readonly kind: 'clock' }>;

/** The window that belongs to a day. */
export const toStretch = (clock: SiteClock, window: ScheduleWindow, day: number): Stretch => {
  const { from, to } = window;
  if (toNominalMs(window) !== null) {
    return { kind: 'clock', from: clock.occurrenceOf(from, day), to: clock.occurrenceOf(to, day + daysToEnd(window)) };
  }
  const end = day + (isSameAnchor(window) ? daysToEnd(window) : daysToNext(clock, window, day));
  return { kind: 'instants', from: clock.instantOf(from, day), to: clock.instantOf(to, end) };
};

/** When a stretch between two times of the clock is, where the clocks change too. */
export const toSpan = ({ zone }: Pick<SiteClock, 'zone'>, { from, to }: ClockStretch): Span => {
  const nominal = to.local - from.local;
  const fullEnd = from.at + nominal;
  if (nominal >= DAY_MS) return { from: from.at, to: to.at };
  if (!from.isSkipped && !to.isSkipped) return { from: from.at, to: Math.min(to.at, fullEnd) };
  // What would run into its own next beginning ends by the clock instead.
  return { from: from.at, to: fullEnd < toInstantOf(zone, from.local + DAY_MS) ? fullEnd : Math.max(from.at, to.at) };
};

const isDue = ({ days, every }: ScheduleWindow, day: number): boolean =>
  (days === undefined || days.includes(toWeekday(day))) &&
  (every === undefined || (day >= every.since && (day - every.since) % every.days === 0));

/** On the same clock or anchor: how many days after the beginning the end is. */
const daysToEnd = ({ from, to }: ScheduleWindow): number => {
  const isLater = from.timeOfDayMs === to.timeOfDayMs ? to.offsetMs > from.offsetMs : to.timeOfDayMs > from.timeOfDayMs;
  return isLater ? 0 : 1;
};

/** On different things: how many days after the beginning the end comes that is next, offsets aside. */
const daysToNext = (clock: SiteClock, { from, to }: ScheduleWindow, day: number): number => {
  const withoutOffset = (moment: Moment, on: number): number => clock.instantOf({ ...moment, offsetMs: 0 }, on);
  const start = withoutOffset(from, day);
  const ends = [-2, -1, 0, 1, 2].map((days) => ({ days, at: withoutOffset(to, day + days) }));
  const last = ends.findLast(({ at }) => at < start);
  const isOvertaken = last !== undefined && familyOf(clock, from) !== familyOf(clock, to) && start - last.at < OVERTAKEN_MS;
  const end = isOvertaken ? last : ends.find(({ at }) => at >= start);
  return end?.days ?? 0;
};

const OVERTAKEN_MS = 6 * 3_600_000;

const familyOf = ({ light }: SiteClock, { anchor }: Moment): 'clock' | 'sun' | 'lights' => {
  if (anchor === 'clock') return 'clock';
  return anchor === 'sunrise' || anchor === 'sunset' ? 'sun' : light;
};

/** Windows that touch on the face of the clock are one: "00:00 to 12:00" and "12:00 to 24:00" leave no gap on any day. */
const joinByClock = (stretches: readonly ClockStretch[]): readonly ClockStretch[] => {
  const joined: ClockStretch[] = [];
  for (const stretch of stretches.filter(({ from, to }) => to.local > from.local).toSorted((a, b) => a.from.local - b.from.local)) {
    const last = joined.at(-1);
    if (last === undefined || stretch.from.local > last.to.local) joined.push(stretch);
    else if (stretch.to.local > last.to.local) joined[joined.length - 1] = { ...last, to: stretch.to };
  }
  return joined;
};

/** A millisecond more or less is a sun that does not rise, or does not set: no window, and no gap between two. */
const merge = (spans: readonly Span[]): readonly Span[] => {
  const merged: Span[] = [];
  for (const span of spans.filter(({ from, to }) => to - from > 1).toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && span.from <= last.to + 1) merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    else merged.push({ from: span.from, to: span.to });
  }
  return merged;
};
