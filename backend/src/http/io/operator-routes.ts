import {
  AlarmStatus,
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
import { acknowledgeAlarm } from '../../alarms/acknowledge-alarm.ts';
import type { DeviceGate, GateOperator } from '../../devices/device-gate.ts';
import type { HubStore } from '../../store/hub-store.ts';
import type { HubView } from '../../view/hub-view.ts';
import { isAllowed, mustBeWithin, permissionNames, seenBy, toAuthor, toName, type Permission } from '../access.ts';
import { checkRelease, releaseQuery, toRelease, type Release } from './release-request.ts';

export type OperatorRouteParts = {
  readonly requires: (permission: Permission) => onRequestAsyncHookHandler;
  readonly hub: () => { readonly view: HubView; readonly gate: DeviceGate & GateOperator };
  readonly store: Pick<HubStore, 'log' | 'sync'>;
};

type Device = { Params: { id: DeviceId } };
type Reason = { Body: ReasonRequest | undefined };
const device = Type.Object({ id: DeviceId });
const reasonBody = Type.Union([ReasonRequest, Type.Null()]);

/** The routes by which people act: overrides, acknowledgements, and who one is. What they answer is on disk. */
export const registerOperatorRoutes = (app: FastifyInstance, { requires, hub, store }: OperatorRouteParts): void => {
  const toActor = ({ identity }: FastifyRequest, id?: DeviceId): string => {
    if (identity === null) return 'hub';
    if (id !== undefined) mustBeWithin(identity, toLocation(id));
    return toAuthor(identity);
  };
  const toStatus = (id: DeviceId): OverrideStatus => {
    const status = hub().view.override(id);
    if (status === null) throw new Fault('override/unknown', `nobody has taken ${id} by hand`);
    return status;
  };

  app.post<Device & { Body: OverrideRequest }>(
    '/api/v1/devices/:id/override',
    {
      onRequest: requires('override'),
      schema: {
        summary: 'Takes a device by hand for a while: below interlocks, above rules and fail-safe',
        description: 'Answered when it is on disk; what became of it at the device is told by the log and the live view.',
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
        summary: 'Lets a device go before its time',
        description: 'With an `lsn`, in the query or in the body, only the override that this entry began.',
        params: device,
        querystring: releaseQuery,
        response: { 200: OverrideStatus },
      },
      preValidation: checkRelease,
    },
    async (request) => {
      const { id } = request.params;
      const by = toActor(request, id);
      const { reason = null, lsn } = toRelease(request);
      const standing = hub().view.override(id);
      if (lsn !== undefined && standing !== null && !standing.isReleased && standing.lsn !== lsn) {
        throw new Fault('override/newer', `a newer override stands over ${id}, by ${standing.by}: ${standing.reason}`);
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
        summary: 'What would come of an override; nothing is changed by asking',
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
        summary: 'Says that somebody has seen that a device went to its safe state; rules may command it again',
        params: device,
        response: { 200: DeviceState },
      },
      preValidation: checkReason,
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

  app.post<{ Params: { alarm: string } } & Reason>(
    '/api/v1/alarms/:alarm/acknowledge',
    {
      onRequest: requires('acknowledge'),
      schema: {
        summary: 'Says that somebody has seen an alarm',
        params: Type.Object({ alarm: Type.String({ minLength: 1, maxLength: 200 }) }),
        response: { 200: AlarmStatus },
      },
      preValidation: checkReason,
    },
    async (request) => {
      const { alarm } = request.params;
      const { view } = hub();
      acknowledgeAlarm({ log: store.log, view }, { alarm, by: toActor(request), reason: request.body?.reason ?? null });
      await store.sync();
      return view.alarm(alarm);
    },
  );

  app.get(
    '/api/v1/alarms',
    {
      onRequest: requires('read'),
      schema: { summary: 'The alarms that were raised, with how each stands', response: { 200: Type.Array(AlarmStatus) } },
    },
    async () => hub().view.alarms(),
  );

  app.get(
    '/api/v1/overrides',
    {
      onRequest: requires('read'),
      schema: { summary: 'The devices that somebody has taken by hand', response: { 200: Type.Array(OverrideStatus) } },
    },
    async ({ identity }) =>
      hub()
        .view.overrides()
        .filter(({ device }) => seenBy(identity)(device)),
  );

  app.get(
    '/api/v1/me',
    { onRequest: requires('read'), schema: { summary: 'Who asks, and what he may do', response: { 200: MeAnswer } } },
    async ({ identity }) => {
      if (identity === null) throw new Fault('auth/unauthorised', 'no valid token or session');
      const { role, locations } = identity;
      const permissions = permissionNames.filter((permission) => isAllowed(role, permission));
      return { name: toName(identity), role, permissions, locations: locations === undefined ? null : [...locations] };
    },
  );
};

/** The body may be left out altogether. */
const checkReason = async (request: FastifyRequest): Promise<void> => {
  if (request.body === undefined || request.body === null) return;
  const isGiven = request.validateInput(request.body, reasonBody);
  if (!isGiven) throw new Fault('protocol/invalid', 'the body may hold a reason, of 400 characters at most');
};
