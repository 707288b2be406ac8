import type { Node, NodeState } from './node.ts';
import type { ScheduleOutput } from './schedule.ts';
import { DAY_MS } from '@phloem/protocol';
import type { Span } from './span.ts';

/** When a schedule is true within a stretch of time. */
export const spansBetween = (schedule: Node<NodeState, null, ScheduleOutput>, { from, to }: Span): readonly Span[] => {
  const spans: Span[] = [];
  for (let at = from; at < to;) {
    const [, { value, nextAt }] = schedule.step(schedule.init(), null, { at, up: 0 });
    // A schedule that says nothing of the coming week is asked again when that is over.
    const until = Math.min(to, nextAt ?? at + 7 * DAY_MS);
    if (value === true) append(spans, { from: at, to: until });
    at = until;
  }
  return spans;
};

/** What is left of a stretch of time outside of spans that follow one another. */
export const spansOutside = (spans: readonly Span[], { from, to }: Span): readonly Span[] => {
  const outside: Span[] = [];
  let at = from;
  for (const span of spans) {
    if (span.from > at) outside.push({ from: at, to: Math.min(span.from, to) });
    at = Math.max(at, span.to);
  }
  if (at < to) outside.push({ from: at, to });
  return outside;
};

/** What is in any of several lists of spans. */
export const mergeSpans = (spans: readonly Span[]): readonly Span[] => {
  const merged: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) append(merged, span);
  return merged;
};

const append = (spans: Span[], span: Span): void => {
  const last = spans.at(-1);
  if (last !== undefined && span.from <= last.to) spans[spans.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
  else spans.push(span);
};
