import { toLocation } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { toActor } from '../../access/identity.ts';
import { mustBeWithin } from '../../access/locations.ts';
import type { InterlockService } from '../../interlocks/interlock-service.ts';
import type { HubStore } from '../../store/hub-store.ts';
import { InterlockAnswer, toInterlockAnswers } from '../interlock-answers.ts';
import { problems } from '../route-answers.ts';

export type InterlockRouteParts = { readonly interlocks: InterlockService; readonly store: Pick<HubStore, 'sync'> };

/** The routes by which people see the interlocks, and reset latched ones. */
export const registerInterlockRoutes = (app: FastifyInstance, { interlocks, store }: InterlockRouteParts): void => {
  app.get(
    '/api/v1/interlocks',
    { schema: { summary: 'The state of every interlock of the site', response: { 200: Type.Array(InterlockAnswer) } } },
    async () => toInterlockAnswers(interlocks),
  );

  app.post<{ Params: { id: string } }>(
    '/api/v1/interlocks/:id/reset',
    {
      schema: {
        summary: 'Resets a latched interlock, once its condition has been clear for long enough',
        description: 'The id is percent-encoded: its slashes are %2F. The log records the author.',
        params: Type.Object({ id: Type.String({ maxLength: 160 }) }),
        response: { 200: Type.Array(InterlockAnswer), ...problems('interlock/unknown', 'interlock/held') },
      },
    },
    async ({ params: { id }, identity }) => {
      const known = interlocks.status().find((one) => one.id === id);
      if (identity !== null) for (const device of known?.devices ?? []) mustBeWithin(identity, toLocation(device));
      interlocks.reset(id, toActor(identity));
      await store.sync();
      return toInterlockAnswers(interlocks);
    },
  );
};
