import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyCookie from '@fastify/cookie';
import fastifyHelmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import fastifySwagger from '@fastify/swagger';
import { Fault, isFault, toLocation } from '@phloem/protocol';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';
import { Type } from 'typebox';
import type { DeviceGate, GateOperator } from '../../devices/device-gate.ts';
import type { BridgeService } from '../../bridges/bridge-service.ts';
import type { BundleForecast } from '../../documents/bundle-forecast.ts';
import type { BundleRegistry } from '../../documents/bundle-registry.ts';
import type { CheckpointRegistry, Handover } from '../../documents/checkpoint-registry.ts';
import type { BusDiagnostics } from '../../field/bus-diagnostics.ts';
import type { HistoryClient } from '../../history/history.ts';
import type { CursorService } from '../../cursors/cursor-service.ts';
import type { IngestService } from '../../ingest/ingest-service.ts';
import type { InterlockService } from '../../interlocks/interlock-service.ts';
import type { RecordService } from '../../records/record-service.ts';
import type { AlarmService } from '../../alarms/alarm-service.ts';
import type { RequestService } from '../../requests/request-service.ts';
import type { OffsetService } from '../../setpoints/offset-service.ts';
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
import { DeviceAnswer, PointAnswer, SiteAnswer, toDeviceAnswers, toPointAnswers } from '../answers.ts';
import { createCommandLimits } from '../command-limits.ts';
import { InterlockAnswer, toInterlockAnswers } from '../interlock-answers.ts';
import { isLongRead, toLogAnswer, type LogQuery } from '../log-answer.ts';
import { findStyleSheets } from '../sign-in-page.ts';
import type { SignInCodes } from '../sign-in.ts';
import { registerBridgeRoutes } from './bridge-routes.ts';
import { registerBusRoutes } from './bus-routes.ts';
import { registerCredentialRoutes } from './credential-routes.ts';
import { registerCursorRoutes } from './cursor-routes.ts';
import { registerDocumentRoutes } from './document-routes.ts';
import { registerHistoryRoutes } from './history-routes.ts';
import { registerNoteRoute } from './note-route.ts';
import { registerIngestRoutes } from './ingest-routes.ts';
import { registerKioskRoutes } from './kiosk-routes.ts';
import { registerOffsetRoutes } from './offset-routes.ts';
import { registerAlarmRoutes } from './alarm-routes.ts';
import { registerOperatorRoutes } from './operator-routes.ts';
import { registerPointRecordRoutes } from './point-record-routes.ts';
import { answerFaults, type Refusal } from './refusals.ts';
import { registerRequestRoutes } from './request-routes.ts';
import { registerSetpointsRoute } from './setpoints-route.ts';
import { registerStreamRoute } from './stream-route.ts';
import { validateStrictly } from './strict-validation.ts';

export type HttpServerOptions = {
  readonly store: HubStore;
  /** The hub behind it; asked for at each request, since the two need each other to start. */
  readonly hub: () => {
    readonly view: HubView;
    readonly gate: DeviceGate & GateOperator;
    readonly interlocks: InterlockService;
    readonly sessions: { endOf(credential: string): void; countOf(credential: string): number };
    readonly records: RecordService;
    readonly offsets: OffsetService;
    readonly alarms: AlarmService;
    readonly ingest: IngestService | null;
    readonly cursors: CursorService;
    readonly bridges: BridgeService;
    readonly requests: RequestService;
  };
  readonly buses: BusDiagnostics;
  /** What happened before; in a thread of its own, which is started when the hub is up. */
  readonly history: () => HistoryClient;
  /** Reads long stretches of the log away from this thread; without it they are read here. */
  readonly readLog?: (query: LogQuery) => Promise<Uint8Array>;
  readonly clock: HubClock;
  readonly credentials: Credentials;
  readonly codes: SignInCodes;
  readonly bundles: () => BundleRegistry;
  readonly forecast: () => BundleForecast;
  readonly checkpoints: () => CheckpointRegistry;
  /** Parses a checkpoint that is handed over, away from this thread. */
  readonly readHandover: (bytes: Uint8Array) => Promise<Handover>;
  readonly metrics: Registry;
  /** The built panel; null serves none. */
  readonly panelFolder: string | null;
  readonly version: string;
  /** The address under which a web server on this machine passes people on, with TLS; null where none does. */
  readonly publicUrl?: URL | null;
  /** Told when a link has been used, or was followed too late, so that the next one can be printed. */
  readonly onLinkSpent: () => void;
  readonly onError: (error: unknown) => void;
  /** Told of each request that was refused. */
  readonly onRefused: (refusal: Refusal) => void;
  /** Tells this hub's cookies from those of another one on the same machine: cookies do not know ports. */
  readonly hubId: string;
};

