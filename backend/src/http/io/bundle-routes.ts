import {
  BundleRevision,
  DifferencesQuery,
  DocumentHash,
  Fault,
  PushQuery,
  RevisionDifferences,
  RollbackRequest,
  ScopeId,
} from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { toActor } from '../../access/identity.ts';
import { compareRevisions } from '../../documents/compare-revisions.ts';
import { toRevisions, type BundleRegistry } from '../../documents/bundle-registry.ts';
import type { HubStore } from '../../store/hub-store.ts';
import type { HubView } from '../../view/hub-view.ts';
import { BundleAnswer, toBundleAnswers } from '../answers.ts';
import { problems } from '../route-answers.ts';
import { takeRawBodies, toBytes } from './strict-validation.ts';

export type BundleRouteParts = {
  readonly documents: HubStore['documents'];
  readonly revisions: HubStore['revisions'];
  readonly view: Pick<HubView, 'automation' | 'bundleEntry'>;
  readonly bundles: BundleRegistry;
};

/** The largest bundle, in bytes of JSON. */
export const largestBundle = 2 * 1024 * 1024;

const PromotionAnswer = Type.Object({ hash: DocumentHash, scope: ScopeId, revision: Type.Integer(), isNew: Type.Boolean() });

/** The routes of documents and bundles. Bundles are parsed and checked away from this thread. */
export const registerBundleRoutes = async (app: FastifyInstance, parts: BundleRouteParts): Promise<void> => {
  const { documents, view, bundles } = parts;
  registerRevisionRoutes(app, parts);
  app.get<{ Params: { hash: string } }>(
    '/api/v1/documents/:hash',
    { schema: { summary: 'A document by the SHA-256 of its canonical JSON', params: Type.Object({ hash: DocumentHash }) } },
    async (request, reply) => {
      const text = documents.get(request.params.hash);
      if (text === null) throw new Fault('document/unknown', `no document has the hash ${request.params.hash}`);
      return reply.type('application/json').header('cache-control', 'private, max-age=31536000, immutable').send(text);
    },
  );

  app.get(
    '/api/v1/bundles',
    {
      schema: { summary: 'The live bundle of every scope that has one, and who activated it', response: { 200: Type.Array(BundleAnswer) } },
    },
    async () => toBundleAnswers(view),
  );

  await app.register(async (large) => {
    takeRawBodies(large);
    large.post<{ Querystring: PushQuery }>(
      '/api/v1/bundles',
      {
        bodyLimit: largestBundle,
        schema: {
          summary: 'Activates a bundle for its scope',
          description:
            'The body is the bundle as canonical JSON: { apiVersion, kind: "Bundle", documents }, at most 2 MiB, 500 documents, and 64 KiB for each document except a RuleTest. It is compiled against the active site first, in a thread of its own; 503 when too many wait for that.',
          // It comes as bytes, and is read in another thread.
          body: Type.Unknown(),
          querystring: PushQuery,
          response: {
            200: PromotionAnswer,
            ...problems('document/invalid', 'document/busy', 'revision/newer'),
          },
        },
      },
      async ({ body, identity, query }) => bundles.promote(toBytes(body), toActor(identity), query),
    );
  });
};

/** The routes of what was live before, and of the way back to it. */
const registerRevisionRoutes = (app: FastifyInstance, { documents, revisions, view, bundles }: BundleRouteParts): void => {
  const params = Type.Object({ scope: ScopeId });
  app.get<{ Params: { scope: string } }>(
    '/api/v1/bundles/:scope/revisions',
    {
      schema: {
        summary: 'The revisions of a scope, newest first: number, hash, parent, author, time and message',
        params,
        response: { 200: Type.Array(BundleRevision) },
      },
    },
    async ({ params: { scope } }) => toRevisions(scope, revisions, view),
  );
  app.get<{ Params: { scope: string }; Querystring: DifferencesQuery }>(
    '/api/v1/bundles/:scope/differences',
    {
      schema: {
        summary: 'What two revisions of a scope mean differently',
        params,
        querystring: DifferencesQuery,
        response: { 200: RevisionDifferences, ...problems('revision/unknown') },
      },
    },
    async ({ params: { scope }, query: { from, to } }) => {
      const known = toRevisions(scope, revisions, view);
      return compareRevisions(known, documents, { from, to: to ?? known[0]?.revision ?? 0 });
    },
  );
  app.post<{ Params: { scope: string }; Body: RollbackRequest }>(
    '/api/v1/bundles/:scope/rollback',
    {
      schema: {
        summary: 'Activates the bundle of an earlier revision again, as a new revision',
        params,
        body: RollbackRequest,
        response: { 200: PromotionAnswer, ...problems('revision/unknown', 'revision/newer', 'document/invalid', 'document/busy') },
      },
    },
    async ({ params: { scope }, body: { revision, reason, parent }, identity }) => {
      const found = toRevisions(scope, revisions, view).find((each) => each.revision === revision);
      const text = found === undefined ? null : documents.get(found.hash);
      if (text === null) throw new Fault('revision/unknown', `${scope} has no revision ${revision}; see "phloem rules log"`);
      const message = `Roll back to revision ${revision}: ${reason}`;
      return bundles.promote(new TextEncoder().encode(text), toActor(identity), { message, parent });
    },
  );
};
