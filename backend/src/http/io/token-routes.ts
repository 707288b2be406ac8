import { Fault, TokenAnswers, TokenRequest, type TokenAnswer } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { toActor, toAuthor, type CredentialRecord, type Credentials } from '../../access/identity.ts';
import type { HubStore } from '../../store/hub-store.ts';
import { noteAccess } from '../note-access.ts';

export type TokenRouteParts = {
  readonly credentials: Credentials;
  readonly store: Pick<HubStore, 'log' | 'sync'>;
  readonly sessions: { endOf(credential: string): void; countOf(credential: string): number };
  readonly requests: { endOf(credential: string): void };
};

const kindOf = ({ isKiosk, isBrowser, nodeId }: CredentialRecord): TokenAnswer['kind'] =>
  isKiosk === true ? 'kiosk' : isBrowser === true ? 'browser' : nodeId === null ? 'person' : 'service';

const toAnswer = (record: CredentialRecord, sessions: number, own: string | undefined): TokenAnswer => ({
  id: record.id,
  kind: kindOf(record),
  role: record.role,
  node: record.nodeId,
  name: record.name ?? null,
  locations: record.locations === undefined ? null : [...record.locations],
  createdAt: record.createdAt,
  createdBy: record.createdBy ?? null,
  expiresAt: record.expiresAt ?? null,
  sessions,
  isOwn: record.id === own,
});

const toList = ({ credentials, sessions }: TokenRouteParts, own: string | undefined): TokenAnswer[] =>
  credentials.list().map((record) => toAnswer(record, sessions.countOf(record.id), own));

/** The routes by which credentials are made, listed and revoked. */
export const registerTokenRoutes = (app: FastifyInstance, parts: TokenRouteParts): void => {
  const { credentials, store } = parts;
  app.get(
    '/api/v1/tokens',
    {
      schema: { summary: 'The valid credentials of services, people, browsers and wall screens', response: { 200: TokenAnswers } },
    },
    async ({ identity }) => toList(parts, identity?.id),
  );

  app.post<{ Body: TokenRequest }>(
    '/api/v1/tokens',
    {
      schema: {
        summary: 'Creates a token; it is shown only once',
        description: 'It is valid for `forMs`, or until it is revoked.',
        body: TokenRequest,
        response: { 200: Type.Object({ token: Type.String(), id: Type.String() }) },
      },
    },
    async (request) => {
      const { role, node, name, locations, forMs } = request.body;
      const by = toActor(request.identity);
      const token = await credentials.create({ role, nodeId: node ?? null, name, locations, forMs, createdBy: by });
      const id = credentials.verify(token)?.id ?? '';
      const made = credentials.list().find((record) => record.id === id);
      noteAccess(store.log, {
        by,
        action: 'token-created',
        role,
        credential: id,
        ...(made !== undefined && { subject: toAuthor(made) }),
        ...(made?.expiresAt !== undefined && { until: made.expiresAt }),
      });
      await store.sync();
      return { token, id };
    },
  );
  registerRevocation(app, parts);
};

const registerRevocation = (app: FastifyInstance, parts: TokenRouteParts): void => {
  const { credentials, store, sessions, requests } = parts;
  app.delete<{ Params: { id: string } }>(
    '/api/v1/tokens/:id',
    {
      schema: {
        summary: 'Revokes a credential; its sessions and leases end at once',
        params: Type.Object({ id: Type.String({ maxLength: 32 }) }),
        response: { 200: TokenAnswers },
      },
    },
    async (request) => {
      const { id } = request.params;
      const known = credentials.list().find((record) => record.id === id);
      if (known === undefined) throw new Fault('token/unknown', `no credential has the id ${id}; GET /api/v1/tokens lists them`);
      if (request.identity?.id === id) throw new Fault('token/own', 'this request came with that credential; revoke it with another one');
      await credentials.revoke(id);
      sessions.endOf(id);
      requests.endOf(id);
      noteAccess(store.log, {
        by: toActor(request.identity),
        action: 'token-revoked',
        role: known.role,
        credential: id,
        subject: toAuthor(known),
      });
      await store.sync();
      return toList(parts, request.identity?.id);
    },
  );
};
