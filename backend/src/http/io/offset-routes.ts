import { type Author, Fault, OffsetRequest, OffsetStatus, SetpointName } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { toActor, type Identity } from '../../access/identity.ts';
import { mustBeWithin, seesOf } from '../../access/locations.ts';
import type { OffsetService } from '../../setpoints/offset-service.ts';
import type { HubStore } from '../../store/hub-store.ts';
import type { HubView } from '../../view/hub-view.ts';
import { releaseBody, releaseQuery, toRelease, type Release } from './release-request.ts';

export type OffsetRouteParts = {
  readonly view: Pick<HubView, 'offsets'>;
  readonly offsets: OffsetService;
  readonly store: Pick<HubStore, 'sync'>;
};

type Setpoint = { Params: { name: SetpointName } };
const setpoint = Type.Object({ name: SetpointName });

/** Who moves a set-point; a credential may be for some locations only. */
const toActorAt = (identity: Identity | null, name: SetpointName, offsets: OffsetService): Author => {
  const locations = offsets.locationsOf(name);
  if (identity !== null) {
    if (locations.length === 0 && identity.locations !== undefined) {
      throw new Fault('auth/forbidden', `the site does not say which location ${name} affects: only people with all locations can move it`);
    }
    for (const location of locations) mustBeWithin(identity, location);
  }
  return toActor(identity);
};

/** The routes by which people move set-points for a while. What they answer is on disk. */
export const registerOffsetRoutes = (app: FastifyInstance, { view, offsets, store }: OffsetRouteParts): void => {
  app.post<Setpoint & { Body: OffsetRequest }>(
    '/api/v1/setpoints/:name/offset',
    {
      schema: {
        summary: 'Moves a set-point for a limited time, within the limits of the live rules',
        description:
          'The name is percent-encoded. `delta` is in K, %, kPa, ppm … The response comes once it is on disk, with the resulting offset.',
        params: setpoint,
        body: OffsetRequest,
        response: { 201: OffsetStatus },
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      const own = offsets.move(name, request.body, toActorAt(request.identity, name, offsets));
      await store.sync();
      return reply.code(201).send(own);
    },
  );

  app.delete<Setpoint & Release>(
    '/api/v1/setpoints/:name/offset',
    {
      schema: {
        summary: 'Releases an offset before its end',
        description: 'With an `lsn`, in the query or in the body, only the offset that this entry began.',
        params: setpoint,
        querystring: releaseQuery,
        body: releaseBody,
        response: { 200: OffsetStatus },
      },
    },
    async (request) => {
      const { name } = request.params;
      const by = toActorAt(request.identity, name, offsets);
      const { reason = null, lsn } = toRelease(request);
      const own = offsets.release(name, { by, reason, lsn });
      await store.sync();
      return own;
    },
  );

  app.get(
    '/api/v1/offsets',
    {
      schema: { summary: 'The offsets in force', response: { 200: Type.Array(OffsetStatus) } },
    },
    async ({ identity }) => {
      const sees = identity === null ? undefined : seesOf(identity);
      return view
        .offsets()
        .filter(({ setpoint: name }) => sees === undefined || offsets.steers(name).some((location) => sees.includes(location)));
    },
  );
};
