import { Readable } from 'node:stream';
import {
  AlarmExportQuery,
  AlarmHistory,
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
  ExportQuery,
} from '@phloem/protocol';
import type { FastifyInstance, onRequestAsyncHookHandler } from 'fastify';
import { Type } from 'typebox';
import { toAlarmCsv } from '../../history/alarm-csv.ts';
import { planBuckets, toPointHistory } from '../../history/buckets.ts';
import { toCsvHeader, type CsvFormat } from '../../history/export-csv.ts';
import type { CsvPage, HistoryClient, SampleKey, Stretch } from '../../history/history.ts';
import type { HubView } from '../../view/hub-view.ts';
import { withMessages } from '../with-messages.ts';

export type HistoryRoutesParts = {
  readonly read: onRequestAsyncHookHandler;
  readonly importPast: onRequestAsyncHookHandler;
  /** Asked for at each request, since the server is made before it. */
  readonly history: () => HistoryClient;
  readonly view: () => HubView;
  readonly now: () => number;
  /** Told of a made-up past that was taken in. */
  readonly takePast: (past: SimulatedPast) => void;
};

/** A piece of a made-up past: what is read and checked in a few milliseconds. */
const largestPiece = 512 * 1024;
const DAY_MS = 86_400_000;
/** Lines of an export at a time: a transaction of a few milliseconds, in another thread. */
const linesAtATime = 5000;
/** So many alarms are exported at once, some megabytes. */
const maxExported = 20_000;

const Problem = Type.Object({ code: Type.String(), message: Type.String() });
const problems = { 400: Problem, 404: Problem, 503: Problem };

