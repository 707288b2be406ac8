import { BacktestRequest, BacktestStatus, DocumentHash } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { BacktestService } from '../../backtests/backtest-service.ts';
import { problems } from '../route-answers.ts';
import { largestBundle } from './bundle-routes.ts';

export type BacktestRouteParts = { readonly backtests: BacktestService };

const byId = { params: Type.Object({ id: DocumentHash }) };

/** The routes of back-tests. They run in a thread of their own. */
export const registerBacktestRoutes = (app: FastifyInstance, { backtests }: BacktestRouteParts): void => {
  app.post<{ Body: BacktestRequest }>(
    '/api/v1/backtests',
    {
      bodyLimit: 2 * largestBundle,
      schema: {
        summary: 'Replays the recorded past with other rules',
        description:
          'Over the day before now by default, 31 days at most. The same question gets the same id, and its result from memory. One runs, and four wait; one more gets 429.',
        body: BacktestRequest,
        response: { 202: BacktestStatus, ...problems('backtest/busy', 'backtest/invalid') },
      },
    },
    async ({ body }, reply) => reply.code(202).send(backtests.start(body)),
  );
  app.get<{ Params: { id: string } }>(
    '/api/v1/backtests/:id',
    {
      schema: {
        summary: 'How far a back-test is, and what it found',
        ...byId,
        response: { 200: BacktestStatus, ...problems('backtest/unknown') },
      },
    },
    async ({ params }) => backtests.get(params.id),
  );
  app.delete<{ Params: { id: string } }>(
    '/api/v1/backtests/:id',
    {
      schema: {
        summary: 'Cancels a back-test that waits or runs',
        ...byId,
        response: { 200: BacktestStatus, ...problems('backtest/unknown') },
      },
    },
    async ({ params }) => backtests.cancel(params.id),
  );
};
