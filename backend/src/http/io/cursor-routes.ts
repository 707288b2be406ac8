import { CursorAnswers, CursorName } from '@phloem/protocol';
import type { FastifyInstance, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import { Type } from 'typebox';
import type { CursorService } from '../../cursors/cursor-service.ts';
import type { HubStore } from '../../store/hub-store.ts';
import { toAuthor, type Permission } from '../access.ts';

export type CursorRouteParts = {
  readonly requires: (permission: Permission) => onRequestAsyncHookHandler;
  readonly hub: () => { readonly cursors: CursorService };
  readonly store: Pick<HubStore, 'sync'>;
};

const toActor = ({ identity }: FastifyRequest): string => (identity === null ? 'hub' : toAuthor(identity));

/** The routes that list the named cursors, with how far each is behind, and remove one. */
export const registerCursorRoutes = (app: FastifyInstance, { requires, hub, store }: CursorRouteParts): void => {
  app.get(
    '/api/v1/cursors',
    { onRequest: requires('read'), schema: { summary: 'The cursors that the hub keeps for nodes', response: { 200: CursorAnswers } } },
    async () => [...hub().cursors.list()],
  );

  app.delete<{ Params: { name: CursorName } }>(
    '/api/v1/cursors/:name',
    {
      onRequest: requires('administer'),
      schema: {
        summary: 'Removes a named cursor that no connected node uses',
        description: 'A node that names it again begins at the end of the log, or where it says.',
        params: Type.Object({ name: CursorName }),
        response: { 200: CursorAnswers },
      },
    },
    async (request) => {
      hub().cursors.remove(request.params.name, toActor(request));
      await store.sync();
      return [...hub().cursors.list()];
    },
  );
};
