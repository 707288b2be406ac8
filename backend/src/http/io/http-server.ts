import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyCookie from '@fastify/cookie';
import fastifyHelmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import fastifySwagger from '@fastify/swagger';
import { DocumentHash, Fault, isFault, LinkAnswer, NodeId, PersonName, Role, ScopeId, toLocation, type FaultCode } from '@phloem/protocol';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';
import { Type, type Static } from 'typebox';
import type { DeviceGate, GateOperator } from '../../devices/device-gate.ts';
import type { BundleOutlook } from '../../documents/bundle-outlook.ts';
import type { BundleShelf } from '../../documents/bundle-shelf.ts';
import type { CheckpointShelf } from '../../documents/checkpoint-shelf.ts';
import type { BusDesk } from '../../field/bus-desk.ts';
import type { HistoryDoor } from '../../history/history.ts';
import type { InterlockKeeper } from '../../interlocks/interlock-keeper.ts';
import type { RecordDesk } from '../../records/record-desk.ts';
import type { OffsetDesk } from '../../setpoints/offset-desk.ts';
import type { HubClock, HubStore } from '../../store/hub-store.ts';
import type { HubView } from '../../view/hub-view.ts';
import { seesOf } from '../../sessions/sees.ts';
import {
  isAllowed,
  isOwnPage,
  isPublic,
  mustBeWithin,
  mustSee,
  seenBy,
  toAuthor,
  type Credentials,
  type Identity,
  type Permission,
} from '../access.ts';
import { BundleAnswer, DeviceAnswer, PointAnswer, SiteAnswer, toBundleAnswers, toDeviceAnswers, toPointAnswers } from '../answers.ts';
import { InterlockAnswer, toInterlockAnswers } from '../interlock-answers.ts';
import { isLongRead, toLogAnswer, type LogQuery } from '../log-answer.ts';
import { whoStands, type SignInCodes } from '../sign-in.ts';
import { registerBusRoutes } from './bus-routes.ts';
import { registerHistoryRoutes } from './history-routes.ts';
import { registerNoteRoute } from './note-route.ts';
import { registerKioskRoutes } from './kiosk-routes.ts';
import { registerOffsetRoutes } from './offset-routes.ts';
import { registerOperatorRoutes } from './operator-routes.ts';
import { registerPointRecordRoutes } from './point-record-routes.ts';
import { registerSetpointsRoute } from './setpoints-route.ts';

/** The name of the cookie that signs a browser in. Plain HTTP on loopback would refuse the `__Host-` prefix. */
export const sessionCookie = 'phloem_session';
/** Over TLS: a browser takes it from this host alone, and never sends it in the clear. */
const secureCookie = `__Host-${sessionCookie}`;

export type HttpServerOptions = {
  readonly store: HubStore;
  /** The hub behind it; asked for at each request, since the two need each other to start. */
  readonly hub: () => {
    readonly view: HubView;
    readonly gate: DeviceGate & GateOperator;
    readonly interlocks: InterlockKeeper;
    readonly sessions: { endOf(credential: string): void };
    readonly records: RecordDesk;
    readonly offsets: OffsetDesk;
  };
  readonly buses: BusDesk;
  /** What happened before; in a thread of its own, which is started when the hub is up. */
  readonly history: () => HistoryDoor;
  /** Reads long stretches of the log away from this thread; without it they are read here. */
  readonly readLog?: (query: LogQuery) => Promise<Uint8Array>;
  readonly clock: HubClock;
  readonly credentials: Credentials;
  readonly codes: SignInCodes;
  readonly bundles: () => BundleShelf;
  readonly outlook: () => BundleOutlook;
  readonly checkpoints: () => CheckpointShelf;
  readonly metrics: Registry;
  /** The built panel; null serves none. */
  readonly panelFolder: string | null;
  readonly version: string;
  /** The address under which a web server on this machine passes people on, with TLS; null where none does. */
  readonly publicUrl?: URL | null;
  /** Told when a link has been used, or was followed too late, so that the next one can be printed. */
  readonly onLinkSpent: () => void;
  readonly onError: (error: unknown) => void;
};

