import { CursorAnswers, CursorName } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { toActor } from '../../access/identity.ts';
import type { CursorService } from '../../cursors/cursor-service.ts';
import type { HubStore } from '../../store/hub-store.ts';

export type CursorRouteParts = {
  readonly cursors: CursorService;
  readonly store: Pick<HubStore, 'sync'>;
};

/** The routes that list the named cursors, with how far each is behind, and remove one. */
export const registerCursorRoutes = (app: FastifyInstance, { cursors, store }: CursorRouteParts): void => {
  app.get(
    '/api/v1/cursors',
    { schema: { summary: 'The cursors that the hub keeps for nodes', response: { 200: CursorAnswers } } },
    async () => [...cursors.list()],
  );

  app.delete<{ Params: { name: CursorName } }>(
    '/api/v1/cursors/:name',
    {
      schema: {
        summary: 'Removes a named cursor that no connected node uses',
        description: 'A node that names it again begins at the end of the log, or where it says.',
        params: Type.Object({ name: CursorName }),
        response: { 200: CursorAnswers },
      },
    },
    async (request) => {
      cursors.remove(request.params.name, toActor(request.identity));
      await store.sync();
      return [...cursors.list()];
    },
  );
};