const Problem = Type.Object({ code: Type.String(), message: Type.String() });

/** The cookies that sign browsers in. Plain HTTP on loopback would refuse the `__Host-` prefix. */
const toCookieNames = (hubId: string): { readonly plain: string; readonly secure: string } => {
  const plain = `phloem_session_${hubId}`;
  // Over TLS: a browser takes it from this host alone, and never sends it in the clear.
  return { plain, secure: `__Host-${plain}` };
};

type Cookies = Readonly<Record<string, string | undefined>>;
const readSession = (cookies: Cookies, hubId: string): string | null => {
  const { plain, secure } = toCookieNames(hubId);
  return cookies[secure] ?? cookies[plain] ?? null;
};

const readToken = ({ headers: { authorization }, cookies }: FastifyRequest, hubId: string): string | null =>
  authorization?.startsWith('Bearer ') === true ? authorization.slice('Bearer '.length) : readSession(cookies, hubId);

/** The session of a request that Socket.IO received, by its `cookie` header: the same one as over HTTP. */
export const readSessionCookie = (app: FastifyInstance, header: string | undefined, hubId: string): string | null =>
  header === undefined ? null : readSession(app.parseCookie(header), hubId);

/** What is told of a hub is nobody's to keep, a browser's cache included. */
const isTold = (url: string): boolean => /^\/(api|sign-in|metrics|healthz)(\/|\?|$)/.test(url);

