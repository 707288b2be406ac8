import type { LocationId, PointId, PointLayout } from '@phloem/protocol';
import { toSpanMs, type WindowState } from '../chart/window.ts';
import type { MarksWindow, PointWindow } from '../history/queries.ts';

const hour = 3_600_000;
const day = 24 * hour;

/** How much of the past the device lanes of a room show. */
export const laneMs = 4 * hour;

/** How far back the chart of a room reads: one span for its lines, others for what it draws around them. */
export type RoomWindows = {
  readonly spanMs: number;
  readonly setpointsMs: number;
  readonly timelineMs: number;
};

/** What a chart in this state reads at this moment. Spans come in a few sizes, so that few histories are read. */
export const toRoomWindows = (state: WindowState, at: number): RoomWindows => {
  const { zoom } = state;
  const spanMs = zoom === null ? toSpanMs(state.window) : zoom.to - zoom.from;
  const backMs = Math.max(day, zoom === null ? spanMs : at - zoom.from);
  const setpointsMs = backMs <= day ? day : 8 * day;
  const isShort = zoom === null && backMs <= day && spanMs <= laneMs;
  return { spanMs, setpointsMs, timelineMs: isShort ? laneMs : Math.max(day, setpointsMs) };
};

/** The window of one line of the chart. */
export const toLineWindow = (id: PointId, state: WindowState, { spanMs }: Pick<RoomWindows, 'spanMs'>): PointWindow => ({
  id,
  spanMs,
  to: state.zoom?.to ?? null,
  buckets: 960,
});

/** The window of alarms and notes. */
export const toMarksWindow = (location: LocationId, { zoom }: WindowState, { spanMs, setpointsMs }: RoomWindows): MarksWindow =>
  zoom === null ? { location, spanMs: setpointsMs, to: null } : { location, spanMs: Math.ceil(spanMs), to: Math.ceil(zoom.to) };

/** The number of the colour of each point: points of one quantity share a lane, and none of its first five have the same. */
export const toSeriesColours = (layouts: readonly PointLayout[]): ReadonlyMap<PointId, number> => {
  const counts = new Map<string, number>();
  return new Map(
    layouts.map(({ id, quantity }) => {
      const count = counts.get(quantity) ?? 0;
      counts.set(quantity, count + 1);
      return [id, count % 5] as const;
    }),
  );
};

/** The chosen points with one more or one less, as the address names them; null where that would leave none. */
export const toToggled = (shown: ReadonlySet<PointId>, id: PointId, location: LocationId): readonly string[] | null => {
  const next = new Set(shown);
  if (!next.delete(id)) next.add(id);
  return next.size === 0 ? null : [...next].map((one) => one.slice(location.length + 1));
};
