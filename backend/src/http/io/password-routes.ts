import { Fault, PasswordChange, PasswordSignIn, SignInWays, type Author } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { toActor, type Credentials } from '../../access/identity.ts';
import type { Users } from '../../access/users.ts';
import type { HubStore } from '../../store/hub-store.ts';
import { createMisses } from '../misses.ts';
import { noteAccess } from '../note-access.ts';
import { toRequestAddress } from './request-address.ts';
import type { ClearCookie, SetCookie } from './session-cookie.ts';

export type PasswordRouteParts = {
  readonly publicUrl: URL | null;
  readonly users: Users;
  readonly credentials: Pick<Credentials, 'create' | 'list' | 'revoke' | 'verify'>;
  readonly store: Pick<HubStore, 'log'>;
  readonly clock: { up(): number };
  readonly sessions: { endOf(credential: string): void };
  readonly setCookie: SetCookie;
  readonly clearCookie: ClearCookie;
};

const cookieS = 30 * 24 * 3600;

/** Ends every browser that a person is signed in with, but one. */
export const endBrowsers = async (
  { credentials, sessions }: Pick<PasswordRouteParts, 'credentials' | 'sessions'>,
  name: string,
  but: string | null,
): Promise<void> => {
  for (const record of credentials.list()) {
    if (record.isBrowser !== true || record.name !== name || record.id === but) continue;
    await credentials.revoke(record.id);
    sessions.endOf(record.id);
  }
};

/** The routes by which people sign in with a password, change it, and sign out. */
export const registerPasswordRoutes = (app: FastifyInstance, parts: PasswordRouteParts): void => {
  app.get('/api/v1/sign-in', { schema: { summary: 'How people can sign in', response: { 200: SignInWays }, security: [] } }, async () => ({
    password: parts.users.list().some(({ hasPassword }) => hasPassword),
  }));
  registerSignIn(app, parts);
  registerSignOut(app, parts);
  registerPasswordChange(app, parts);
};

const registerSignIn = (app: FastifyInstance, { users, credentials, store, clock, setCookie, publicUrl }: PasswordRouteParts): void => {
  // An address rests after five wrong attempts. A name rests later, so that a stranger does not easily keep its owner out.
  const addresses = createMisses({ beforeRest: 5, now: () => clock.up() });
  const names = createMisses({ beforeRest: 20, now: () => clock.up() });
  app.post<{ Body: PasswordSignIn }>(
    '/api/v1/sign-in',
    {
      schema: {
        summary: 'Signs a browser in with a password',
        description: 'The session is a cookie that scripts cannot read.',
        body: PasswordSignIn,
        response: { 204: Type.Null() },
        security: [],
      },
    },
    async (request, reply) => {
      const { name, password } = request.body;
      const address = toRequestAddress(request, publicUrl);
      if (addresses.isResting(address) || names.isResting(name)) {
        throw new Fault('auth/rate', 'too many wrong attempts; wait a minute, or longer after more of them');
      }
      // It counts before it is known to be wrong: attempts at the same time are attempts as well.
      addresses.note(address);
      names.note(name);
      const isRight = await users.isPassword(name, password);
      const user = users.find(name);
      if (!isRight || user === null) {
        noteAccess(store.log, { by: { kind: 'hub' }, action: 'sign-in-refused', subject: { kind: 'user', id: name }, from: address });
        throw new Fault('auth/unauthorised', 'name or password is wrong');
      }
      addresses.forget(address);
      names.forget(name);
      const by: Author = { kind: 'user', id: name };
      const { role, locations } = user;
      const token = await credentials.create({ role, name, locations, nodeId: null, isBrowser: true, createdBy: by });
      noteAccess(store.log, { by, action: 'sign-in', role, credential: credentials.verify(token)?.id ?? '', from: address });
      setCookie(request, reply, token, cookieS);
      return reply.code(204).send();
    },
  );
};

const registerSignOut = (app: FastifyInstance, { credentials, store, sessions, clearCookie }: PasswordRouteParts): void => {
  app.post(
    '/api/v1/sign-out',
    { schema: { summary: 'Signs this browser out; its sessions end at once', response: { 204: Type.Null() } } },
    async (request, reply) => {
      const { identity } = request;
      const own = credentials.list().find(({ id }) => id === identity?.id);
      if (identity === null || own?.isBrowser !== true)
        throw new Fault('auth/forbidden', 'only a browser signs out; revoke a token instead');
      await credentials.revoke(identity.id);
      sessions.endOf(identity.id);
      noteAccess(store.log, { by: toActor(identity), action: 'sign-out', credential: identity.id });
      clearCookie(request, reply);
      return reply.code(204).send();
    },
  );
};

const registerPasswordChange = (app: FastifyInstance, parts: PasswordRouteParts): void => {
  const { users, store, clock } = parts;
  const misses = createMisses({ beforeRest: 5, now: () => clock.up() });
  app.post<{ Body: PasswordChange }>(
    '/api/v1/me/password',
    {
      schema: {
        summary: 'Sets the password of the signed-in user',
        description: 'Other browsers of this user are signed out.',
        body: PasswordChange,
        response: { 204: Type.Null() },
      },
    },
    async ({ identity, body: { current, next } }, reply) => {
      // A wall screen, or a token, may have the name of a person.
      const isPerson = parts.credentials
        .list()
        .some(({ id, isBrowser, isKiosk }) => id === identity?.id && isBrowser === true && isKiosk !== true);
      const user = isPerson && identity?.name !== undefined ? users.find(identity.name) : null;
      if (identity === null || user === null) {
        throw new Fault('user/unknown', 'nobody of this name is a user of this hub; an administrator adds users with phloem user add');
      }
      if (misses.isResting(user.name)) throw new Fault('auth/rate', 'too many wrong attempts; wait a minute, or longer after more of them');
      if (user.hasPassword && !(await users.isPassword(user.name, current ?? ''))) {
        misses.note(user.name);
        throw new Fault('auth/password', 'The current password is wrong. Nothing was changed.');
      }
      await users.setPassword(user.name, next);
      misses.forget(user.name);
      await endBrowsers(parts, user.name, identity.id);
      noteAccess(store.log, { by: toActor(identity), action: 'password-changed', subject: { kind: 'user', id: user.name } });
      return reply.code(204).send();
    },
  );
};
