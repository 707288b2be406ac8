import { Fault, SimulatedPast, SimulatedPastAnswer, SimulatedPastReach } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import type { HistoryClient } from '../../history/history.ts';
import type { RecordService } from '../../records/record-service.ts';
import type { HubView } from '../../view/hub-view.ts';
import { problems } from '../route-answers.ts';

export type SimulatedPastRouteParts = {
  readonly history: HistoryClient;
  readonly view: Pick<HubView, 'layout'>;
  /** Called with a simulated past that was taken in. */
  readonly records: Pick<RecordService, 'takePast'>;
};

/** A piece of a simulated past: what is read and checked in a few milliseconds. */
const largestPiece = 512 * 1024;

/** The routes by which a demonstration is given a past. */
export const registerSimulatedPastRoutes = (app: FastifyInstance, { history, view, records }: SimulatedPastRouteParts): void => {
  app.get(
    '/api/v1/history/simulated-past',
    {
      schema: {
        summary: 'How far the simulated past of a demonstration reaches',
        response: { 200: SimulatedPastReach, ...problems('history/unavailable') },
      },
    },
    async () => history.simulatedReach(),
  );

  app.post<{ Body: SimulatedPast }>(
    '/api/v1/history/simulated-past',
    {
      bodyLimit: largestPiece,
      schema: {
        summary: 'Gives a demonstration a past: samples and spans older than everything recorded',
        description: 'In parts of up to 512 KiB. A repeated part changes nothing. Refused unless the site is a demonstration.',
        body: SimulatedPast,
        response: { 200: SimulatedPastAnswer, ...problems('history/lived', 'history/unavailable') },
      },
    },
    async ({ body }) => {
      if (!view.layout.isDemonstration) throw new Fault('history/lived', 'this site is not a demonstration: its history was measured');
      const taken = await history.importPast(body);
      records.takePast(body);
      return taken;
    },
  );
};
