import fastifyCookie from '@fastify/cookie';
import fastifyHelmet from '@fastify/helmet';
import fastifySwagger from '@fastify/swagger';
import { Fault } from '@phloem/protocol';
import { fastify, type FastifyInstance } from 'fastify';
import type { Credentials } from '../../access/identity.ts';
import { isOwnPage, isPublic } from '../../access/own-page.ts';
import { createCommandLimits } from '../command-limits.ts';
import { guardRoutes } from './guard-routes.ts';
import { answerFaults, type Refusal } from './refusals.ts';
import { isOfApi, toCookieNames } from './session-cookie.ts';
import { validateStrictly } from './strict-validation.ts';

export type HttpAppOptions = {
  readonly clock: { up(): number };
  readonly credentials: Pick<Credentials, 'verify'>;
  readonly version: string;
  /** The address under which a web server on this machine passes people on, with TLS; null where none does. */
  readonly publicUrl: URL | null;
  /** Distinguishes this hub's cookies from those of another one on the same machine: cookies do not know ports. */
  readonly hubId: string;
  readonly onError: (error: unknown) => void;
  /** Called for each request that was refused. */
  readonly onRefused: (refusal: Refusal) => void;
};

/**
 * Builds the HTTP side of a hub without its routes: who may ask, how mistakes are answered, how requests are checked. The
 * transport of the sessions shares its server. `registerRoutes` adds the routes when the hub is there; then it may listen.
 */
export const createHttpApp = async (options: HttpAppOptions): Promise<FastifyInstance> => {
  const { clock, credentials, publicUrl, hubId } = options;
  // Names of alarms and set-points are longer than its usual 100 characters. A route that takes more than 16 KiB states its own limit.
  const app = fastify({
    bodyLimit: 16 * 1024,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 1024 },
    // A busy machine takes as long as it takes: by default the hub would not start after ten seconds.
    pluginTimeout: 0,
  });
  answerFaults(app, { onError: options.onError, onRefused: options.onRefused });
  validateStrictly(app);
  app.addHook('onRequest', async ({ headers, url }, reply) => {
    // No one may keep what a hub answers, a browser's cache included.
    if (isOfApi(url)) reply.header('cache-control', 'no-store');
    if (!isOwnPage(headers.host, headers.origin, publicUrl)) {
      throw new Fault(
        'auth/origin',
        `${(headers.origin ?? headers.host ?? 'nobody').slice(0, 80)} may not access this hub; open it by its address on this machine`,
      );
    }
  });
  await app.register(fastifyCookie);
  await registerHelmet(app, publicUrl);
  await registerSwagger(app, options.version, toCookieNames(hubId).plain);
  guardRoutes(app, { credentials, limits: createCommandLimits(() => clock.up()), hubId, publicUrl });
  return app;
};

const registerHelmet = async (app: FastifyInstance, publicUrl: URL | null): Promise<void> => {
  await app.register(fastifyHelmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        // By the time that it is asked for, the host is known to be one of ours.
        connectSrc: ["'self'", ({ headers: { host = '' } }) => `${isPublic(host, publicUrl) ? 'wss' : 'ws'}://${host}`],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    hsts: false,
  });
};

const registerSwagger = async (app: FastifyInstance, version: string, cookie: string): Promise<void> => {
  await app.register(fastifySwagger, {
    openapi: {
      info: { title: 'Phloem hub', version, description: 'The HTTP API of a hub. Live data comes over Socket.IO.' },
      components: {
        securitySchemes: { token: { type: 'http', scheme: 'bearer' }, session: { type: 'apiKey', in: 'cookie', name: cookie } },
      },
      security: [{ token: [] }, { session: [] }],
    },
  });
};