/** The routes by which people look back. */
export const registerHistoryRoutes = (
  app: FastifyInstance,
  { read, importPast, history, view, now, takePast }: HistoryRoutesParts,
): void => {
  const layoutOf = (id: PointId) => view().layout.points.find((point) => point.id === id);

  app.get<{ Params: { id: PointId }; Querystring: HistoryQuery }>(
    '/api/v1/points/:id/history',
    {
      onRequest: read,
      schema: {
        summary: 'A point over a period, with the smallest, mean and largest value of each bucket, and what is missing and why',
        description: 'Times in ms since 1970; the last 24 hours by default. There may be fewer buckets than asked for.',
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

  app.get<{ Params: { id: PointId }; Querystring: ExportQuery }>(
    '/api/v1/points/:id/export.csv',
    {
      onRequest: read,
      schema: {
        summary: 'Every sample of a point over a period, as CSV after RFC 4180',
        description:
          'The query in ms since 1970; the last 24 hours by default. As far back as samples are kept. Times in the file ' +
          'are ISO 8601 with their offset, in the zone of the site or in UTC. With `decimal=comma` semicolons part the fields. A point whose values have names has a last column `name`.',
        params: Type.Object({ id: PointId }),
        querystring: ExportQuery,
        produces: ['text/csv'],
      },
    },
    async ({ params: { id }, query }, reply) => {
      const layout = layoutOf(id);
      const format: CsvFormat = { timeZone: query.zone === 'utc' ? 'UTC' : view().layout.timeZone, decimal: query.decimal };
      const asked = {
        id,
        ...toStretch(query, now()),
        limit: linesAtATime,
        isBoolean: layout?.quantity === 'boolean',
        names: layout?.names,
        format,
      };
      const pageAfter = (after: SampleKey | null) => history().csv({ ...asked, after });
      const first = await pageAfter(null);
      if (first === null && layout === undefined) throw unknown('point', id);
      const header = toCsvHeader(id, layout === undefined ? '' : quantities[layout.quantity].unit, { ...format, names: layout?.names });
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
        summary: 'The confirmed states of a device over a period, with author and reason, oldest first',
        description: 'Times in ms since 1970; the last 24 hours by default. Of more than 20,000 spans only the newest are returned.',
        params: Type.Object({ id: DeviceId }),
        querystring: StretchQuery,
        response: { 200: DeviceTimeline, ...problems },
      },
    },
    async ({ params: { id }, query }) => {
      const stretch = toStretch(query, now());
      const found = await history().timeline({ id, ...stretch });
      if (found === null && !view().layout.devices.some((device) => device.id === id)) throw unknown('device', id);
      return found === null ? { id, ...stretch, spans: [] } : withMessages(found, view().layout);
    },
  );

  app.get<{ Params: { id: LocationId }; Querystring: StretchQuery }>(
    '/api/v1/locations/:id/marks',
    {
      onRequest: read,
      schema: {
        summary: 'The alarms and notes of a location over a period, and when none could be recorded',
        description: 'Times in ms since 1970; the last 24 hours by default. Of more than 500 only the newest are returned.',
        params: Type.Object({ id: LocationId }),
        querystring: StretchQuery,
        response: { 200: LocationMarks, ...problems },
      },
    },
    async ({ params: { id }, query }) => {
      const stretch = toStretch(query, now());
      if (!view().layout.locations.some((location) => location.id === id))
        throw new Fault('document/unknown', `the site has no location ${id}`);
      return { ...(await history().marks({ location: id, ...stretch })), location: id };
    },
  );
  registerAlarmHistory(app, { read, history, view, now });

  app.get(
    '/api/v1/history/simulated-past',
    {
      onRequest: importPast,
      schema: { summary: 'How far the simulated past of a demonstration reaches', response: { 200: SimulatedPastReach, 503: Problem } },
    },
    async () => history().simulatedReach(),
  );

  app.post<{ Body: SimulatedPast }>(
    '/api/v1/history/simulated-past',
    {
      onRequest: importPast,
      bodyLimit: largestPiece,
      schema: {
        summary: 'Gives a demonstration a past: samples and spans older than everything recorded',
        description: 'In parts of up to 512 KiB. A repeated part changes nothing. Refused unless the site is a demonstration.',
        body: SimulatedPast,
        response: { 200: SimulatedPastAnswer, 409: Problem, 503: Problem },
      },
    },
    async ({ body }) => {
      if (!view().layout.isDemonstration) throw new Fault('history/lived', 'this site is not a demonstration: its history was measured');
      const taken = await history().importPast(body);
      takePast(body);
      return taken;
    },
  );
};

/** The routes by which people look back at the alarms of the whole site. */
const registerAlarmHistory = (
  app: FastifyInstance,
  { read, history, view, now }: Pick<HistoryRoutesParts, 'read' | 'history' | 'view' | 'now'>,
): void => {
  app.get<{ Querystring: StretchQuery }>(
    '/api/v1/alarms/history',
    {
      onRequest: read,
      schema: {
        summary: 'The alarms of the site over a stretch of time, and what people did to them',
        description: 'Times in ms since 1970; the last 24 hours unless said otherwise. Of more than 500 the newest are returned.',
        querystring: StretchQuery,
        response: { 200: AlarmHistory, ...problems },
      },
    },
    async ({ query }) => {
      const { from, to, marks, isCut, gaps } = await history().marks({ location: null, ...toStretch(query, now()) });
      return { from, to, alarms: marks, isCut, gaps };
    },
  );

  app.get<{ Querystring: AlarmExportQuery }>(
    '/api/v1/alarms/history.csv',
    {
      onRequest: read,
      schema: {
        summary: 'The same as CSV after RFC 4180',
        description:
          'The query in ms since 1970; the last 24 hours unless said otherwise. Times in the file are ISO 8601 with their offset, in ' +
          `the zone of the site or in UTC. A stretch with more than ${maxExported} is refused.`,
        querystring: AlarmExportQuery,
        produces: ['text/csv'],
      },
    },
    async ({ query }, reply) => {
      const { marks, isCut } = await history().marks({ location: null, ...toStretch(query, now()), limit: maxExported });
      if (isCut)
        throw new Fault('protocol/too-large', `from, to: more than ${maxExported} alarms and actions; ask for a shorter stretch of time`);
      const timeZone = query.zone === 'utc' ? 'UTC' : view().layout.timeZone;
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="alarms.csv"')
        .send(toAlarmCsv(marks, timeZone));
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
