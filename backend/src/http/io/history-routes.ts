import { Readable } from 'node:stream';
import {
  DeviceId,
  DeviceTimeline,
  Fault,
  HistoryQuery,
  LocationId,
  LocationMarks,
  PointHistory,
  PointId,
  quantities,
  SimulatedPast,
  SimulatedPastAnswer,
  SimulatedPastReach,
  StretchQuery,
} from '@phloem/protocol';
import type { FastifyInstance, onRequestAsyncHookHandler } from 'fastify';
import { Type } from 'typebox';
import { planBuckets, toPointHistory } from '../../history/buckets.ts';
import { toCsvHeader } from '../../history/export-csv.ts';
import type { CsvPage, HistoryDoor, SampleKey, Stretch } from '../../history/history.ts';
import type { HubView } from '../../view/hub-view.ts';

export type HistoryRoutesParts = {
  readonly read: onRequestAsyncHookHandler;
  readonly administer: onRequestAsyncHookHandler;
  /** Asked for at each request, since the server is made before it. */
  readonly history: () => HistoryDoor;
  readonly view: () => HubView;
  readonly now: () => number;
  /** Told of a made-up past that was taken in. */
  readonly takePast: (past: SimulatedPast) => void;
};

const DAY_MS = 86_400_000;
/** Lines of an export at a time: a transaction of a few milliseconds, in another thread. */
const linesAtATime = 5000;

const Problem = Type.Object({ code: Type.String(), message: Type.String() });
const problems = { 400: Problem, 404: Problem, 503: Problem };

/** The routes by which people look back. */
export const registerHistoryRoutes = (
  app: FastifyInstance,
  { read, administer, history, view, now, takePast }: HistoryRoutesParts,
): void => {
  const layoutOf = (id: PointId) => view().layout.points.find((point) => point.id === id);

  app.get<{ Params: { id: PointId }; Querystring: HistoryQuery }>(
    '/api/v1/points/:id/history',
    {
      onRequest: read,
      schema: {
        summary: 'A point over a stretch of time, with the smallest, mean and largest value of each bucket, and what is missing and why',
        description: 'Times in ms since 1970; the last 24 hours unless said otherwise. There may be fewer buckets than asked for.',
        params: Type.Object({ id: PointId }),
        querystring: HistoryQuery,
        response: { 200: PointHistory, ...problems },
      },
    },
    async ({ params: { id }, query }) => {
      const stretch = toStretch(query, now());
      const found = await history().pointHistory({ id, ...stretch, buckets: query.buckets });
      if (found !== null) return found;
      if (layoutOf(id) === undefined) throw unknown('point', id);
      const plan = planBuckets({ ...stretch, buckets: query.buckets, rawFrom: -Infinity, minuteFrom: -Infinity });
      return toPointHistory({ id, ...stretch }, plan, new Map(), []);
    },
  );

  app.get<{ Params: { id: PointId }; Querystring: StretchQuery }>(
    '/api/v1/points/:id/export.csv',
    {
      onRequest: read,
      schema: {
        summary: 'Every sample of a point over a stretch of time, as CSV after RFC 4180',
        description:
          'Times in ms since 1970, in the file in UTC; the last 24 hours unless said otherwise. As far back as samples are kept.',
        params: Type.Object({ id: PointId }),
        querystring: StretchQuery,
        produces: ['text/csv'],
      },
    },
    async ({ params: { id }, query }, reply) => {
      const layout = layoutOf(id);
      const asked = { id, ...toStretch(query, now()), limit: linesAtATime, isBoolean: layout?.quantity === 'boolean' };
      const pageAfter = (after: SampleKey | null) => history().csv({ ...asked, after });
      const first = await pageAfter(null);
      if (first === null && layout === undefined) throw unknown('point', id);
      const header = toCsvHeader(id, layout === undefined ? '' : quantities[layout.quantity].unit);
      const file = `${id.replaceAll('/', '-')}.csv`;
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="${file}"`)
        .send(Readable.from(toText(header, first, pageAfter)));
    },
  );

  app.get<{ Params: { id: DeviceId }; Querystring: StretchQuery }>(
    '/api/v1/devices/:id/timeline',
    {
      onRequest: read,
      schema: {
        summary: 'What a device was confirmed to be over a stretch of time, by whom and why, oldest first',
        description: 'Times in ms since 1970; the last 24 hours unless said otherwise. Of more than 20,000 spans the newest are told.',
        params: Type.Object({ id: DeviceId }),
        querystring: StretchQuery,
        response: { 200: DeviceTimeline, ...problems },
      },
    },
    async ({ params: { id }, query }) => {
      const stretch = toStretch(query, now());
      const found = await history().timeline({ id, ...stretch });
      if (found === null && !view().layout.devices.some((device) => device.id === id)) throw unknown('device', id);
      return found ?? { id, ...stretch, spans: [] };
    },
  );

  app.get<{ Params: { id: LocationId }; Querystring: StretchQuery }>(
    '/api/v1/locations/:id/marks',
    {
      onRequest: read,
      schema: {
        summary: 'The alarms and notes of a location over a stretch of time, and when nobody listened for them',
        description: 'Times in ms since 1970; the last 24 hours unless said otherwise. Of more than 500 the newest are told.',
        params: Type.Object({ id: LocationId }),
        querystring: StretchQuery,
        response: { 200: LocationMarks, ...problems },
      },
    },
    async ({ params: { id }, query }) => {
      const stretch = toStretch(query, now());
      if (!view().layout.locations.some((location) => location.id === id))
        throw new Fault('document/unknown', `the site has no location ${id}`);
      return history().marks({ location: id, ...stretch });
    },
  );

  app.get(
    '/api/v1/history/simulated-past',
    {
      onRequest: administer,
      schema: { summary: 'How far the made-up past of a demonstration reaches', response: { 200: SimulatedPastReach, 503: Problem } },
    },
    async () => history().simulatedReach(),
  );

  app.post<{ Body: SimulatedPast }>(
    '/api/v1/history/simulated-past',
    {
      onRequest: administer,
      schema: {
        summary: 'Gives a demonstration a past: samples and spans older than all that was lived',
        description: 'In pieces of up to 8 MiB. The same again changes nothing. Refused where the site is no demonstration.',
        body: SimulatedPast,
        response: { 200: SimulatedPastAnswer, 409: Problem, 503: Problem },
      },
    },
    async ({ body }) => {
      if (!view().layout.isDemonstration) throw new Fault('history/lived', 'this site is no demonstration: its past is what was measured');
      const taken = await history().importPast(body);
      takePast(body);
      return taken;
    },
  );
};

const toStretch = ({ from, to }: StretchQuery, now: number): Stretch => {
  const end = to ?? now;
  const stretch = { from: from ?? Math.max(0, end - DAY_MS), to: end };
  if (stretch.from > end) throw new Fault('protocol/invalid', `from (${stretch.from}) must not come after to (${end})`);
  return stretch;
};

const unknown = (what: 'point' | 'device', id: string): Fault =>
  new Fault('history/unknown', `neither the site nor the history knows a ${what} ${id}`);

async function* toText(
  header: string,
  first: CsvPage | null,
  pageAfter: (after: SampleKey) => Promise<CsvPage | null>,
): AsyncGenerator<string> {
  yield header;
  for (let page = first; page !== null; page = page.next === null ? null : await pageAfter(page.next)) {
    if (page.text !== '') yield page.text;
  }
}
