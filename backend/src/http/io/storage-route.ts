import { StorageAnswer } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';

export type StorageRouteParts = { readonly storage: () => Promise<StorageAnswer> };

/** The route that says how far back the data reach, and how long the disk lasts. */
export const registerStorageRoute = (app: FastifyInstance, { storage }: StorageRouteParts): void => {
  app.get(
    '/api/v1/storage',
    { schema: { summary: 'How far back the data reach, and when the disk is full', response: { 200: StorageAnswer } } },
    storage,
  );
};
