import { faults, type Author, LinkAnswer, PersonName } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { toActor, type Credentials } from '../../access/identity.ts';
import { people } from '../../access/permissions.ts';
import type { Users } from '../../access/users.ts';
import type { HubStore } from '../../store/hub-store.ts';
import { noteAccess } from '../note-access.ts';
import { toSignInPage } from '../sign-in-page.ts';
import { whoStands, type SignInCodes, type SignInFor } from '../sign-in.ts';
import { toRequestAddress } from './request-address.ts';
import type { SetCookie } from './session-cookie.ts';

export type SignInRouteParts = {
  readonly credentials: Pick<Credentials, 'create' | 'verify'>;
  readonly codes: SignInCodes;
  readonly users: Pick<Users, 'find'>;
  readonly store: Pick<HubStore, 'log'>;
  readonly publicUrl: URL | null;
  /** Leaves the cookie that signs a browser in. */
  readonly setCookie: SetCookie;
  /** Called when a link has been used, or was followed too late, so that the next one can be printed. */
  readonly onLinkSpent: () => void;
  /** Where the style of the pages around a sign-in comes from. */
  readonly styleSheets: readonly string[];
};

/** Whom a link is to sign in; anyone who starts a hub is an engineer called operator. */
const SignInRequest = Type.Object(
  { role: Type.Optional(Type.Enum([...people])), name: Type.Optional(PersonName) },
  { additionalProperties: false },
);

const dayS = 24 * 3600;
/** Browsers keep no cookie for longer than 400 days. */
const cookieDays = { browser: 30, kiosk: 400 } as const;

/** The routes that create a link which signs a browser in, and that the browser follows. */
export const registerSignInRoutes = (app: FastifyInstance, parts: SignInRouteParts): void => {
  const { codes, store, publicUrl } = parts;
  app.post<{ Body: Static<typeof SignInRequest> | null }>(
    '/api/v1/sign-in-links',
    {
      schema: {
        summary: 'Creates a one-time link that signs a browser in',
        body: Type.Union([SignInRequest, Type.Null()]),
        response: { 200: LinkAnswer },
      },
    },
    async (request) => {
      const whom = { ...whoStands, ...request.body };
      const path = `/sign-in/${codes.issue(whom)}`;
      noteAccess(store.log, {
        by: toActor(request.identity),
        action: 'link-created',
        role: whom.role,
        subject: { kind: 'user', id: whom.name },
      });
      return { path, origin: publicUrl?.origin ?? null };
    },
  );
  registerLink(app, parts);
};

/** Whom a link signs in now: a user may have been removed, or been given another role, since it was made. */
const toWhom = (whom: SignInFor, users: SignInRouteParts['users']): SignInFor | null => {
  if (whom.isUser !== true) return whom;
  const user = users.find(whom.name);
  return user === null ? null : { ...whom, role: user.role, locations: user.locations };
};

const registerLink = (app: FastifyInstance, parts: SignInRouteParts): void => {
  const { codes, credentials, store } = parts;
  // A HEAD would use the code up: anyone who shows previews of links asks so.
  app.get<{ Params: { code: string } }>('/sign-in/:code', { exposeHeadRoute: false, schema: { hide: true } }, async (request, reply) => {
    const address = toRequestAddress(request, parts.publicUrl);
    const verdict = codes.redeem(request.params.code, address);
    const whom = verdict.kind === 'good' ? toWhom(verdict.whom, parts.users) : null;
    if (verdict.kind !== 'good' || whom === null) {
      if (verdict.kind === 'outdated') parts.onLinkSpent();
      const isBusy = verdict.kind === 'busy';
      return reply
        .code(faults[isBusy ? 'auth/rate' : 'auth/unauthorised'].http)
        .type('text/html; charset=utf-8')
        .send(toSignInPage(isBusy ? 'busy' : 'spent', parts.styleSheets));
    }
    const isKiosk = whom.isKiosk === true;
    const by: Author = { kind: 'user', id: whom.name };
    const token = await credentials.create({ ...whom, nodeId: null, createdBy: by, ...(isKiosk ? {} : { isBrowser: true }) });
    noteAccess(store.log, {
      by,
      action: 'sign-in',
      role: whom.role,
      credential: credentials.verify(token)?.id ?? '',
      from: address,
    });
    // Anyone who has no password yet chooses one first.
    const isNew = whom.isUser === true && parts.users.find(whom.name)?.hasPassword === false;
    const start = isKiosk ? '/wall' : isNew ? '/account' : '/';
    parts.onLinkSpent();
    parts.setCookie(request, reply, token, (isKiosk ? cookieDays.kiosk : cookieDays.browser) * dayS);
    return (
      reply
        .type('text/html; charset=utf-8')
        // A redirect would be part of the cross-site navigation that the link may have come from, and SameSite=Strict
        // would hold the cookie back; a page of our own starts a new navigation.
        .send(toSignInPage({ start }, parts.styleSheets))
    );
  });
};
