import { Fault, LinkAnswer, PersonName, UserAnswers, UserChange, UserRequest, type UserAnswer } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { toActor, type Credentials } from '../../access/identity.ts';
import type { User, Users } from '../../access/users.ts';
import type { HubStore } from '../../store/hub-store.ts';
import { noteAccess } from '../note-access.ts';
import type { SignInCodes } from '../sign-in.ts';
import { endBrowsers } from './password-routes.ts';

export type UserRouteParts = {
  readonly users: Users;
  readonly credentials: Pick<Credentials, 'create' | 'list' | 'revoke' | 'verify'>;
  readonly codes: Pick<SignInCodes, 'issue'>;
  readonly store: Pick<HubStore, 'log' | 'sync'>;
  readonly sessions: { endOf(credential: string): void };
  readonly publicUrl: URL | null;
  readonly view: { readonly layout: { readonly locations: readonly { readonly id: string }[] } };
};

const OneUser = Type.Object({ name: PersonName });

const toAnswers = ({ users, credentials }: UserRouteParts): UserAnswer[] => {
  const browsers = Map.groupBy(
    credentials.list().filter(({ isBrowser }) => isBrowser === true),
    ({ name }) => name,
  );
  return users.list().map(({ name, role, locations, hasPassword, createdAt, createdBy }) => ({
    name,
    role,
    locations: locations === undefined ? null : [...locations],
    hasPassword,
    createdAt,
    createdBy: createdBy ?? null,
    browsers: browsers.get(name)?.length ?? 0,
  }));
};

/** @throws Fault `protocol/invalid` for a location that the site does not have. */
const mustBeLocations = ({ view }: UserRouteParts, locations: readonly string[] | null | undefined): void => {
  const known = view.layout.locations.map(({ id }) => id);
  const unknown = locations?.find((one) => !known.includes(one));
  if (unknown !== undefined) throw new Fault('protocol/invalid', `the site has no location ${unknown}; it has ${known.join(', ')}`);
};

/** The routes by which an administrator manages people. What a change takes from a person ends their sessions at once. */
export const registerUserRoutes = (app: FastifyInstance, parts: UserRouteParts): void => {
  const { users, store } = parts;
  app.get('/api/v1/users', { schema: { summary: 'The people who can sign in', response: { 200: UserAnswers } } }, async () =>
    toAnswers(parts),
  );
  app.post<{ Body: UserRequest }>(
    '/api/v1/users',
    {
      schema: {
        summary: 'Adds a user',
        description: 'Without a password, create a link for them: it signs them in once, and they choose one.',
        body: UserRequest,
        response: { 201: UserAnswers },
      },
    },
    async ({ identity, body }, reply) => {
      mustBeLocations(parts, body.locations);
      const by = toActor(identity);
      await users.create({ ...body, createdBy: by });
      noteAccess(store.log, { by, action: 'user-created', role: body.role, subject: { kind: 'user', id: body.name } });
      await store.sync();
      return reply.code(201).send(toAnswers(parts));
    },
  );
  registerChanges(app, parts);
  registerUserLink(app, parts);
};

const registerChanges = (app: FastifyInstance, parts: UserRouteParts): void => {
  const { users, store } = parts;
  app.put<{ Params: { name: string }; Body: UserChange }>(
    '/api/v1/users/:name',
    {
      schema: {
        summary: 'Changes the role or the locations of a user; their sessions end',
        params: OneUser,
        body: UserChange,
        response: { 200: UserAnswers },
      },
    },
    async ({ identity, params: { name }, body }) => {
      mustBeLocations(parts, body.locations);
      const { role } = await users.change(name, body);
      await endBrowsers(parts, name, null);
      noteAccess(store.log, { by: toActor(identity), action: 'user-changed', role, subject: { kind: 'user', id: name } });
      await store.sync();
      return toAnswers(parts);
    },
  );
  app.delete<{ Params: { name: string } }>(
    '/api/v1/users/:name',
    { schema: { summary: 'Removes a user; their sessions end at once', params: OneUser, response: { 200: UserAnswers } } },
    async ({ identity, params: { name } }) => {
      await users.remove(name);
      await endBrowsers(parts, name, null);
      noteAccess(store.log, { by: toActor(identity), action: 'user-removed', subject: { kind: 'user', id: name } });
      await store.sync();
      return toAnswers(parts);
    },
  );
};

const registerUserLink = (app: FastifyInstance, parts: UserRouteParts): void => {
  const { users, store, codes, publicUrl } = parts;
  app.post<{ Params: { name: string } }>(
    '/api/v1/users/:name/link',
    {
      schema: {
        summary: 'Creates a link that signs a user in once; they choose a new password',
        description: 'Their old password is removed, and their sessions end.',
        params: OneUser,
        response: { 200: LinkAnswer },
      },
    },
    async ({ identity, params: { name } }) => {
      const user: User = await users.setPassword(name, null);
      await endBrowsers(parts, name, null);
      const { role, locations } = user;
      const path = `/sign-in/${codes.issue({ role, name, locations, isUser: true })}`;
      noteAccess(store.log, { by: toActor(identity), action: 'link-created', role, subject: { kind: 'user', id: name } });
      await store.sync();
      return { path, origin: publicUrl?.origin ?? null };
    },
  );
};
