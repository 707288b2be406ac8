import { Fault, LinkAnswer, PersonName, TokenAnswers, TokenRequest, type EntryDraft, type TokenAnswer } from '@phloem/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import { Type, type Static } from 'typebox';
import type { HubStore } from '../../store/hub-store.ts';
import { toAuthor, type CredentialRecord, type Credentials } from '../access.ts';
import { toSignInPage } from '../sign-in-page.ts';
import { whoStands, type SignInCodes } from '../sign-in.ts';

export type CredentialRouteParts = {
  readonly administer: onRequestAsyncHookHandler;
  readonly credentials: Credentials;
  readonly codes: SignInCodes;
  readonly store: Pick<HubStore, 'log' | 'sync'>;
  readonly publicUrl: URL | null;
  readonly sessions: () => { endOf(credential: string): void; countOf(credential: string): number };
  /** Leaves the cookie that signs a browser in. */
  readonly setCookie: (request: FastifyRequest, reply: FastifyReply, token: string, maxAgeS: number) => void;
  readonly onLinkSpent: () => void;
  /** Where the style of the pages around a sign-in comes from. */
  readonly styleSheets: readonly string[];
};

/** Whom a link is to sign in; anyone who starts a hub is an engineer called operator. */
const SignInRequest = Type.Object(
  { role: Type.Optional(Type.Enum(['viewer', 'technician', 'engineer', 'admin'])), name: Type.Optional(PersonName) },
  { additionalProperties: false },
);

const dayS = 24 * 3600;
/** Browsers keep no cookie for longer than 400 days. */
const cookieDays = { browser: 30, kiosk: 400 } as const;

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

const toActor = ({ identity }: FastifyRequest): string => (identity === null ? 'hub' : toAuthor(identity));

/** The routes by which credentials are made, listed and revoked, and the link that signs a browser in. */
export const registerCredentialRoutes = (app: FastifyInstance, parts: CredentialRouteParts): void => {
  const { administer, credentials, codes, store, publicUrl, sessions } = parts;
  const note = (draft: Omit<Extract<EntryDraft, { kind: 'access' }>, 'kind'>): void => {
    store.log.append([{ kind: 'access', ...draft }]);
  };
  const list = (own: string | undefined): TokenAnswer[] =>
    credentials.list().map((record) => toAnswer(record, sessions().countOf(record.id), own));

  app.get(
    '/api/v1/tokens',
    {
      onRequest: administer,
      schema: { summary: 'The valid credentials of services, people, browsers and wall screens', response: { 200: TokenAnswers } },
    },
    async ({ identity }) => list(identity?.id),
  );

  app.post<{ Body: TokenRequest }>(
    '/api/v1/tokens',
    {
      onRequest: administer,
      schema: {
        summary: 'Creates a token; it is shown only once',
        description: 'It is valid for `forMs`, or until it is revoked.',
        body: TokenRequest,
        response: { 200: Type.Object({ token: Type.String(), id: Type.String() }) },
      },
    },
    async (request) => {
      const { role, node, name, locations, forMs } = request.body;
      const by = toActor(request);
      const token = await credentials.create({ role, nodeId: node ?? null, name, locations, forMs, createdBy: by });
      const id = credentials.verify(token)?.id ?? '';
      const made = credentials.list().find((record) => record.id === id);
      note({
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

  app.delete<{ Params: { id: string } }>(
    '/api/v1/tokens/:id',
    {
      onRequest: administer,
      schema: {
        summary: 'Revokes a credential; its sessions end at once',
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
      sessions().endOf(id);
      note({ by: toActor(request), action: 'token-revoked', role: known.role, credential: id, subject: toAuthor(known) });
      await store.sync();
      return list(request.identity?.id);
    },
  );

  app.post<{ Body: Static<typeof SignInRequest> | null }>(
    '/api/v1/sign-in-links',
    {
      onRequest: administer,
      schema: {
        summary: 'Creates a one-time link that signs a browser in',
        body: Type.Union([SignInRequest, Type.Null()]),
        response: { 200: LinkAnswer },
      },
    },
    async (request) => {
      const whom = { ...whoStands, ...request.body };
      const path = `/sign-in/${codes.issue(whom)}`;
      note({ by: toActor(request), action: 'link-created', role: whom.role, subject: `user:${whom.name}` });
      return { path, origin: publicUrl?.origin ?? null };
    },
  );

  // A HEAD would use the code up: anyone who shows previews of links asks so.
  app.get<{ Params: { code: string } }>('/sign-in/:code', { exposeHeadRoute: false, schema: { hide: true } }, async (request, reply) => {
    const verdict = codes.redeem(request.params.code, request.ip);
    if (verdict.kind !== 'good') {
      if (verdict.kind === 'outdated') parts.onLinkSpent();
      const isBusy = verdict.kind === 'busy';
      return reply
        .code(isBusy ? 429 : 401)
        .type('text/html; charset=utf-8')
        .send(toSignInPage(isBusy ? 'busy' : 'spent', parts.styleSheets));
    }
    const isKiosk = verdict.whom.isKiosk === true;
    const by = `user:${verdict.whom.name}`;
    const token = await credentials.create({ ...verdict.whom, nodeId: null, createdBy: by, ...(isKiosk ? {} : { isBrowser: true }) });
    note({
      by,
      action: 'sign-in',
      role: verdict.whom.role,
      credential: credentials.verify(token)?.id ?? '',
      from: request.ip.slice(0, 64),
    });
    const start = isKiosk ? '/wall' : '/';
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