const statusOf: Partial<Record<FaultCode, number>> = {
  'auth/unauthorised': 401,
  'auth/origin': 403,
  'document/unknown': 404,
  'point/unknown': 404,
  'calibration/invalid': 422,
  'calibration/newer': 409,
  'calibration/none': 409,
  'document/syntax': 422,
  'document/invalid': 422,
  'rules/invalid': 422,
  'bus/unknown': 404,
  'bus/busy': 429,
  'bus/fixed-speed': 409,
  'modbus/link': 503,
  'command/term': 409,
  'interlock/unknown': 404,
  'interlock/held': 409,
  'history/unknown': 404,
  'history/lived': 409,
  'history/unavailable': 503,
  'command/draining': 503,
  'command/unknown-device': 404,
  'command/value': 422,
  'override/invalid': 422,
  'override/unknown': 404,
  'override/newer': 409,
  'setpoint/unknown': 404,
  'offset/invalid': 422,
  'offset/unknown': 404,
  'offset/newer': 409,
  'alarm/unknown': 404,
  'kiosk/unknown': 404,
};

/** Whom a link is to sign in; whoever starts a hub is an engineer called operator. */
const SignInRequest = Type.Object(
  { role: Type.Optional(Type.Enum(['viewer', 'technician', 'engineer', 'admin'])), name: Type.Optional(PersonName) },
  { additionalProperties: false },
);
const Problem = Type.Object({ code: Type.String(), message: Type.String() });

const readToken = (request: FastifyRequest): string | null => {
  const { authorization } = request.headers;
  if (authorization?.startsWith('Bearer ') === true) return authorization.slice('Bearer '.length);
  return request.cookies[secureCookie] ?? request.cookies[sessionCookie] ?? null;
};

/** The session of a request that Socket.IO received, by its `cookie` header: the same one as over HTTP. */
export const readSessionCookie = (app: FastifyInstance, header: string | undefined): string | null =>
  header === undefined ? null : (app.parseCookie(header)[secureCookie] ?? app.parseCookie(header)[sessionCookie] ?? null);

