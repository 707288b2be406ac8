import { Fault, LocationId, SetpointsAhead } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { BundleForecast } from '../../documents/bundle-forecast.ts';
import type { HubClock } from '../../log/hub-clock.ts';

const HOUR_MS = 3_600_000;
/** As far as a panel shows; each day of it costs. */
const longestMs = 31 * 24 * HOUR_MS;
/** JavaScript's own range of dates, less what a window may add. */
const latest = 8.64e15 - 2 * longestMs;

export type SetpointsRouteParts = {
  readonly forecast: BundleForecast;
  readonly view: { readonly layout: { readonly locations: readonly { readonly id: LocationId }[] } };
  readonly clock: Pick<HubClock, 'at'>;
};

/** The route by which a panel draws what a location is steered to. */
export const registerSetpointsRoute = (app: FastifyInstance, { forecast, view, clock }: SetpointsRouteParts): void => {
  app.get<{ Params: { id: string }; Querystring: { from?: number; to?: number } }>(
    '/api/v1/locations/:id/setpoints',
    {
      schema: {
        summary: 'The set-points, bands and dark hours of a location over a period',
        description: 'Times in ms since 1970; from a day back to 12 hours ahead by default, 31 days at most.',
        params: Type.Object({ id: LocationId }),
        querystring: Type.Object({
          from: Type.Optional(Type.Integer({ minimum: 0, maximum: latest })),
          to: Type.Optional(Type.Integer({ minimum: 0, maximum: latest })),
        }),
        response: { 200: SetpointsAhead },
      },
    },
    async ({ params: { id }, query }) => {
      const at = clock.at();
      const { from = (query.to ?? at) - (query.to === undefined ? 24 : 36) * HOUR_MS } = query;
      const to = query.to ?? (query.from === undefined ? at + 12 * HOUR_MS : from + 36 * HOUR_MS);
      if (!view.layout.locations.some((location) => location.id === id))
        throw new Fault('document/unknown', `the site has no location ${id}`);
      if (to <= from) throw new Fault('protocol/invalid', `to (${to}) must come after from (${from})`);
      if (to - from > longestMs) throw new Fault('protocol/invalid', 'from and to are more than 31 days apart');
      return forecast({ location: id, from, to, at });
    },
  );
};
