import { DocumentHash, Fault, ScopeId } from '@phloem/protocol';
import type { FastifyInstance, onRequestAsyncHookHandler } from 'fastify';
import { Type } from 'typebox';
import type { BundleRegistry } from '../../documents/bundle-registry.ts';
import type { CheckpointRegistry, Handover } from '../../documents/checkpoint-registry.ts';
import type { HubStore } from '../../store/hub-store.ts';
import type { HubView } from '../../view/hub-view.ts';
import { toAuthor, type Permission } from '../access.ts';
import { BundleAnswer, toBundleAnswers } from '../answers.ts';
import { takeRawBodies, toBytes } from './strict-validation.ts';

export type DocumentRouteParts = {
  readonly requires: (permission: Permission) => onRequestAsyncHookHandler;
  readonly documents: HubStore['documents'];
  readonly view: () => Pick<HubView, 'automation' | 'bundleEntry'>;
  readonly bundles: () => BundleRegistry;
  readonly checkpoints: () => CheckpointRegistry;
  /** Parses what was handed over, away from this thread. */
  readonly readHandover: (bytes: Uint8Array) => Promise<Handover>;
};

/** The largest bundle, and the largest checkpoint, in bytes of JSON. */
export const largestBundle = 2 * 1024 * 1024;
export const largestCheckpoint = 16 * 1024 * 1024;

const Problem = Type.Object({ code: Type.String(), message: Type.String() });
/** What comes as bytes is read in another thread. */
const raw = Type.Unknown();

/** The routes of documents, bundles and checkpoints. The large ones are parsed and checked away from this thread. */
export const registerDocumentRoutes = async (app: FastifyInstance, parts: DocumentRouteParts): Promise<void> => {
  const { requires, documents, view, bundles, checkpoints, readHandover } = parts;

  app.get<{ Params: { hash: string } }>(
    '/api/v1/documents/:hash',
    {
      onRequest: requires('read'),
      schema: { summary: 'A document by the SHA-256 of its canonical JSON', params: Type.Object({ hash: DocumentHash }) },
    },
    async (request, reply) => {
      const text = documents.get(request.params.hash);
      if (text === null) throw new Fault('document/unknown', `no document has the hash ${request.params.hash}`);
      return reply.type('application/json').header('cache-control', 'private, max-age=31536000, immutable').send(text);
    },
  );

  app.get(
    '/api/v1/bundles',
    {
      onRequest: requires('read'),
      schema: { summary: 'The live bundle of every scope that has one, and who activated it', response: { 200: Type.Array(BundleAnswer) } },
    },
    async () => toBundleAnswers(view()),
  );

  app.get<{ Params: { scope: string }; Querystring: { before?: number } }>(
    '/api/v1/checkpoints/:scope',
    {
      onRequest: requires('read'),
      schema: {
        summary: 'The newest checkpoint of a scope, or the newest that is not past the entry `before`',
        params: Type.Object({ scope: ScopeId }),
        querystring: Type.Object({ before: Type.Optional(Type.Integer({ minimum: 0 })) }),
      },
    },
    async (request) => checkpoints().newest(request.params.scope, request.query.before),
  );

  await app.register(async (large) => {
    takeRawBodies(large);

    large.post(
      '/api/v1/bundles',
      {
        onRequest: requires('promote'),
        bodyLimit: largestBundle,
        schema: {
          summary: 'Activates a bundle for its scope',
          description:
            'The body is the bundle as canonical JSON: { apiVersion, kind: "Bundle", documents }, at most 2 MiB. It is compiled against the active site first, in a thread of its own; 503 when too many wait for that.',
          body: raw,
          response: {
            200: Type.Object({ hash: DocumentHash, scope: ScopeId, revision: Type.Integer(), isNew: Type.Boolean() }),
            422: Problem,
            503: Problem,
          },
        },
      },
      async (request) => bundles().promote(toBytes(request.body), request.identity === null ? 'hub' : toAuthor(request.identity)),
    );

    large.put<{ Params: { scope: string } }>(
      '/api/v1/checkpoints/:scope',
      {
        // Who holds no lease has nothing to hand over, and none of it is read.
        onRequest: [requires('checkpoint'), async ({ params, identity }) => checkpoints().mustHold(params.scope, identity?.nodeId ?? null)],
        bodyLimit: largestCheckpoint,
        schema: {
          summary: 'Stores a checkpoint; only for the holder of the lease',
          description: 'At most 16 MiB.',
          params: Type.Object({ scope: ScopeId }),
          body: raw,
          response: { 200: Type.Object({ cursor: Type.Integer() }), 409: Problem, 503: Problem },
        },
      },
      async ({ params, body, identity }) => checkpoints().put(params.scope, await readHandover(toBytes(body)), identity?.nodeId ?? null),
    );
  });
};
