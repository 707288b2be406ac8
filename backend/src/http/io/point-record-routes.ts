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
import type { RecordService } from '../../records/record-service.ts';
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
    service,
  }: { readonly read: onRequestAsyncHookHandler; readonly maintain: onRequestAsyncHookHandler; readonly service: () => RecordService },
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
      schema: { summary: 'The calibrations of a point, newest first, and whether it is out of use', params, response: answers },
    },
    async ({ params: { id } }) => service().show(id),
  );

  app.post<Named & { Body: Static<typeof CalibrationRequest> }>(
    '/api/v1/points/:id/calibration',
    {
      onRequest: maintain,
      schema: {
        summary: 'Calibrates a point against a reference: one pair sets an offset, two pairs an offset and a slope',
        description:
          'Each reading keeps the uncorrected value as `raw`. `seen` names the newest calibration under which the pairs were taken (null for none); when somebody has made another since, the answer is 409. Pairs that look wrong are refused with 422 `calibration/implausible`, unless `confirmed` is true.',
        params,
        body: CalibrationRequest,
        response: answers,
      },
    },
    async (request) => service().calibrate(request.params.id, request.body, toActor(request, request.params.id)),
  );

  app.delete<Named & { Body: WithdrawRequest }>(
    '/api/v1/points/:id/calibration',
    {
      onRequest: maintain,
      schema: {
        summary: 'Withdraws the newest calibration; the previous one applies again',
        params,
        body: WithdrawRequest,
        response: answers,
      },
    },
    async (request) => service().undo(request.params.id, request.body, toActor(request, request.params.id)),
  );

  app.post<Named & { Body: Static<typeof MaintenanceRequest> }>(
    '/api/v1/points/:id/maintenance',
    {
      onRequest: maintain,
      schema: {
        summary: 'Takes a point out of use for a limited time: people still see its value, rules do not',
        description: 'For 20 minutes by default, 24 hours at most; it returns to use by itself.',
        params,
        body: MaintenanceRequest,
        response: answers,
      },
    },
    async (request) => service().takeOut(request.params.id, request.body, toActor(request, request.params.id)),
  );

  app.delete<Named & { Body: Static<typeof UndoRequest> }>(
    '/api/v1/points/:id/maintenance',
    { onRequest: maintain, schema: { summary: 'Puts a point back into use', params, body: UndoRequest, response: answers } },
    async (request) => service().putBack(request.params.id, request.body.reason, toActor(request, request.params.id)),
  );
};
