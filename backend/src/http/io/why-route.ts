import { formatAuthor, DeviceId, Fault, toLocation, WhyAnswer, WhyQuery, type DeviceValue } from '@phloem/protocol';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { toActor } from '../../access/identity.ts';
import { mustBeWithin } from '../../access/locations.ts';
import type { WhyClient } from '../../why/why-client.ts';
import { problems } from '../route-answers.ts';
import { toUnknown } from '../stretch.ts';

export type WhyRouteParts = {
  readonly view: { readonly layout: { readonly devices: readonly { readonly id: DeviceId }[] } };
  readonly why: WhyClient;
};

/** The route by which people ask why a device is as it is. */
export const registerWhyRoute = (app: FastifyInstance, { view, why }: WhyRouteParts): void => {
  app.get<{ Params: { id: DeviceId }; Querystring: WhyQuery }>(
    '/api/v1/devices/:id/why',
    {
      schema: {
        summary: 'Why a device is as it is, now or at a moment: requests, conditions with their values, interlocks, inputs',
        description: 'Recomputed from the log. With `not`, the sentence says why the device does not have this value.',
        params: Type.Object({ id: DeviceId }),
        querystring: WhyQuery,
        response: { 200: WhyAnswer, ...problems('protocol/invalid', 'history/unknown', 'why/busy', 'why/unavailable') },
      },
    },
    async ({ params: { id }, query: { at = null, not }, identity }, reply) => {
      if (identity !== null) mustBeWithin(identity, toLocation(id));
      if (!view.layout.devices.some((device) => device.id === id)) throw toUnknown('device', id);
      const question = { device: id, at, not: not === undefined ? null : toValue(not) };
      const signal = untilGone(reply);
      try {
        return await why(question, { person: formatAuthor(toActor(identity)), signal });
      } catch (error) {
        if (!signal.aborted) throw error;
        return reply.hijack();
      }
    },
  );
};

/** Aborts when the connection ends without the answer: then nobody reads it. */
const untilGone = ({ raw }: FastifyReply): AbortSignal => {
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort();
  });
  return gone.signal;
};

const toValue = (text: string): DeviceValue => {
  if (text === 'on' || text === 'off') return text === 'on';
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 100)) {
    throw new Fault('protocol/invalid', `not is "${text}", and must be on, off, or a number from 0 to 100`);
  }
  return value;
};
