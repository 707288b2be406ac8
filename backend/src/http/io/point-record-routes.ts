import {
  type Author,
  CalibrationRequest,
  MaintenanceRequest,
  PointId,
  PointRecordsAnswer,
  toLocation,
  UndoRequest,
  WithdrawRequest,
} from '@phloem/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import { toActor } from '../../access/identity.ts';
import { mustBeWithin } from '../../access/locations.ts';
import type { RecordService } from '../../records/record-service.ts';

export type PointRecordRouteParts = { readonly records: RecordService };

type Named = { Params: { id: PointId } };
const params = Type.Object({ id: PointId });
const answers = { 200: PointRecordsAnswer };

/** Who acts on a point; a credential may be for some locations only. */
const toActorAt = ({ identity }: FastifyRequest, id: PointId): Author => {
  if (identity !== null) mustBeWithin(identity, toLocation(id));
  return toActor(identity);
};

/** The routes by which people calibrate points and take them out of use. */
export const registerPointRecordRoutes = (app: FastifyInstance, { records }: PointRecordRouteParts): void => {
  registerCalibration(app, records);
  registerMaintenance(app, records);
};

const registerCalibration = (app: FastifyInstance, records: RecordService): void => {
  app.get<Named>(
    '/api/v1/points/:id/calibration',
    {
      schema: { summary: 'The calibrations of a point, newest first, and whether it is out of use', params, response: answers },
    },
    async ({ params: { id } }) => records.show(id),
  );

  app.post<Named & { Body: Static<typeof CalibrationRequest> }>(
    '/api/v1/points/:id/calibration',
    {
      schema: {
        summary: 'Calibrates a point against a reference: one pair sets an offset, two pairs an offset and a slope',
        description:
          'Each reading keeps the uncorrected value as `raw`. `seen` names the newest calibration under which the pairs were taken (null for none); when somebody has made another since, the answer is 409. Pairs that look wrong are refused with 422 `calibration/implausible`, unless `confirmed` is true.',
        params,
        body: CalibrationRequest,
        response: answers,
      },
    },
    async (request) => records.calibrate(request.params.id, request.body, toActorAt(request, request.params.id)),
  );

  app.delete<Named & { Body: WithdrawRequest }>(
    '/api/v1/points/:id/calibration',
    {
      schema: {
        summary: 'Withdraws the newest calibration; the previous one applies again',
        params,
        body: WithdrawRequest,
        response: answers,
      },
    },
    async (request) => records.undo(request.params.id, request.body, toActorAt(request, request.params.id)),
  );
};

const registerMaintenance = (app: FastifyInstance, records: RecordService): void => {
  app.post<Named & { Body: Static<typeof MaintenanceRequest> }>(
    '/api/v1/points/:id/maintenance',
    {
      schema: {
        summary: 'Takes a point out of use for a limited time: people still see its value, rules do not',
        description: 'For 20 minutes by default, 24 hours at most; it returns to use by itself.',
        params,
        body: MaintenanceRequest,
        response: answers,
      },
    },
    async (request) => records.takeOut(request.params.id, request.body, toActorAt(request, request.params.id)),
  );

  app.delete<Named & { Body: Static<typeof UndoRequest> }>(
    '/api/v1/points/:id/maintenance',
    { schema: { summary: 'Puts a point back into use', params, body: UndoRequest, response: answers } },
    async (request) => records.putBack(request.params.id, request.body.reason, toActorAt(request, request.params.id)),
  );
};