/** Builds the hub's HTTP side: the panel, the API with its description, health and metrics. It does not listen yet. */
export const createHttpServer = async (options: HttpServerOptions): Promise<FastifyInstance> => {
  const { store, hub, clock, credentials, codes, bundles, checkpoints, metrics } = options;
  // Names of alarms and set-points are longer than its usual 100 characters. A route that takes more than 16 KiB says so.
  const app = fastify({ bodyLimit: 16 * 1024, forceCloseConnections: true, routerOptions: { maxParamLength: 1024 } });

  answerFaults(app, { onError: options.onError, onRefused: options.onRefused });
  validateStrictly(app);
  const limits = createCommandLimits(() => clock.up());

  const cookies = toCookieNames(options.hubId);
  app.addHook('onRequest', async ({ headers, url }, reply) => {
    if (isTold(url)) reply.header('cache-control', 'no-store');
    if (!isOwnPage(headers.host, headers.origin, options.publicUrl)) {
      throw new Fault(
        'auth/origin',
        `${(headers.origin ?? headers.host ?? 'nobody').slice(0, 80)} may not access this hub; open it by its address on this machine`,
      );
    }
  });

  await app.register(fastifyCookie);
  await app.register(fastifyHelmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        // By the time that it is asked for, the host is known to be one of ours.
        connectSrc: ["'self'", ({ headers: { host = '' } }) => `${isPublic(host, options.publicUrl) ? 'wss' : 'ws'}://${host}`],
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
        description: 'The HTTP API of a hub. Live data comes over Socket.IO.',
      },
      components: {
        securitySchemes: { token: { type: 'http', scheme: 'bearer' }, session: { type: 'apiKey', in: 'cookie', name: cookies.plain } },
      },
      security: [{ token: [] }, { session: [] }],
    },
  });

  const requires =
    (permission: Permission) =>
    async (request: FastifyRequest): Promise<void> => {
      const token = readToken(request, options.hubId);
      const identity = token === null ? null : credentials.verify(token);
      if (identity === null) {
        limits.fail(request.ip);
        throw new Fault('auth/unauthorised', 'no valid token or session; send "Authorization: Bearer <token>"');
      }
      request.identity = identity;
      if (!isAllowed(identity.role, permission)) throw new Fault('auth/forbidden', `the role ${identity.role} may not do this`);
      mustSee(identity, request.routeOptions.url ?? '', request.params);
      limits.take(toAuthor(identity), permission, request.method === 'GET' || request.method === 'HEAD');
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

  registerBusRoutes(app, { read: requires('read'), inspect: requires('inspect'), diagnostics: () => options.buses });

  registerHistoryRoutes(app, {
    read: requires('read'),
    importPast: requires('importPast'),
    history: options.history,
    view: () => hub().view,
    now: () => clock.at(),
    takePast: (past) => hub().records.takePast(past),
  });

  registerOperatorRoutes(app, { requires, hub, store });
  registerAlarmRoutes(app, { requires, hub, store });
  registerOffsetRoutes(app, { requires, hub, store });

  registerKioskRoutes(app, {
    requires: requires('kiosk'),
    credentials,
    codes,
    publicUrl: options.publicUrl ?? null,
    endSessions: (id) => hub().sessions.endOf(id),
    log: store.log,
  });

  await registerIngestRoutes(app, { requires, ingest: () => hub().ingest });
  registerCursorRoutes(app, { requires, hub, store });
  registerStreamRoute(app, { requires, store, isLive: (id) => credentials.isLive(id) });
  registerRequestRoutes(app, { requires, hub, store });
  registerBridgeRoutes(app, { requires, hub });

  registerNoteRoute(app, { acknowledge: requires('acknowledge'), layout: () => hub().view.layout, store, clock });

  registerPointRecordRoutes(app, { read: requires('read'), maintain: requires('maintain'), service: () => hub().records });

  app.get(
    '/api/v1/devices',
    { onRequest: requires('read'), schema: { summary: 'The state of every device', response: { 200: Type.Array(DeviceAnswer) } } },
    async ({ identity }) => toDeviceAnswers(hub().view, hub().gate.states()).filter(({ id }) => seenBy(identity)(id)),
  );

  await registerDocumentRoutes(app, {
    requires,
    documents: store.documents,
    view: () => hub().view,
    bundles,
    checkpoints,
    readHandover: options.readHandover,
  });

  app.get(
    '/api/v1/interlocks',
    {
      onRequest: requires('read'),
      schema: { summary: 'The state of every interlock of the site', response: { 200: Type.Array(InterlockAnswer) } },
    },
    async () => toInterlockAnswers(hub().interlocks),
  );

  app.post<{ Params: { id: string } }>(
    '/api/v1/interlocks/:id/reset',
    {
      onRequest: requires('reset'),
      schema: {
        summary: 'Resets a latched interlock, once its condition has been clear for long enough',
        description: 'The id is percent-encoded: its slashes are %2F. The log records the author.',
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
        throw new Fault('auth/forbidden', 'the log covers all locations, and this token only some: subscribe to those instead');
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

  registerSetpointsRoute(app, {
    onRequest: requires('read'),
    forecast: options.forecast,
    locations: () => hub().view.layout.locations.map(({ id }) => id),
    now: () => clock.at(),
  });

  const { panelFolder } = options;
  const panelIndex = panelFolder === null ? '' : join(panelFolder, 'index.html');
  registerCredentialRoutes(app, {
    styleSheets: existsSync(panelIndex) ? findStyleSheets(readFileSync(panelIndex, 'utf8')) : [],
    administer: requires('administer'),
    credentials,
    codes,
    store,
    publicUrl: options.publicUrl ?? null,
    sessions: () => hub().sessions,
    setCookie: (request, reply, token, maxAge) => {
      const secure = isPublic(request.headers.host, options.publicUrl);
      reply.setCookie(secure ? cookies.secure : cookies.plain, token, { path: '/', httpOnly: true, sameSite: 'strict', maxAge, secure });
    },
    onLinkSpent: options.onLinkSpent,
  });

  app.get('/api/v1/openapi.json', { ...isOpenHere, schema: { hide: true } }, async () => app.swagger());

  if (panelFolder !== null && existsSync(join(panelFolder, 'index.html'))) {
    await app.register(fastifyStatic, {
      root: panelFolder,
      wildcard: false,
      index: ['index.html'],
      // The names of these files contain a hash of their content.
      setHeaders: (reply, path) => {
        if (path.includes('/assets/')) reply.header('cache-control', 'public, max-age=31536000, immutable');
      },
    });
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
