import { BridgeAnswers, BridgeId, BridgeReport, Fault, toBridgeNode } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { BridgeService } from '../../bridges/bridge-service.ts';

export type BridgeRouteParts = {
  readonly bridges: BridgeService;
};

/** The routes that list the bridges, and take what they report of themselves. */
export const registerBridgeRoutes = (app: FastifyInstance, { bridges }: BridgeRouteParts): void => {
  app.get(
    '/api/v1/bridges',
    {
      schema: { summary: 'The bridges that report or have a cursor, with how far each is behind', response: { 200: BridgeAnswers } },
    },
    async () => [...bridges.list()],
  );

  app.put<{ Params: { id: BridgeId }; Body: BridgeReport }>(
    '/api/v1/bridges/:id',
    {
      schema: {
        summary: 'Takes what a bridge reports of itself',
        description: 'Sent every few seconds. After ten seconds without a report, the bridge counts as silent.',
        params: Type.Object({ id: BridgeId }),
        body: BridgeReport,
        response: { 204: Type.Null() },
      },
    },
    async ({ identity, params: { id }, body }, reply) => {
      if (identity?.nodeId !== toBridgeNode(id)) {
        throw new Fault('auth/forbidden', `only the node ${toBridgeNode(id)} may report on the bridge ${id}`);
      }
      bridges.report(id, body);
      return reply.code(204).send(null);
    },
  );
};
