import { AcknowledgeRequest, AlarmStatus, CommentRequest, Fault, ShelveRequest, UnshelveRequest } from '@phloem/protocol';
import type { FastifyInstance, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import { Type } from 'typebox';
import { toAlarmPlaces } from '../../alarms/alarm-places.ts';
import type { AlarmService } from '../../alarms/alarm-service.ts';
import type { HubStore } from '../../store/hub-store.ts';
import type { HubView } from '../../view/hub-view.ts';
import { mustBeWithin, toAuthor, type Identity, type Permission } from '../access.ts';

export type AlarmRouteParts = {
  readonly requires: (permission: Permission) => onRequestAsyncHookHandler;
  readonly hub: () => { readonly view: Pick<HubView, 'alarm' | 'alarms'>; readonly alarms: AlarmService };
  readonly store: Pick<HubStore, 'sync'>;
};

const answer = { 200: Type.Array(AlarmStatus) };

/** The routes by which people read, acknowledge and shelve alarms. What they answer is on disk. */
export const registerAlarmRoutes = (app: FastifyInstance, { requires, hub, store }: AlarmRouteParts): void => {
  const toBy = ({ identity }: Pick<FastifyRequest, 'identity'>): string => (identity === null ? 'hub' : toAuthor(identity));
  /** The alarms as they stand by what was done; another may have done more until it is on disk. */
  const settle = async (alarms: readonly string[]): Promise<readonly AlarmStatus[]> => {
    const { view } = hub();
    const own = [...new Set(alarms)].flatMap((alarm) => view.alarm(alarm) ?? []);
    await store.sync();
    return own;
  };
  const mayShelve = (identity: Identity | null, alarms: readonly string[]): void => {
    if (identity?.locations === undefined) return;
    for (const status of hub().alarms.find(alarms)) mustBeInCharge(identity, status);
  };

  app.get(
    '/api/v1/alarms',
    { onRequest: requires('read'), schema: { summary: 'The alarms that were raised, with how each stands', response: answer } },
    async () => hub().view.alarms(),
  );

  app.post<{ Body: AcknowledgeRequest }>(
    '/api/v1/alarms/acknowledge',
    {
      onRequest: requires('acknowledge'),
      schema: {
        summary: 'Acknowledges alarms, and all that comes from them',
        description: 'One that is over by now is left out; one that was never raised refuses them all.',
        body: AcknowledgeRequest,
        response: answer,
      },
    },
    async (request) => {
      const { alarms, comment = null } = request.body;
      hub().alarms.acknowledge({ alarms, by: toBy(request), comment });
      return settle(alarms);
    },
  );

  app.post<{ Params: { alarm: string }; Body: CommentRequest | null }>(
    '/api/v1/alarms/:alarm/acknowledge',
    {
      onRequest: requires('acknowledge'),
      schema: {
        summary: 'Acknowledges an alarm and all alarms that come from it',
        params: Type.Object({ alarm: Type.String({ minLength: 1, maxLength: 200 }) }),
        // The body may be left out altogether.
        body: Type.Union([CommentRequest, Type.Null()]),
        response: { 200: AlarmStatus },
      },
    },
    async (request) => {
      const alarms = [request.params.alarm];
      hub().alarms.acknowledge({ alarms, by: toBy(request), comment: request.body?.comment ?? null });
      const [status] = await settle(alarms);
      return status;
    },
  );

  app.post<{ Body: ShelveRequest }>(
    '/api/v1/alarms/shelve',
    {
      onRequest: requires('shelve'),
      schema: {
        summary: 'Shelves alarms: they are silent until the end, for at most 24 h',
        description: 'All of them or none. One that is already shelved gets the new end and reason.',
        body: ShelveRequest,
        response: answer,
      },
    },
    async (request) => {
      const { alarms, forMs, reason } = request.body;
      mayShelve(request.identity, alarms);
      hub().alarms.shelve({ alarms, by: toBy(request), forMs, reason });
      return settle(alarms);
    },
  );

  app.post<{ Body: UnshelveRequest }>(
    '/api/v1/alarms/unshelve',
    {
      onRequest: requires('shelve'),
      schema: {
        summary: 'Unshelves alarms before their end',
        description: 'One that is not shelved stays as it is.',
        body: UnshelveRequest,
        response: answer,
      },
    },
    async (request) => {
      const { alarms, reason = null } = request.body;
      mayShelve(request.identity, alarms);
      hub().alarms.unshelve({ alarms, by: toBy(request), reason });
      return settle(alarms);
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
