import { AlarmExportQuery, AlarmHistory, Fault, LocationId, LocationMarks, StretchQuery } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { toAlarmCsv } from '../../history/alarm-csv.ts';
import type { FoundMarks } from '../../history/marks.ts';
import type { HistoryClient } from '../../history/history.ts';
import type { HubClock } from '../../log/hub-clock.ts';
import type { HubView } from '../../view/hub-view.ts';
import { problems } from '../route-answers.ts';
import { toStretch } from '../stretch.ts';
import { withGapMessages, withMarkTexts } from '../with-messages.ts';

export type AlarmHistoryRouteParts = {
  readonly history: HistoryClient;
  readonly view: Pick<HubView, 'layout'>;
  readonly clock: Pick<HubClock, 'at'>;
};

/** So many alarms are exported at once, some megabytes. */
const maxExported = 20_000;
const refused = problems('protocol/invalid', 'document/unknown', 'history/unavailable');

const toAnswer = (found: FoundMarks, layout: HubView['layout']): FoundMarks =>
  withGapMessages({ ...found, marks: withMarkTexts(found.marks, layout) }, layout);

/** The routes by which people look back at the alarms and notes of a location, or of the whole site. */
export const registerAlarmHistoryRoutes = (app: FastifyInstance, parts: AlarmHistoryRouteParts): void => {
  const { history, view, clock } = parts;
  app.get<{ Params: { id: LocationId }; Querystring: StretchQuery }>(
    '/api/v1/locations/:id/marks',
    {
      schema: {
        summary: 'The alarms and notes of a location over a period, and when none could be recorded',
        description: 'Times in ms since 1970; the last 24 hours by default. Of more than 500 only the newest are returned.',
        params: Type.Object({ id: LocationId }),
        querystring: StretchQuery,
        response: { 200: LocationMarks, ...refused },
      },
    },
    async ({ params: { id }, query }) => {
      const stretch = toStretch(query, clock.at());
      if (!view.layout.locations.some((location) => location.id === id))
        throw new Fault('document/unknown', `the site has no location ${id}`);
      return { ...toAnswer(await history.marks({ location: id, ...stretch }), view.layout), location: id };
    },
  );

  app.get<{ Querystring: StretchQuery }>(
    '/api/v1/alarms/history',
    {
      schema: {
        summary: 'The alarms of the site over a stretch of time, and what people did to them',
        description: 'Times in ms since 1970; the last 24 hours unless said otherwise. Of more than 500 the newest are returned.',
        querystring: StretchQuery,
        response: { 200: AlarmHistory, ...refused },
      },
    },
    async ({ query }) => {
      const found = await history.marks({ location: null, ...toStretch(query, clock.at()) });
      const { from, to, marks, isCut, gaps } = toAnswer(found, view.layout);
      return { from, to, alarms: marks, isCut, gaps };
    },
  );
  registerAlarmExport(app, parts);
};

const registerAlarmExport = (app: FastifyInstance, { history, view, clock }: AlarmHistoryRouteParts): void => {
  app.get<{ Querystring: AlarmExportQuery }>(
    '/api/v1/alarms/history.csv',
    {
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
      const { marks, isCut } = await history.marks({ location: null, ...toStretch(query, clock.at()), limit: maxExported });
      if (isCut)
        throw new Fault('protocol/too-large', `from, to: more than ${maxExported} alarms and actions; ask for a shorter stretch of time`);
      const timeZone = query.zone === 'utc' ? 'UTC' : view.layout.timeZone;
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="alarms.csv"')
        .send(toAlarmCsv(withMarkTexts(marks, { ...view.layout, timeZone }), timeZone));
    },
  );
};
