import type { DeviceId, DeviceTimeline, LocationId, LocationMarks, PointId, PointRecordsAnswer, SetpointsAhead } from '@phloem/protocol';
import type { HubHttp } from '../live/hub-http.ts';
import { toBuckets, type Buckets } from './buckets.ts';
import type { Query } from './run-history.ts';

/** What a query needs of the hub: its clock, and its answers over HTTP. */
export type HistoryHub = { readonly http: HubHttp; readonly hubWall: () => number | null };

const minute = 60_000;
const hour = 60 * minute;

/** A window of one point: so long, ending now, or ending at a fixed moment. */
export type PointWindow = { readonly id: PointId; readonly spanMs: number; readonly to: number | null; readonly buckets: number };

/** The four hours of a small trace. */
export const shortWindow = (id: PointId): PointWindow => ({ id, spanMs: 4 * hour, to: null, buckets: 240 });

/** By which the history of a window is found among the pages. */
export const toHistoryKey = ({ id, spanMs, to, buckets }: PointWindow): string => `point ${id} ${spanMs} ${to ?? 'now'} ${buckets}`;

/** Asks for the history of a point. What is heard live is added to it, so it is seldom read again. */
export const toHistoryQuery = (hub: HistoryHub, window: PointWindow): Query<Buckets> => ({
  key: toHistoryKey(window),
  everyMs: window.to === null ? Math.max(5 * minute, window.spanMs / 300) : hour,
  load: async (signal) => {
    const to = Math.ceil(window.to ?? hub.hubWall() ?? 0);
    const query = `from=${Math.floor(to - window.spanMs)}&to=${to}&buckets=${window.buckets}`;
    return toBuckets(await hub.http.get(`/api/v1/points/${encodeURIComponent(window.id)}/history?${query}`, 'history', { signal }));
  },
});

/** By which the timeline of a device is found among the pages. */
export const toTimelineKey = (id: DeviceId, spanMs: number): string => `${toTimelinePrefix(id)}${spanMs}`;

/** With which the keys of all timelines of a device begin. */
export const toTimelinePrefix = (id: DeviceId): string => `device ${id} `;

/** Asks for what a device was confirmed to be. */
export const toTimelineQuery = (hub: HistoryHub, id: DeviceId, spanMs: number): Query<DeviceTimeline> => ({
  key: toTimelineKey(id, spanMs),
  everyMs: minute,
  load: (signal) => {
    const to = Math.ceil(hub.hubWall() ?? 0);
    const query = `from=${Math.floor(to - spanMs)}&to=${to}`;
    return hub.http.get(`/api/v1/devices/${encodeURIComponent(id)}/timeline?${query}`, 'timeline', { signal });
  },
});

/** By which the set-points of a location are found among the pages. */
export const toSetpointsKey = (location: LocationId, backMs: number): string => `setpoints ${location} ${backMs}`;

/** Asks for what a location is steered to, so far back, and twelve hours ahead. */
export const toSetpointsQuery = (hub: HistoryHub, location: LocationId, backMs: number): Query<SetpointsAhead> => ({
  key: toSetpointsKey(location, backMs),
  everyMs: minute,
  load: (signal) => {
    const now = Math.ceil(hub.hubWall() ?? 0);
    const query = `from=${Math.floor(now - backMs)}&to=${now + 12 * hour}`;
    return hub.http.get(`/api/v1/locations/${encodeURIComponent(location)}/setpoints?${query}`, 'setpoints', { signal });
  },
});

/** The marks of a location over a stretch: so long, ending now, or ending at a fixed moment. */
export type MarksWindow = { readonly location: LocationId; readonly spanMs: number; readonly to: number | null };

/** By which the marks of a location are found among the pages. */
export const toMarksKey = ({ location, spanMs, to }: MarksWindow): string => `marks ${location} ${spanMs} ${to ?? 'now'}`;

/** Asks for the alarms and notes of a location. */
export const toMarksQuery = (hub: HistoryHub, window: MarksWindow): Query<LocationMarks> => ({
  key: toMarksKey(window),
  everyMs: minute,
  load: (signal) => {
    const to = Math.ceil(window.to ?? hub.hubWall() ?? 0);
    const query = `from=${Math.max(0, Math.floor(to - window.spanMs))}&to=${to}`;
    return hub.http.get(`/api/v1/locations/${encodeURIComponent(window.location)}/marks?${query}`, 'marks', { signal });
  },
});

/** By which what was done to a point is found among the pages. */
export const toRecordsKey = (id: PointId): string => `records ${id}`;

/** Asks for the calibrations of a point, and for who has it in maintenance. */
export const toRecordsQuery = (hub: HistoryHub, id: PointId): Query<PointRecordsAnswer> => ({
  key: toRecordsKey(id),
  everyMs: minute,
  load: (signal) => hub.http.get(`/api/v1/points/${encodeURIComponent(id)}/calibration`, 'records', { signal }),
});
