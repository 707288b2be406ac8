import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { HubStore } from '../../store/hub-store.ts';

export type HealthRouteParts = { readonly store: Pick<HubStore, 'log' | 'durable' | 'clock'>; readonly metrics: Registry };

/** The routes for programs that watch the hub: health, figures and the description of the API. */
export const registerHealthRoutes = (app: FastifyInstance, { store, metrics }: HealthRouteParts): void => {
  app.get('/healthz', { schema: { security: [], summary: 'Whether the hub runs, and how far its log is' } }, async () => ({
    status: 'ok',
    epoch: store.log.epoch,
    first: store.log.first,
    head: store.log.head,
    durable: store.durable,
    up: store.clock.up(),
  }));

  app.get(
    '/metrics',
    { schema: { security: [], summary: 'Figures in the format of Prometheus', produces: ['text/plain'] } },
    async (_request, reply) => {
      const text = await metrics.metrics();
      return reply.type(metrics.contentType).send(text);
    },
  );

  app.get('/api/v1/openapi.json', { schema: { hide: true } }, async () => app.swagger());
};