/** Builds the hub's HTTP side: the panel, the API with its description, health and metrics. It does not listen yet. */
export const createHttpServer = async (options: HttpServerOptions): Promise<FastifyInstance> => {
  const { store, hub, clock, credentials, codes, bundles, checkpoints, metrics } = options;
  // Names of alarms and set-points are longer than its usual 100 characters.
  const app = fastify({ bodyLimit: 8 * 1024 * 1024, forceCloseConnections: true, routerOptions: { maxParamLength: 1024 } });

  app.setErrorHandler((error: unknown, _request, reply) => {
    if (isFault(error)) return reply.code(statusOf[error.code] ?? 400).send({ code: error.code, message: error.message });
    const status = typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : 500;
    if (status < 500)
      return reply.code(status).send({ code: 'protocol/invalid', message: error instanceof Error ? error.message : 'bad request' });
    options.onError(error);
    return reply.code(500).send({ code: 'internal', message: 'the hub made a mistake; its log says more' });
  });

  app.addHook('onRequest', async ({ headers }) => {
    if (!isOwnPage(headers.host, headers.origin, options.publicUrl)) {
      throw new Fault(
        'auth/origin',
        `${(headers.origin ?? headers.host ?? 'nobody').slice(0, 80)} may not ask this hub; open it by its address on this machine`,
      );
    }
  });

  await app.register(fastifyCookie);
  await app.register(fastifyHelmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        connectSrc: ["'self'", 'ws:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    hsts: false,
  });
  await app.register(fastifySwagger, {
    openapi: {
      info: {
        title: 'Phloem hub',
        version: options.version,
        description: 'What a hub tells and takes over HTTP. Live data comes over Socket.IO.',
      },
      components: {
        securitySchemes: { token: { type: 'http', scheme: 'bearer' }, session: { type: 'apiKey', in: 'cookie', name: sessionCookie } },
      },
      security: [{ token: [] }, { session: [] }],
    },
  });

  const requires =
    (permission: Permission) =>
    async (request: FastifyRequest): Promise<void> => {
      const token = readToken(request);
      const identity = token === null ? null : credentials.verify(token);
      if (identity === null) throw new Fault('auth/unauthorised', 'no valid token or session; send "Authorization: Bearer <token>"');
      if (!isAllowed(identity.role, permission)) throw new Fault('auth/unauthorised', `the role ${identity.role} may not do this`);
      mustSee(identity, request.routeOptions.url ?? '', request.params);
      request.identity = identity;
    };
  app.decorateRequest('identity', null);

  /** Open to programs of this machine; by the public name only to who may read. */
  const readsFromAfar = async (request: FastifyRequest): Promise<void> => {
    if (isPublic(request.headers.host, options.publicUrl)) await requires('read')(request);
  };
  const isOpenHere = { onRequest: readsFromAfar } as const;

  app.get('/healthz', { ...isOpenHere, schema: { security: [], summary: 'Whether the hub runs, and how far its log is' } }, async () => ({
    status: 'ok',
    epoch: store.log.epoch,
    first: store.log.first,
    head: store.log.head,
    durable: store.durable,
    up: clock.up(),
  }));

  app.get(
    '/metrics',
    { ...isOpenHere, schema: { security: [], summary: 'Figures in the format of Prometheus', produces: ['text/plain'] } },
    async (_request, reply: FastifyReply) => {
      const text = await metrics.metrics();
      return reply.type(metrics.contentType).send(text);
    },
  );

  app.get(
    '/api/v1/points',
    { onRequest: requires('read'), schema: { summary: 'The newest reading of every point', response: { 200: Type.Array(PointAnswer) } } },
    async ({ identity }) => toPointAnswers(hub().view, { at: clock.at(), up: clock.up() }).filter(({ id }) => seenBy(identity)(id)),
  );

  registerBusRoutes(app, { read: requires('read'), inspect: requires('inspect'), desk: () => options.buses });

  registerHistoryRoutes(app, {
    read: requires('read'),
    administer: requires('administer'),
    history: options.history,
    view: () => hub().view,
    now: () => clock.at(),
    takePast: (past) => hub().records.takePast(past),
  });

  registerOperatorRoutes(app, { requires, hub, store });
  registerOffsetRoutes(app, { requires, hub, store });

  registerKioskRoutes(app, {
    requires: requires('kiosk'),
    credentials,
    codes,
    publicUrl: options.publicUrl ?? null,
    endSessions: (id) => hub().sessions.endOf(id),
  });

  registerNoteRoute(app, { acknowledge: requires('acknowledge'), layout: () => hub().view.layout, store, clock });

  registerPointRecordRoutes(app, { read: requires('read'), maintain: requires('maintain'), desk: () => hub().records });

  app.get(
    '/api/v1/devices',
    { onRequest: requires('read'), schema: { summary: 'How every device stands', response: { 200: Type.Array(DeviceAnswer) } } },
    async ({ identity }) => toDeviceAnswers(hub().view, hub().gate.states()).filter(({ id }) => seenBy(identity)(id)),
  );

  app.get<{ Params: { hash: string } }>(
    '/api/v1/documents/:hash',
    {
      onRequest: requires('read'),
      schema: { summary: 'A document by the SHA-256 of its canonical JSON', params: Type.Object({ hash: DocumentHash }) },
    },
    async (request, reply) => {
      const text = store.documents.get(request.params.hash);
      if (text === null) throw new Fault('document/unknown', `no document bears the hash ${request.params.hash}`);
      return reply.type('application/json').header('cache-control', 'private, max-age=31536000, immutable').send(text);
    },
  );

  app.get(
    '/api/v1/interlocks',
    {
      onRequest: requires('read'),
      schema: { summary: 'How every interlock of the site stands', response: { 200: Type.Array(InterlockAnswer) } },
    },
    async () => toInterlockAnswers(hub().interlocks),
  );

  app.post<{ Params: { id: string } }>(
    '/api/v1/interlocks/:id/reset',
    {
      onRequest: requires('reset'),
      schema: {
        summary: 'Lets a latched interlock go, once its condition has been clear for long enough',
        description: 'The id is percent-encoded: its slashes are %2F. The log says who it was.',
        params: Type.Object({ id: Type.String({ maxLength: 160 }) }),
        response: { 200: Type.Array(InterlockAnswer), 404: Problem, 409: Problem },
      },
    },
    async (request) => {
      const { interlocks } = hub();
      const { id } = request.params;
      if (request.identity !== null) {
        const known = interlocks.status().find((one) => one.id === id);
        for (const device of known?.devices ?? []) mustBeWithin(request.identity, toLocation(device));
      }
      interlocks.reset(id, request.identity === null ? 'hub' : toAuthor(request.identity));
      await store.sync();
      return toInterlockAnswers(interlocks);
    },
  );

  app.get<{ Querystring: { after: number; limit: number } }>(
    '/api/v1/log',
    {
      onRequest: requires('readLog'),
      schema: {
        summary: 'Entries of the log, oldest first',
        description: 'Those after the number `after`. Empty at the end of the log; never more than 4 MiB at once.',
        querystring: Type.Object({
          after: Type.Integer({ minimum: 0, default: 0 }),
          limit: Type.Integer({ minimum: 1, maximum: 10_000, default: 1000 }),
        }),
      },
    },
    async (request, reply) => {
      // A stretch of the log with holes could not be told from its end.
      if (request.identity !== null && seesOf(request.identity) !== undefined)
        throw new Fault('auth/unauthorised', 'the log is of all locations, and this token of some: subscribe to them instead');
      if (options.readLog === undefined || !isLongRead(request.query)) return toLogAnswer(store.log, request.query);
      try {
        return await reply.type('application/json; charset=utf-8').send(await options.readLog(request.query));
      } catch (error) {
        // That thread is no more to be relied on than the history is; the log is always here.
        if (!isFault(error, 'history/unavailable')) throw error;
        return toLogAnswer(store.log, request.query);
      }
    },
  );

  app.get(
    '/api/v1/site',
    { onRequest: requires('read'), schema: { summary: 'The active site', response: { 200: SiteAnswer } } },
    async () => hub().view.layout,
  );

  app.get(
    '/api/v1/bundles',
    {
      onRequest: requires('read'),
      schema: { summary: 'The live bundle of every scope that has one', response: { 200: Type.Array(BundleAnswer) } },
    },
    async () => toBundleAnswers(hub().view),
  );

  registerSetpointsRoute(app, {
    onRequest: requires('read'),
    outlook: options.outlook,
    locations: () => hub().view.layout.locations.map(({ id }) => id),
    now: () => clock.at(),
  });

  app.post(
    '/api/v1/bundles',
    {
      onRequest: requires('promote'),
      schema: {
        summary: 'Makes a bundle the live one of its scope',
        description:
          'The body is the bundle as canonical JSON: { apiVersion, kind: "Bundle", documents }. It is compiled against the active site first.',
        response: {
          200: Type.Object({ hash: DocumentHash, scope: ScopeId, revision: Type.Integer(), isNew: Type.Boolean() }),
          422: Problem,
        },
      },
    },
    async (request) => bundles().promote(request.body),
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

  app.put<{ Params: { scope: string } }>(
    '/api/v1/checkpoints/:scope',
    {
      onRequest: requires('checkpoint'),
      bodyLimit: 64 * 1024 * 1024,
      schema: { summary: 'Hands over a checkpoint; only by the holder of the lease', params: Type.Object({ scope: ScopeId }) },
    },
    async (request) => checkpoints().put(request.params.scope, request.body, request.identity?.nodeId ?? null),
  );

  app.post<{ Body: { role: Role; node?: NodeId } }>(
    '/api/v1/tokens',
    {
      onRequest: requires('administer'),
      schema: {
        summary: 'Makes a token; it is shown this once',
        body: Type.Object({ role: Role, node: Type.Optional(NodeId) }, { additionalProperties: false }),
        response: { 200: Type.Object({ token: Type.String() }) },
      },
    },
    async (request) => ({ token: await credentials.create({ role: request.body.role, nodeId: request.body.node ?? null }) }),
  );

  app.post<{ Body: Static<typeof SignInRequest> | null }>(
    '/api/v1/sign-in-links',
    {
      onRequest: requires('administer'),
      schema: {
        summary: 'Makes a one-time link that signs a browser in',
        body: Type.Union([SignInRequest, Type.Null()]),
        response: { 200: LinkAnswer },
      },
    },
    async ({ body }) => ({ path: `/sign-in/${codes.issue({ ...whoStands, ...body })}`, origin: options.publicUrl?.origin ?? null }),
  );

  // A HEAD would use the code up: whoever shows previews of links asks so.
  app.get<{ Params: { code: string } }>('/sign-in/:code', { exposeHeadRoute: false, schema: { hide: true } }, async (request, reply) => {
    const verdict = codes.redeem(request.params.code);
    if (verdict.kind !== 'good') {
      if (verdict.kind === 'outdated') options.onLinkSpent();
      const isBusy = verdict.kind === 'busy';
      return reply
        .code(isBusy ? 429 : 401)
        .type('text/plain; charset=utf-8')
        .send(
          isBusy
            ? 'Too many links that do not work have been tried. One that works is not affected.\n'
            : 'This link has been used, or is too old. The newest one stands where the hub prints.\n',
        );
    }
    const isKiosk = verdict.whom.isKiosk === true;
    const token = await credentials.create({ ...verdict.whom, nodeId: null, ...(isKiosk ? {} : { isBrowser: true }) });
    // Browsers keep no cookie for longer than 400 days.
    const maxAge = (isKiosk ? 400 : 30) * 24 * 3600;
    const start = isKiosk ? '/wall' : '/';
    const isSecure = isPublic(request.headers.host, options.publicUrl);
    options.onLinkSpent();
    return (
      reply
        .setCookie(isSecure ? secureCookie : sessionCookie, token, {
          path: '/',
          httpOnly: true,
          sameSite: 'strict',
          maxAge,
          secure: isSecure,
        })
        .type('text/html; charset=utf-8')
        // A redirect would be part of the cross-site navigation that the link may have come from, and SameSite=Strict
        // would hold the cookie back; a page of our own starts a new navigation.
        .send(
          `<!doctype html><meta http-equiv="refresh" content="0; url=${start}"><title>Phloem</title><p>Signed in. <a href="${start}">Open the panel</a>`,
        )
    );
  });

  app.get('/api/v1/openapi.json', { ...isOpenHere, schema: { hide: true } }, async () => app.swagger());

  const { panelFolder } = options;
  if (panelFolder !== null && existsSync(join(panelFolder, 'index.html'))) {
    await app.register(fastifyStatic, { root: panelFolder, wildcard: false, index: ['index.html'] });
    const page = readFileSync(join(panelFolder, 'index.html'), 'utf8');
    app.setNotFoundHandler((request, reply) => {
      const isPage = request.method === 'GET' && !request.url.startsWith('/api/') && !request.url.includes('.');
      if (!isPage) return reply.code(404).send({ code: 'document/unknown', message: `nothing is at ${request.url.slice(0, 200)}` });
      return reply.type('text/html; charset=utf-8').send(page);
    });
  }
  return app;
};

declare module 'fastify' {
  interface FastifyRequest {
    identity: Identity | null;
  }
}
