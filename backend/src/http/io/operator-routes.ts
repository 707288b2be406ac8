import {
  DeviceId,
  DeviceState,
  Fault,
  MeAnswer,
  OverridePreview,
  OverridePreviewRequest,
  OverrideRequest,
  OverrideStatus,
  ReasonRequest,
  toLocation,
} from '@phloem/protocol';
import type { FastifyInstance, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import { Type } from 'typebox';
import type { DeviceGate, GateOperator } from '../../devices/device-gate.ts';
import type { HubStore } from '../../store/hub-store.ts';
import type { HubView } from '../../view/hub-view.ts';
import { isAllowed, mustBeWithin, permissionNames, seenBy, toAuthor, toName, type Permission } from '../access.ts';
import { releaseBody, releaseQuery, toRelease, type Release } from './release-request.ts';

export type OperatorRouteParts = {
  readonly requires: (permission: Permission) => onRequestAsyncHookHandler;
  readonly hub: () => { readonly view: HubView; readonly gate: DeviceGate & GateOperator };
  readonly store: Pick<HubStore, 'sync'>;
};

type Device = { Params: { id: DeviceId } };
type Reason = { Body: ReasonRequest | null };
const device = Type.Object({ id: DeviceId });
/** The body may be left out altogether. */
const reasonBody = Type.Union([ReasonRequest, Type.Null()]);

/** The routes by which people act on devices, and by which they learn who they are. What they answer is on disk. */
export const registerOperatorRoutes = (app: FastifyInstance, { requires, hub, store }: OperatorRouteParts): void => {
  const toActor = ({ identity }: FastifyRequest, id?: DeviceId): string => {
    if (identity === null) return 'hub';
    if (id !== undefined) mustBeWithin(identity, toLocation(id));
    return toAuthor(identity);
  };
  const toStatus = (id: DeviceId): OverrideStatus => {
    const status = hub().view.override(id);
    if (status === null) throw new Fault('override/unknown', `there is no override of ${id}`);
    return status;
  };

  app.post<Device & { Body: OverrideRequest }>(
    '/api/v1/devices/:id/override',
    {
      onRequest: requires('override'),
      schema: {
        summary: 'Overrides a device for a limited time: below interlocks, above rules and fail-safe',
        description: 'The response comes once it is on disk; the log and the live view show the effect at the device.',
        params: device,
        body: OverrideRequest,
        response: { 201: OverrideStatus },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const by = toActor(request, id);
      hub().gate.override(id, request.body, by);
      // As his own entry left it: until that is on disk, another may have taken the device from him.
      const own = toStatus(id);
      await store.sync();
      return reply.code(201).send(own);
    },
  );

  app.delete<Device & Release>(
    '/api/v1/devices/:id/override',
    {
      onRequest: requires('override'),
      schema: {
        summary: 'Releases an override before its end',
        description: 'With an `lsn`, in the query or in the body, only the override that this entry began.',
        params: device,
        querystring: releaseQuery,
        body: releaseBody,
        response: { 200: OverrideStatus },
      },
    },
    async (request) => {
      const { id } = request.params;
      const by = toActor(request, id);
      const { reason = null, lsn } = toRelease(request);
      const standing = hub().view.override(id);
      if (lsn !== undefined && standing !== null && !standing.isReleased && standing.lsn !== lsn) {
        throw new Fault('override/newer', `there is a newer override of ${id}, by ${standing.by}: ${standing.reason}`);
      }
      hub().gate.release(id, by, reason);
      const own = toStatus(id);
      await store.sync();
      return own;
    },
  );

  app.post<Device & { Body: OverridePreviewRequest }>(
    '/api/v1/devices/:id/override/preview',
    {
      onRequest: requires('read'),
      schema: {
        summary: 'The effect that an override would have; changes nothing',
        params: device,
        body: OverridePreviewRequest,
        response: { 200: OverridePreview },
      },
    },
    async (request) => hub().gate.preview(request.params.id, request.body),
  );

  app.post<Device & Reason>(
    '/api/v1/devices/:id/acknowledge',
    {
      onRequest: requires('acknowledge'),
      schema: {
        summary: 'Acknowledges that a device went to its safe state; rules may command it again',
        params: device,
        body: reasonBody,
        response: { 200: DeviceState },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { gate } = hub();
      gate.acknowledge(id, toActor(request, id));
      await store.sync();
      const state = gate.states().find((one) => one.id === id);
      if (state === undefined) throw new Fault('command/unknown-device', `the site has no device ${id}`);
      return state;
    },
  );

  app.get(
    '/api/v1/overrides',
    {
      onRequest: requires('read'),
      schema: { summary: 'The overrides in force', response: { 200: Type.Array(OverrideStatus) } },
    },
    async ({ identity }) =>
      hub()
        .view.overrides()
        .filter(({ device }) => seenBy(identity)(device)),
  );

  app.get(
    '/api/v1/me',
    { onRequest: requires('read'), schema: { summary: 'The signed-in user and their permissions', response: { 200: MeAnswer } } },
    async ({ identity }) => {
      if (identity === null) throw new Fault('auth/unauthorised', 'no valid token or session');
      const { role, locations } = identity;
      const permissions = permissionNames.filter((permission) => isAllowed(role, permission));
      return { name: toName(identity), role, permissions, locations: locations === undefined ? null : [...locations] };
    },
  );
};
