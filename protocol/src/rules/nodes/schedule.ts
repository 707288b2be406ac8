import type { Moment } from './moment.ts';
import type { Node, NodeOutput, NodeState } from './node.ts';
import type { SiteClock } from './site-clock.ts';
import { DAY_MS, toWeekday } from './time-zone.ts';

/**
 * From one moment to the other, on the days to which the first belongs: 0 for Sunday to 6 for Saturday.
 *
 * Without their offsets, the second is the next to come after the first; with them, a window that would end before it
 * begins is empty. Of two that hang on different things, such as the clock and the sun, the second may have been
 * overtaken: where it came less than 6 hours before the first, the window is empty that day ("sunset to 22:00", in June).
 */
export type ScheduleWindow = { readonly from: Moment; readonly to: Moment; readonly days?: readonly number[] };
/** Windows, and the clock by which they are read. */
export type ScheduleParams = { readonly clock: SiteClock; readonly windows: readonly ScheduleWindow[] };

/** `nextAt` is when it changes next, `null` if not within a week. */
export type ScheduleOutput = NodeOutput<boolean> & { readonly nextAt: number | null };

type Span = { readonly from: number; readonly to: number };

/**
 * True inside its windows of site time. It is never unknown, and needs no memory: the same instant has the same answer.
 *
 * @throws RangeError for a window that begins and ends at the same moment; Fault `rules/invalid` for moments of which the
 * clock knows nothing.
 */
export const createSchedule = ({ clock, windows }: ScheduleParams): Node<NodeState, null, ScheduleOutput> => {
  for (const window of windows) {
    if (isSameAnchor(window) && window.from.offsetMs === window.to.offsetMs) throw new RangeError('an empty window');
    toSpan(clock, window, 0);
  }
  let cached: { readonly day: number; readonly spans: readonly Span[] } | undefined;
  const spansAround = (day: number): readonly Span[] => {
    if (cached?.day !== day) cached = { day, spans: merge(spansOf(clock, windows, day)) };
    return cached.spans;
  };
  return {
    type: 'schedule',
    version: 1,
    isTimed: true,
    init: () => ({ v: 1 }),
    step: (state, _input, { at }) => {
      const span = spansAround(clock.dayOf(at)).find(({ to }) => to > at);
      const isInside = span !== undefined && span.from <= at;
      const nextAt = isInside ? span.to : (span?.from ?? Infinity);
      return [state, { value: isInside, nextAt: nextAt - at > 7 * DAY_MS ? null : nextAt }];
    },
  };
};

/** Moments may be a day off their day, and windows last two: three days back is enough, and ten ahead say what comes in a week. */
const spansOf = (clock: SiteClock, windows: readonly ScheduleWindow[], today: number): readonly Span[] =>
  Array.from({ length: 14 }, (_, index) => today - 3 + index).flatMap((day) =>
    windows.filter(({ days }) => days === undefined || days.includes(toWeekday(day))).map((window) => toSpan(clock, window, day)),
  );

const toSpan = (clock: SiteClock, window: ScheduleWindow, day: number): Span => {
  const { from, to } = window;
  const start = clock.instantOf({ ...from, offsetMs: 0 }, day);
  const end = isSameAnchor(window)
    ? clock.instantOf({ ...from, offsetMs: 0 }, to.offsetMs > from.offsetMs ? day : day + 1)
    : nextEnd(clock, window, start, day);
  return { from: start + from.offsetMs, to: end + to.offsetMs };
};

const nextEnd = (clock: SiteClock, { from, to }: ScheduleWindow, start: number, day: number): number => {
  const ends = [-2, -1, 0, 1, 2].map((days) => clock.instantOf({ ...to, offsetMs: 0 }, day + days));
  const last = ends.findLast((end) => end < start) ?? -Infinity;
  const isOvertaken = familyOf(clock, from) !== familyOf(clock, to) && start - last < OVERTAKEN_MS;
  return isOvertaken ? last : (ends.find((end) => end >= start) ?? start);
};

const OVERTAKEN_MS = 6 * 3_600_000;

const isSameAnchor = ({ from, to }: ScheduleWindow): boolean => from.anchor === to.anchor && from.timeOfDayMs === to.timeOfDayMs;

const familyOf = ({ light }: SiteClock, { anchor }: Moment): 'clock' | 'sun' | 'lights' => {
  if (anchor === 'clock') return 'clock';
  return anchor === 'sunrise' || anchor === 'sunset' ? 'sun' : light;
};

/** A millisecond more or less is a sun that does not rise, or does not set: no window, and no gap between two. */
const merge = (spans: readonly Span[]): readonly Span[] => {
  const merged: Span[] = [];
  for (const span of spans.filter(({ from, to }) => to - from > 1).toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && span.from <= last.to + 1) merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    else merged.push(span);
  }
  return merged;
};
