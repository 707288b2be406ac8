import {
  toPersonText,
  type Author,
  DeviceId,
  DeviceState,
  DeviceTimeline,
  Fault,
  OverridePreview,
  OverridePreviewRequest,
  OverrideRequest,
  OverrideStatus,
  ReasonRequest,
  StretchQuery,
  toLocation,
} from '@phloem/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { toActor } from '../../access/identity.ts';
import { mustBeWithin, seenBy } from '../../access/locations.ts';
import type { DeviceGate, GateOperator } from '../../devices/device-gate.ts';
import type { HistoryClient } from '../../history/history.ts';
import type { HubStore } from '../../store/hub-store.ts';
import type { HubClock } from '../../log/hub-clock.ts';
import type { HubView } from '../../view/hub-view.ts';
import { DeviceAnswer, toDeviceAnswers } from '../answers.ts';
import { problems } from '../route-answers.ts';
import { toStretch, toUnknown } from '../stretch.ts';
import { withMessages } from '../with-messages.ts';
import { releaseBody, releaseQuery, toRelease, type Release } from './release-request.ts';

export type DeviceRouteParts = {
  readonly view: HubView;
  readonly gate: DeviceGate & GateOperator;
  readonly history: Pick<HistoryClient, 'timeline'>;
  readonly store: Pick<HubStore, 'sync'>;
  readonly clock: Pick<HubClock, 'at'>;
};

type Device = { Params: { id: DeviceId } };
const device = Type.Object({ id: DeviceId });

/** The routes by which people see devices and act on them. What they answer is on disk. */
export const registerDeviceRoutes = (app: FastifyInstance, parts: DeviceRouteParts): void => {
  registerDeviceReads(app, parts);
  registerOverrides(app, parts);
  registerPreview(app, parts);
  registerAcknowledge(app, parts);
};

/** Who acts on a device; a credential may be for some locations only. */
const toActorAt = ({ identity }: FastifyRequest, id: DeviceId): Author => {
  if (identity !== null) mustBeWithin(identity, toLocation(id));
  return toActor(identity);
};

const registerDeviceReads = (app: FastifyInstance, { view, gate, history, clock }: DeviceRouteParts): void => {
  app.get(
    '/api/v1/devices',
    { schema: { summary: 'The state of every device', response: { 200: Type.Array(DeviceAnswer) } } },
    async ({ identity }) => toDeviceAnswers(view, gate.states()).filter(({ id }) => seenBy(identity)(id)),
  );

  app.get<Device & { Querystring: StretchQuery }>(
    '/api/v1/devices/:id/timeline',
    {
      schema: {
        summary: 'The confirmed states of a device over a period, with author and reason, oldest first',
        description: 'Times in ms since 1970; the last 24 hours by default. Of more than 20,000 spans only the newest are returned.',
        params: device,
        querystring: StretchQuery,
        response: { 200: DeviceTimeline, ...problems('protocol/invalid', 'history/unknown', 'history/unavailable') },
      },
    },
    async ({ params: { id }, query }) => {
      const stretch = toStretch(query, clock.at());
      const found = await history.timeline({ id, ...stretch });
      if (found === null && !view.layout.devices.some((one) => one.id === id)) throw toUnknown('device', id);
      return found === null ? { id, ...stretch, spans: [] } : withMessages(found, view.layout);
    },
  );

  app.get(
    '/api/v1/overrides',
    { schema: { summary: 'The overrides in force', response: { 200: Type.Array(OverrideStatus) } } },
    async ({ identity }) => view.overrides().filter((override) => seenBy(identity)(override.device)),
  );
};

const registerOverrides = (app: FastifyInstance, { view, gate, store }: DeviceRouteParts): void => {
  const toStatus = (id: DeviceId): OverrideStatus => {
    const status = view.override(id);
    if (status === null) throw new Fault('override/unknown', `there is no override of ${id}`);
    return status;
  };

  app.post<Device & { Body: OverrideRequest }>(
    '/api/v1/devices/:id/override',
    {
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
      const by = toActorAt(request, id);
      gate.override(id, request.body, by);
      // As his own entry left it: until that is on disk, another may have taken the device from him.
      const own = toStatus(id);
      await store.sync();
      return reply.code(201).send(own);
    },
  );

  app.delete<Device & Release>(
    '/api/v1/devices/:id/override',
    {
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
      const by = toActorAt(request, id);
      const { reason = null, lsn } = toRelease(request);
      const standing = view.override(id);
      if (lsn !== undefined && standing !== null && !standing.isReleased && standing.lsn !== lsn) {
        throw new Fault('override/newer', `there is a newer override of ${id}, by ${toPersonText(standing.by)}: ${standing.reason}`);
      }
      gate.release(id, by, reason);
      const own = toStatus(id);
      await store.sync();
      return own;
    },
  );
};

const registerPreview = (app: FastifyInstance, { gate }: DeviceRouteParts): void => {
  app.post<Device & { Body: OverridePreviewRequest }>(
    '/api/v1/devices/:id/override/preview',
    {
      schema: {
        summary: 'The effect that an override would have; changes nothing',
        params: device,
        body: OverridePreviewRequest,
        response: { 200: OverridePreview },
      },
    },
    async (request) => gate.preview(request.params.id, request.body),
  );
};

const registerAcknowledge = (app: FastifyInstance, { gate, store }: DeviceRouteParts): void => {
  app.post<Device & { Body: ReasonRequest | null }>(
    '/api/v1/devices/:id/acknowledge',
    {
      schema: {
        summary: 'Acknowledges that a device went to its safe state; rules may command it again',
        params: device,
        // The body may be left out altogether.
        body: Type.Union([ReasonRequest, Type.Null()]),
        response: { 200: DeviceState },
      },
    },
    async (request) => {
      const { id } = request.params;
      gate.acknowledge(id, toActorAt(request, id));
      await store.sync();
      const state = gate.states().find((one) => one.id === id);
      if (state === undefined) throw new Fault('command/unknown-device', `the site has no device ${id}`);
      return state;
    },
  );
};
