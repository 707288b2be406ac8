import { Readable } from 'node:stream';
import { ExportQuery, HistoryQuery, PointHistory, PointId, quantities } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { seenBy } from '../../access/locations.ts';
import { planBuckets, toPointHistory } from '../../history/buckets.ts';
import { toCsvHeader } from '../../history/export-csv.ts';
import type { CsvFormat } from '../../history/csv-format.ts';
import type { CsvPage, HistoryClient } from '../../history/history.ts';
import type { SampleKey } from '../../log/samples/entry-samples.ts';
import type { HubClock } from '../../log/hub-clock.ts';
import type { HubView } from '../../view/hub-view.ts';
import { PointAnswer, toPointAnswers } from '../answers.ts';
import { problems } from '../route-answers.ts';
import { toStretch, toUnknown } from '../stretch.ts';
import { withGapMessages } from '../with-messages.ts';

export type PointRouteParts = { readonly view: HubView; readonly clock: HubClock; readonly history: HistoryClient };

/** Lines of an export at a time: a transaction of a few milliseconds, in another thread. */
const linesAtATime = 5000;

const layoutOf = ({ layout }: Pick<HubView, 'layout'>, id: PointId) => layout.points.find((point) => point.id === id);

/** The routes by which the readings of points are read, now and back then. */
export const registerPointRoutes = (app: FastifyInstance, parts: PointRouteParts): void => {
  const { view, clock, history } = parts;
  app.get(
    '/api/v1/points',
    { schema: { summary: 'The newest reading of every point', response: { 200: Type.Array(PointAnswer) } } },
    async ({ identity }) => toPointAnswers(view, { at: clock.at(), up: clock.up() }).filter(({ id }) => seenBy(identity)(id)),
  );

  app.get<{ Params: { id: PointId }; Querystring: HistoryQuery }>(
    '/api/v1/points/:id/history',
    {
      schema: {
        summary: 'A point over a period, with the smallest, mean and largest value of each bucket, and what is missing and why',
        description: 'Times in ms since 1970; the last 24 hours by default. There may be fewer buckets than asked for.',
        params: Type.Object({ id: PointId }),
        querystring: HistoryQuery,
        response: { 200: PointHistory, ...problems('protocol/invalid', 'history/unknown', 'history/unavailable') },
      },
    },
    async ({ params: { id }, query }) => {
      const stretch = toStretch(query, clock.at());
      const found = await history.pointHistory({ id, ...stretch, buckets: query.buckets });
      if (found !== null) return withGapMessages(found, view.layout);
      if (layoutOf(view, id) === undefined) throw toUnknown('point', id);
      const plan = planBuckets({ ...stretch, buckets: query.buckets, rawFrom: -Infinity, minuteFrom: -Infinity });
      return toPointHistory({ id, ...stretch }, plan, new Map(), []);
    },
  );
  registerExport(app, parts);
};

const registerExport = (app: FastifyInstance, { view, clock, history }: PointRouteParts): void => {
  app.get<{ Params: { id: PointId }; Querystring: ExportQuery }>(
    '/api/v1/points/:id/export.csv',
    {
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
      const layout = layoutOf(view, id);
      const format: CsvFormat = { timeZone: query.zone === 'utc' ? 'UTC' : view.layout.timeZone, decimal: query.decimal };
      const asked = {
        id,
        ...toStretch(query, clock.at()),
        limit: linesAtATime,
        isBoolean: layout?.quantity === 'boolean',
        names: layout?.names,
        format,
      };
      const pageAfter = (after: SampleKey | null) => history.csv({ ...asked, after });
      const first = await pageAfter(null);
      if (first === null && layout === undefined) throw toUnknown('point', id);
      const header = toCsvHeader(id, layout === undefined ? '' : quantities[layout.quantity].unit, { ...format, names: layout?.names });
      const file = `${id.replaceAll('/', '-')}.csv`;
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="${file}"`)
        .send(Readable.from(toText(header, first, pageAfter)));
    },
  );
};

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
