import { Fault, NoteAnswer, NoteRequest, toLocation, type SiteLayout } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { toActor } from '../../access/identity.ts';
import { mustBeWithin } from '../../access/locations.ts';
import type { HubStore } from '../../store/hub-store.ts';
import type { HubClock } from '../../log/hub-clock.ts';

export type NoteRouteParts = {
  readonly view: { readonly layout: Pick<SiteLayout, 'locations' | 'points' | 'devices'> };
  readonly store: Pick<HubStore, 'log' | 'sync'>;
  readonly clock: Pick<HubClock, 'at'>;
};

/** A browser's clock may be a little ahead; what is further ahead has not happened. */
const aheadMs = 60_000;

/** The route by which people write down what no instrument reports. */
export const registerNoteRoute = (app: FastifyInstance, { view, store, clock }: NoteRouteParts): void => {
  app.post<{ Body: NoteRequest }>(
    '/api/v1/notes',
    {
      schema: {
        summary: 'Writes a note about a point, a device or a location into the log',
        description: 'The response comes once it is on disk. `moment` is the time it refers to; default: now.',
        body: NoteRequest,
        response: { 201: NoteAnswer },
      },
    },
    async ({ body: { about, text, moment }, identity }, reply) => {
      const { locations, points, devices } = view.layout;
      if (![...locations, ...points, ...devices].some(({ id }) => id === about))
        throw new Fault('document/unknown', `the site has no location, point or device ${about}`);
      if (identity !== null) mustBeWithin(identity, about.includes('/') ? toLocation(about) : about);
      const now = clock.at();
      if (moment !== undefined && moment > now + aheadMs) throw new Fault('protocol/invalid', 'a note cannot refer to the future');
      const by = toActor(identity);
      const isPast = moment !== undefined && moment < now - aheadMs;
      const said = { about, by, text: text.trim(), ...(isPast && { moment }) };
      const [entry] = store.log.append([{ kind: 'note', ...said }]);
      await store.sync();
      return reply.code(201).send({ lsn: entry?.lsn ?? store.log.head, at: entry?.at ?? now, ...said });
    },
  );
};
