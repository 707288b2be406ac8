import { AcknowledgeRequest, AlarmAnswer, type AlarmStatus, CommentRequest, Fault, ShelveRequest, UnshelveRequest } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { toActor, type Identity } from '../../access/identity.ts';
import { mustBeWithin } from '../../access/locations.ts';
import { toAlarmPlaces } from '../../alarms/alarm-places.ts';
import type { AlarmService } from '../../alarms/alarm-service.ts';
import type { HubStore } from '../../store/hub-store.ts';
import type { HubView } from '../../view/hub-view.ts';
import { withAlarmMessages } from '../with-messages.ts';

export type AlarmRouteParts = {
  readonly view: Pick<HubView, 'alarm' | 'alarms' | 'layout'>;
  readonly alarms: AlarmService;
  readonly store: Pick<HubStore, 'sync'>;
};

const answer = { 200: Type.Array(AlarmAnswer) };

/** The alarms as they stand by what was done; another may have done more until it is on disk. */
const settle = async ({ view, store }: AlarmRouteParts, alarms: readonly string[]): Promise<readonly AlarmAnswer[]> => {
  const own = withAlarmMessages(
    [...new Set(alarms)].flatMap((alarm) => view.alarm(alarm) ?? []),
    view.layout,
  );
  await store.sync();
  return own;
};

/** The routes by which people read, acknowledge and shelve alarms. What they answer is on disk. */
export const registerAlarmRoutes = (app: FastifyInstance, parts: AlarmRouteParts): void => {
  const { view } = parts;
  app.get('/api/v1/alarms', { schema: { summary: 'The alarms that were raised, with how each stands', response: answer } }, async () =>
    withAlarmMessages(view.alarms(), view.layout),
  );

  registerAcknowledging(app, parts);
  registerShelving(app, parts);
};

const registerAcknowledging = (app: FastifyInstance, parts: AlarmRouteParts): void => {
  app.post<{ Body: AcknowledgeRequest }>(
    '/api/v1/alarms/acknowledge',
    {
      schema: {
        summary: 'Acknowledges alarms, and all that comes from them',
        description: 'One that is over by now is left out; one that was never raised refuses them all.',
        body: AcknowledgeRequest,
        response: answer,
      },
    },
    async (request) => {
      const { alarms, comment = null } = request.body;
      parts.alarms.acknowledge({ alarms, by: toActor(request.identity), comment });
      return settle(parts, alarms);
    },
  );

  app.post<{ Params: { alarm: string }; Body: CommentRequest | null }>(
    '/api/v1/alarms/:alarm/acknowledge',
    {
      schema: {
        summary: 'Acknowledges an alarm and all alarms that come from it',
        params: Type.Object({ alarm: Type.String({ minLength: 1, maxLength: 200 }) }),
        // The body may be left out altogether.
        body: Type.Union([CommentRequest, Type.Null()]),
        response: { 200: AlarmAnswer },
      },
    },
    async (request) => {
      const alarms = [request.params.alarm];
      parts.alarms.acknowledge({ alarms, by: toActor(request.identity), comment: request.body?.comment ?? null });
      const [status] = await settle(parts, alarms);
      return status;
    },
  );
};

const registerShelving = (app: FastifyInstance, parts: AlarmRouteParts): void => {
  app.post<{ Body: ShelveRequest }>(
    '/api/v1/alarms/shelve',
    {
      schema: {
        summary: 'Shelves alarms: they are silent until the end, for at most 24 h',
        description: 'All of them or none. One that is already shelved gets the new end and reason.',
        body: ShelveRequest,
        response: answer,
      },
    },
    async (request) => {
      const { alarms, forMs, reason } = request.body;
      mustBeInChargeOf(request.identity, alarms, parts.alarms);
      parts.alarms.shelve({ alarms, by: toActor(request.identity), forMs, reason });
      return settle(parts, alarms);
    },
  );

  app.post<{ Body: UnshelveRequest }>(
    '/api/v1/alarms/unshelve',
    {
      schema: {
        summary: 'Unshelves alarms before their end',
        description: 'One that is not shelved stays as it is.',
        body: UnshelveRequest,
        response: answer,
      },
    },
    async (request) => {
      const { alarms, reason = null } = request.body;
      mustBeInChargeOf(request.identity, alarms, parts.alarms);
      parts.alarms.unshelve({ alarms, by: toActor(request.identity), reason });
      return settle(parts, alarms);
    },
  );
};

/** A person who may act in some locations shelves no alarm that others need. */
const mustBeInCharge = (identity: Identity, status: AlarmStatus): void => {
  const places = toAlarmPlaces(status);
  if (places.length === 0) {
    throw new Fault(
      'auth/forbidden',
      `the site does not say which location ${status.alarm} belongs to: only people with all locations can shelve it`,
    );
  }
  for (const place of places) mustBeWithin(identity, place);
};

const mustBeInChargeOf = (identity: Identity | null, alarms: readonly string[], service: Pick<AlarmService, 'find'>): void => {
  if (identity?.locations === undefined) return;
  for (const status of service.find(alarms)) mustBeInCharge(identity, status);
};
