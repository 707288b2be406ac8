import type { PointId, Quantity, SetpointAhead, SetpointsAhead } from '@phloem/protocol';
import { toJointSpan, toSpan, widenTo, type Span } from '../chart/lane-scale.ts';
import { toProfile, type Corner } from '../chart/profile.ts';
import type { Buckets } from '../history/buckets.ts';
import { toColumns, toGrid, type Columns, type Live } from '../history/columns.ts';
import { toGaps, type Cut, type Gap } from '../history/gaps.ts';
import { toLive } from '../history/live.ts';
import { shortWindow, toHistoryKey } from '../history/queries.ts';
import { toLeastSpan } from './least-span.ts';
import type { TraceSource } from './trace-source.ts';

/** What a small trace shows, in the hub's wall time. */
export type SmallTrace = {
  readonly columns: Columns;
  readonly gaps: readonly Gap[];
  readonly span: Span;
  readonly from: number;
  readonly to: number;
  readonly setpoint: readonly Corner[];
  readonly dark: SetpointsAhead['dark'];
};

/** How the trace of a point is shown. */
export type TracePlan = {
  readonly id: PointId;
  readonly decimals: number;
  /** After how long a silence is a gap. */
  readonly gapMs: number;
  /** Drawn as a hairline; none where no set-point controls the point. */
  readonly setpoint: SetpointAhead['steps'];
  /** The band that the value is meant to be in: the least that the height stands for. */
  readonly band: SetpointAhead['target'];
  /** Drawn as night. */
  readonly dark: SetpointsAhead['dark'];
};

/** What is known of the point at a moment. */
export type TraceFacts = {
  readonly now: number;
  readonly buckets: Buckets | null;
  readonly fault: string | null;
  readonly live: Live | null;
  readonly cuts: readonly Cut[];
  readonly quantity: Quantity | undefined;
};

/** Reads what is known of a point now: not reactive by itself. Null before the hub's time is known. */
export const readTraceFacts = (source: TraceSource, id: PointId): TraceFacts | null => {
  const now = source.hubWall();
  if (now === null) return null;
  const { value, fault } = source.history.page<Buckets>(toHistoryKey(shortWindow(id)));
  const quantity = source.state().site?.points.find((layout) => layout.id === id)?.quantity;
  return { now, buckets: value, fault, live: toLive(source, id), cuts: source.history.cuts(), quantity };
};

const fewestColumns = 20;

/** Makes the trace of the last hours, `width` CSS pixels wide. Pure. */
export const toSmallTrace = ({ id, decimals, gapMs, setpoint, band, dark }: TracePlan, facts: TraceFacts, width: number): SmallTrace => {
  const { now, buckets, fault, live, cuts, quantity } = facts;
  const from = now - shortWindow(id).spanMs;
  const columns = toColumns(toGrid(from, now, Math.max(fewestColumns, width)), buckets, live, gapMs / 3);
  const profile = toProfile(setpoint, from, now);
  const wanted = profile.map(({ value }) => ({ low: value, high: value }));
  const span = toJointSpan([toSpan(columns.min, columns.max) ?? [], ...wanted].flat()) ?? { low: 0, high: 1 };
  return {
    columns,
    gaps: toGaps(columns, { buckets, cuts, now, isPresent: true, gapMs, nowWhy: '', say: () => '', fault }),
    span: widenTo(span, toLeastSpan({ quantity, decimals, value: (span.low + span.high) / 2, band })),
    from,
    to: now,
    setpoint: profile,
    dark,
  };
};
