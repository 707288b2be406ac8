import { ScopeId } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { CheckpointRegistry, Handover } from '../../documents/checkpoint-registry.ts';
import { problems } from '../route-answers.ts';
import { takeRawBodies, toBytes } from './strict-validation.ts';

export type CheckpointRouteParts = {
  readonly checkpoints: CheckpointRegistry;
  /** Parses what was handed over, away from this thread. */
  readonly readHandover: (bytes: Uint8Array) => Promise<Handover>;
};

/** The largest checkpoint, in bytes of JSON. */
export const largestCheckpoint = 16 * 1024 * 1024;

/** The routes of checkpoints, which are parsed away from this thread. */
export const registerCheckpointRoutes = async (
  app: FastifyInstance,
  { checkpoints, readHandover }: CheckpointRouteParts,
): Promise<void> => {
  app.get<{ Params: { scope: string }; Querystring: { before?: number } }>(
    '/api/v1/checkpoints/:scope',
    {
      schema: {
        summary: 'The newest checkpoint of a scope, or the newest that is not past the entry `before`',
        params: Type.Object({ scope: ScopeId }),
        querystring: Type.Object({ before: Type.Optional(Type.Integer({ minimum: 0 })) }),
      },
    },
    async (request) => checkpoints.newest(request.params.scope, request.query.before),
  );

  await app.register(async (large) => {
    takeRawBodies(large);
    large.put<{ Params: { scope: string } }>(
      '/api/v1/checkpoints/:scope',
      {
        // Who holds no lease has nothing to hand over, and none of it is read.
        onRequest: async ({ params, identity }) => checkpoints.mustHold(params.scope, identity?.nodeId ?? null),
        bodyLimit: largestCheckpoint,
        schema: {
          summary: 'Stores a checkpoint; only for the holder of the lease',
          description: 'At most 16 MiB.',
          params: Type.Object({ scope: ScopeId }),
          // It comes as bytes, and is read in another thread.
          body: Type.Unknown(),
          response: { 200: Type.Object({ cursor: Type.Integer() }), ...problems('command/term', 'document/busy') },
        },
      },
      async ({ params, body, identity }) => checkpoints.put(params.scope, await readHandover(toBytes(body)), identity?.nodeId ?? null),
    );
  });
};
