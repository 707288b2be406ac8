import {
  type DeviceId,
  type DeviceShape,
  type DeviceSpan,
  type PointId,
  type PointLayout,
  type Reason,
  renderReason,
  type SetpointAhead,
  type SetpointsAhead,
} from '@phloem/protocol';
import type { Buckets } from '../history/buckets.ts';
import { toColumns, toGrid, type Live } from '../history/columns.ts';
import { toCommonGaps, toGaps, type Cut } from '../history/gaps.ts';
import { toUnitText } from '../format/format-value.ts';
import { toStaleMs } from '../points/freshness.ts';
import { toQuantityWord } from '../format/quantity-words.ts';
import { toJointSpan, toSpan, widen, type Span } from './lane-scale.ts';
import { fillUnknown, toSpanShare } from '../devices/known-spans.ts';
import { isShown, type ChartMark } from './marks.ts';
import { toSimulatedStretches, type ChartLane, type ChartModel, type ChartProfile, type ChartSeries, type SwitchRow } from './model.ts';
import { toProfile } from './profile.ts';
import { toGapTexts } from './read-chart.ts';
import { toEnd, type Stretch } from './time-scale.ts';
import type { SiteTime } from '../format/site-time.ts';

/** A point that is to be drawn, and how it is called and inked in this chart. */
export type ChartPoint = { readonly layout: PointLayout; readonly title: string; readonly colour: number };

/** All that a chart is made of. */
export type ChartFacts = {
  readonly stretch: Stretch;
  readonly time: SiteTime;
  /** The hub's wall clock now; the stretch may end before. */
  readonly now: number;
  /** So many columns have room. */
  readonly most: number;
  readonly points: readonly ChartPoint[];
  readonly bucketsOf: (id: PointId) => Buckets | null;
  readonly liveOf: (id: PointId) => Live | null;
  /** Why the history of a point could not be read; null when it was, or is being read. */
  readonly faultOf: (id: PointId) => string | null;
  /** Why a point has no value now; empty when it has, or nobody said. */
  readonly whyOf: (id: PointId) => string;
  readonly cuts: readonly Cut[];
  readonly steered: SetpointsAhead | null;
  readonly marks: readonly ChartMark[];
  readonly switches: readonly SwitchRow[];
};

/** The chart of these points: a lane for each quantity, in the order in which they come. */
export const buildChart = (facts: ChartFacts): ChartModel => {
  const { stretch, now, most, points, steered } = facts;
  const end = Math.min(stretch.now, now);
  const grid = toGrid(stretch.from, stretch.now, Math.max(40, most));
  const lanes = [...Map.groupBy(points, ({ layout }) => layout.quantity)].map(([quantity, own]): ChartLane => {
    const series = own.map(({ layout, title, colour }): ChartSeries => {
      const buckets = facts.bucketsOf(layout.id);
      const columns = toColumns(grid, buckets, facts.liveOf(layout.id), layout.intervalMs);
      const gapMs = toStaleMs(layout.intervalMs);
      const isPresent = end >= now;
      const fault = facts.faultOf(layout.id);
      const nowWhy = isPresent ? facts.whyOf(layout.id) : '';
      const say = (why: Reason): string => renderReason(why, { time: facts.time.clock });
      const gaps = toGaps(columns, { buckets, cuts: facts.cuts, now: end, isPresent, gapMs, nowWhy, say, fault });
      return { id: layout.id, title, colour, columns, gaps };
    });
    const shown = new Set<PointId>(own.map(({ layout }) => layout.id));
    const profiles = (steered?.setpoints ?? [])
      .filter((setpoint) => setpoint.quantity === quantity && setpoint.points.some((id) => shown.has(id)))
      .map((setpoint) => toChartProfile(setpoint, stretch));
    const decimals = Math.max(...own.map(({ layout }) => layout.decimals));
    const spans = [...series.flatMap(({ columns }) => toSpan(columns.min, columns.max) ?? []), ...profiles.flatMap(toProfileSpan)];
    return {
      id: quantity,
      title: toQuantityWord(quantity),
      unit: toUnitText(quantity),
      decimals,
      span: widen(toJointSpan(spans) ?? { low: 0, high: 1 }, decimals),
      series,
      profiles,
    };
  });
  const all = lanes.flatMap(({ series }) => series);
  return {
    stretch,
    present: now,
    lanes,
    gaps: toGapTexts(toCommonGaps(all.map(({ gaps }) => gaps)), lanes, facts.time, now),
    dark: (steered?.dark ?? []).filter(({ from, to }) => to > stretch.from && from < toEnd(stretch)),
    simulated: toSimulatedStretches(all.map(({ columns }) => columns)),
    marks: facts.marks.filter((mark) => isShown(mark, stretch)),
    switches: facts.switches,
  };
};

const toChartProfile = ({ title, steps, now, target, alarm, offset }: SetpointAhead, stretch: Stretch): ChartProfile => ({
  title,
  corners: toProfile(steps, stretch.from, toEnd(stretch)),
  target: toDistances(target, now),
  alarm: toDistances(alarm, now),
  moved: offset === null || offset.isReleased ? null : { from: offset.since, to: offset.until, delta: offset.delta },
});

/** Limits are reported for now; along the line they keep their distance from it. */
const toDistances = (limits: { readonly low: number; readonly high: number } | null, now: number | null): Span | null =>
  limits === null || now === null ? null : { low: limits.low - now, high: limits.high - now };

const toProfileSpan = ({ corners, target }: ChartProfile): readonly Span[] =>
  corners.map(({ value }) => ({ low: value + (target?.low ?? 0), high: value + (target?.high ?? 0) }));

/** What a device did, as the row of a chart; the newest span goes on until `now`. Where no span says, it is not known. */
export const toSwitchRow = (
  { id, title, shape }: { readonly id: DeviceId; readonly title: string; readonly shape?: DeviceShape | undefined },
  spans: readonly DeviceSpan[],
  { from, now }: { readonly from: number; readonly now: number },
): SwitchRow => ({
  id,
  title,
  spans: fillUnknown(
    spans.map((span) => ({ from: span.from, to: span.to ?? now, share: toSpanShare(span.value, shape) })),
    from,
    now,
  ),
});
