import { Fault, KioskAnswer, LinkAnswer, PersonName } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { toActor, type Credentials } from '../../access/identity.ts';
import type { HubStore } from '../../store/hub-store.ts';
import { noteAccess } from '../note-access.ts';
import type { SignInCodes } from '../sign-in.ts';

export type KioskRouteParts = {
  readonly credentials: Pick<Credentials, 'list' | 'revoke'>;
  readonly codes: Pick<SignInCodes, 'issue'>;
  /** Where people outside of this machine reach the hub; null where they do not. */
  readonly publicUrl: URL | null;
  readonly sessions: { endOf(credential: string): void };
  readonly store: { readonly log: Pick<HubStore['log'], 'append'> };
};

const KioskRequest = Type.Object({ name: PersonName }, { additionalProperties: false });

/**
 * The routes by which screens on a wall are let in: anyone who follows the link becomes a viewer that stays signed in for 400
 * days, or until somebody takes that back, and may do nothing but read.
 */
export const registerKioskRoutes = (
  app: FastifyInstance,
  { credentials, codes, publicUrl, sessions, store: { log } }: KioskRouteParts,
): void => {
  const list = (): KioskAnswer[] =>
    credentials
      .list()
      .flatMap(({ id, name, createdAt, isKiosk, expiresAt }) =>
        isKiosk === true ? [{ id, name: name ?? id, createdAt, ...(expiresAt !== undefined && { expiresAt }) }] : [],
      );

  app.post<{ Body: { name: string } }>(
    '/api/v1/kiosks',
    {
      schema: {
        summary: 'Creates a one-time link that signs in a wall screen, which can only read',
        description:
          'The link works once, within 15 minutes. The credential that it creates is valid for 400 days, or until it is revoked.',
        body: KioskRequest,
        response: { 201: LinkAnswer },
      },
    },
    async ({ body: { name }, identity }, reply) => {
      const path = `/sign-in/${codes.issue({ role: 'viewer', name, isKiosk: true })}`;
      noteAccess(log, { by: toActor(identity), action: 'link-created', role: 'viewer', subject: { kind: 'user', id: name } });
      return reply.code(201).send({ path, origin: publicUrl?.origin ?? null });
    },
  );

  app.get('/api/v1/kiosks', { schema: { summary: 'The wall screens with access', response: { 200: Type.Array(KioskAnswer) } } }, async () =>
    list(),
  );

  app.delete<{ Params: { id: string } }>(
    '/api/v1/kiosks/:id',
    {
      schema: {
        summary: 'Revokes the access of a wall screen; it is signed out at once',
        params: Type.Object({ id: Type.String({ maxLength: 32 }) }),
        response: { 200: Type.Array(KioskAnswer) },
      },
    },
    async ({ params: { id }, identity }) => {
      if (!list().some((kiosk) => kiosk.id === id)) throw new Fault('kiosk/unknown', `no wall screen has the id ${id.slice(0, 40)}`);
      await credentials.revoke(id);
      sessions.endOf(id);
      noteAccess(log, { by: toActor(identity), action: 'token-revoked', role: 'viewer', credential: id });
      return list();
    },
  );
};
