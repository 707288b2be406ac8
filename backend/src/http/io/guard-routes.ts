import { formatAuthor, Fault } from '@phloem/protocol';
import type { FastifyInstance, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import { toAuthor, type Credentials, type Identity } from '../../access/identity.ts';
import { mustSee } from '../../access/locations.ts';
import { isPublic } from '../../access/own-page.ts';
import { isAllowed, routeAccess, type Permission } from '../../access/permissions.ts';
import type { CommandLimits } from '../command-limits.ts';
import { toRequestAddress } from './request-address.ts';
import { isOfApi, readToken } from './session-cookie.ts';

export type GuardOptions = {
  readonly credentials: Pick<Credentials, 'verify'>;
  readonly limits: CommandLimits;
  readonly hubId: string;
  readonly publicUrl: URL | null;
};

/**
 * Puts in front of each route what the table of permissions says of it. A route of the API that the table lacks is not
 * registered. Call it before any route.
 */
export const guardRoutes = (app: FastifyInstance, options: GuardOptions): void => {
  app.decorateRequest('identity', null);
  app.addHook('onRoute', (route) => {
    const guard = toGuard(String(route.method), route.url, options);
    if (guard === null) return;
    const own = route.onRequest ?? [];
    route.onRequest = [guard, ...(Array.isArray(own) ? own : [own])];
  });
};

/** What a request passes before its route; null where everybody may come. */
const toGuard = (method: string, url: string, options: GuardOptions): onRequestAsyncHookHandler | null => {
  // The files of the panel are nobody's secret.
  if (!isOfApi(url)) return null;
  const name = `${method === 'HEAD' ? 'GET' : method} ${url}`;
  const access = routeAccess[name];
  if (access === undefined) throw new Error(`${name} has no row in access/permissions.ts`);
  if (access === 'link' || access === 'anyone') return null;
  if (access !== 'local') return requires(access, options);
  const read = requires('read', options);
  return async (request) => (isPublic(request.headers.host, options.publicUrl) ? read(request) : undefined);
};

const requires =
  (permission: Permission, { credentials, limits, hubId, publicUrl }: GuardOptions) =>
  async (request: FastifyRequest): Promise<void> => {
    const token = readToken(request, hubId);
    const identity = token === null ? null : credentials.verify(token);
    if (identity === null) {
      limits.fail(toRequestAddress(request, publicUrl));
      throw new Fault('auth/unauthorised', 'no valid token or session; send "Authorization: Bearer <token>"');
    }
    request.identity = identity;
    if (!isAllowed(identity.role, permission)) throw new Fault('auth/forbidden', `the role ${identity.role} may not do this`);
    mustSee(identity, request.routeOptions.url ?? '', request.params);
    limits.take(formatAuthor(toAuthor(identity)), permission, request.method === 'GET' || request.method === 'HEAD');
  };

/** A request that has passed its guard. */
export type Guarded = FastifyRequest;

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null where no credential is needed. */
    identity: Identity | null;
  }
}
