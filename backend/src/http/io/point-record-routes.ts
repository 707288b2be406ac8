import {
  CalibrationRequest,
  MaintenanceRequest,
  PointId,
  PointRecordsAnswer,
  toLocation,
  UndoRequest,
  WithdrawRequest,
} from '@phloem/protocol';
import type { FastifyInstance, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import { Type, type Static } from 'typebox';
import type { RecordDesk } from '../../records/record-desk.ts';
import { mustBeWithin, toAuthor } from '../access.ts';

type Named = { Params: { id: PointId } };
const params = Type.Object({ id: PointId });
const answers = { 200: PointRecordsAnswer };

/** The routes by which people calibrate points and take them out of use. */
export const registerPointRecordRoutes = (
  app: FastifyInstance,
  {
    read,
    maintain,
    desk,
  }: { readonly read: onRequestAsyncHookHandler; readonly maintain: onRequestAsyncHookHandler; readonly desk: () => RecordDesk },
): void => {
  const toActor = ({ identity }: FastifyRequest, id: PointId): string => {
    if (identity === null) return 'hub';
    mustBeWithin(identity, toLocation(id));
    return toAuthor(identity);
  };

  app.get<Named>(
    '/api/v1/points/:id/calibration',
    {
      onRequest: read,
      schema: { summary: 'How a point has been calibrated, newest first, and whether it is out of use', params, response: answers },
    },
    async ({ params: { id } }) => desk().show(id),
  );

  app.post<Named & { Body: Static<typeof CalibrationRequest> }>(
    '/api/v1/points/:id/calibration',
    {
      onRequest: maintain,
      schema: {
        summary: 'Holds a point against a reference: one pair shifts its scale, two pairs shift and stretch it',
        description:
          'What the point shows without any correction is kept beside each reading, as `raw`. `seen` names the newest calibration under which the pairs were taken (null for none); when somebody has made another since, the answer is 409.',
        params,
        body: CalibrationRequest,
        response: answers,
      },
    },
    async (request) => desk().calibrate(request.params.id, request.body, toActor(request, request.params.id)),
  );

  app.delete<Named & { Body: WithdrawRequest }>(
    '/api/v1/points/:id/calibration',
    {
      onRequest: maintain,
      schema: {
        summary: 'Takes the newest calibration back; the one before it holds again',
        params,
        body: WithdrawRequest,
        response: answers,
      },
    },
    async (request) => desk().undo(request.params.id, request.body, toActor(request, request.params.id)),
  );

  app.post<Named & { Body: Static<typeof MaintenanceRequest> }>(
    '/api/v1/points/:id/maintenance',
    {
      onRequest: maintain,
      schema: {
        summary: 'Takes a point out of use for a while: rules see no value of it, people still do',
        description: 'For 20 minutes unless said otherwise, 24 hours at most; it comes back by itself.',
        params,
        body: MaintenanceRequest,
        response: answers,
      },
    },
    async (request) => desk().takeOut(request.params.id, request.body, toActor(request, request.params.id)),
  );

  app.delete<Named & { Body: Static<typeof UndoRequest> }>(
    '/api/v1/points/:id/maintenance',
    { onRequest: maintain, schema: { summary: 'Puts a point back into use', params, body: UndoRequest, response: answers } },
    async (request) => desk().putBack(request.params.id, request.body.reason, toActor(request, request.params.id)),
  );
};
