import { Fault, KioskAnswer, LinkAnswer, PersonName } from '@phloem/protocol';
import type { FastifyInstance, onRequestAsyncHookHandler } from 'fastify';
import { Type } from 'typebox';
import type { Credentials } from '../access.ts';
import type { SignInCodes } from '../sign-in.ts';

export type KioskRouteParts = {
  readonly requires: onRequestAsyncHookHandler;
  readonly credentials: Pick<Credentials, 'list' | 'revoke'>;
  readonly codes: Pick<SignInCodes, 'issue'>;
  /** Where people outside of this machine reach the hub; null where they do not. */
  readonly publicUrl: URL | null;
  /** Ends the sessions of a credential that has been taken back. */
  readonly endSessions: (credential: string) => void;
};

const KioskRequest = Type.Object({ name: PersonName }, { additionalProperties: false });

/**
 * The routes by which screens on a wall are let in: whoever follows the link becomes a viewer that stays signed in, and may
 * do nothing but read, until somebody takes that back.
 */
export const registerKioskRoutes = (
  app: FastifyInstance,
  { requires, credentials, codes, publicUrl, endSessions }: KioskRouteParts,
): void => {
  const list = (): KioskAnswer[] =>
    credentials.list().flatMap(({ id, name, createdAt, isKiosk }) => (isKiosk === true ? [{ id, name: name ?? id, createdAt }] : []));

  app.post<{ Body: { name: string } }>(
    '/api/v1/kiosks',
    {
      onRequest: requires,
      schema: {
        summary: 'Makes a one-time link that signs a screen on a wall in, for reading alone',
        description: 'The link works once, within 15 minutes. The credential that it makes stays until it is taken back.',
        body: KioskRequest,
        response: { 201: LinkAnswer },
      },
    },
    async ({ body }, reply) =>
      reply
        .code(201)
        .send({ path: `/sign-in/${codes.issue({ role: 'viewer', name: body.name, isKiosk: true })}`, origin: publicUrl?.origin ?? null }),
  );

  app.get(
    '/api/v1/kiosks',
    { onRequest: requires, schema: { summary: 'The screens that are let in', response: { 200: Type.Array(KioskAnswer) } } },
    async () => list(),
  );

  app.delete<{ Params: { id: string } }>(
    '/api/v1/kiosks/:id',
    {
      onRequest: requires,
      schema: {
        summary: 'Takes back what a screen was let in by; it is signed out at once',
        params: Type.Object({ id: Type.String({ maxLength: 32 }) }),
        response: { 200: Type.Array(KioskAnswer) },
      },
    },
    async ({ params: { id } }) => {
      if (!list().some((kiosk) => kiosk.id === id)) throw new Fault('kiosk/unknown', `no wall screen bears the id ${id.slice(0, 40)}`);
      await credentials.revoke(id);
      endSessions(id);
      return list();
    },
  );
};
