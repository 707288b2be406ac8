import { DAY_MS } from '@phloem/protocol';
import type { Node, NodeOutput, NodeState } from './node.ts';
import { isSameAnchor, spansAround, toStretch } from './schedule-spans.ts';
import type { SiteClock } from './site-clock.ts';
import type { Span } from './span.ts';
import type { ScheduleWindow } from './schedule-window.ts';

/** Windows, and the clock by which they are read. */
export type ScheduleParams = { readonly clock: SiteClock; readonly windows: readonly ScheduleWindow[] };

/** `nextAt` is when it changes next, `null` if not within a week. */
export type ScheduleOutput = NodeOutput<boolean> & { readonly nextAt: number | null };

/**
 * True inside its windows of site time. It is never unknown, and needs no memory: the same instant has the same answer.
 *
 * @throws RangeError for a window that begins and ends at the same moment; Fault `rules/invalid` for moments of which the
 * clock knows nothing.
 */
export const createSchedule = ({ clock, windows }: ScheduleParams): Node<NodeState, null, ScheduleOutput> => {
  for (const window of windows) {
    if (isSameAnchor(window) && window.from.offsetMs === window.to.offsetMs) throw new RangeError('an empty window');
    toStretch(clock, window, 0);
  }
  let cached: { readonly day: number; readonly spans: readonly Span[] } | undefined;
  const spansOf = (day: number): readonly Span[] => {
    if (cached?.day !== day) cached = { day, spans: spansAround(clock, windows, day) };
    return cached.spans;
  };
  return {
    type: 'schedule',
    version: 1,
    isTimed: true,
    init: () => ({ v: 1 }),
    step: (state, _input, { at }) => {
      const span = spansOf(clock.dayOf(at)).find(({ to }) => to > at);
      const isInside = span !== undefined && span.from <= at;
      const nextAt = isInside ? span.to : (span?.from ?? Infinity);
      return [state, { value: isInside, nextAt: nextAt - at > 7 * DAY_MS ? null : nextAt }];
    },
  };
};
