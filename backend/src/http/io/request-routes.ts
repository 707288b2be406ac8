import { DeviceRequest, Fault, HttpLeaseAnswer, HttpLeaseRequest, RequestAnswer, ScopeId } from '@phloem/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Credentials } from '../../access/identity.ts';
import type { Requester, RequestService } from '../../requests/request-service.ts';
import type { HubStore } from '../../store/hub-store.ts';

export type RequestRouteParts = {
  readonly requests: RequestService;
  readonly store: Pick<HubStore, 'sync'>;
  readonly credentials: Pick<Credentials, 'isLive'>;
};

/** Only a program with a name of its own commands. The body may have taken so long that its credential has been revoked meanwhile. */
const toRequester = ({ identity }: FastifyRequest, { credentials }: RequestRouteParts): Requester => {
  if (identity === null || identity.nodeId === null) throw new Fault('auth/forbidden', 'only a token for a node may request device states');
  if (!credentials.isLive(identity.id)) throw new Fault('auth/unauthorised', 'the credential has expired, or was revoked');
  return { nodeId: identity.nodeId, credential: identity.id, locations: identity.locations };
};

/** The routes by which programs without a link hold a lease and request device states. What they answer is on disk. */
export const registerRequestRoutes = (app: FastifyInstance, parts: RequestRouteParts): void => {
  registerLeases(app, parts);
  registerRequests(app, parts);
};

const registerLeases = (app: FastifyInstance, parts: RequestRouteParts): void => {
  const { requests, store } = parts;
  app.put<{ Params: { scope: ScopeId }; Body: HttpLeaseRequest }>(
    '/api/v1/leases/:scope',
    {
      schema: {
        summary: 'Gets the lease of a scope, or renews it',
        description:
          'A lease lasts `ttlMs`; renew it every second. `term` is null while another service holds it. Without renewals the hub drives the devices of the scope to their safe states after their `failSafe.after`.',
        params: Type.Object({ scope: ScopeId }),
        body: HttpLeaseRequest,
        response: { 200: HttpLeaseAnswer },
      },
    },
    async (request) => {
      const answer = requests.hold(toRequester(request, parts), request.params.scope, request.body.cursor ?? null);
      await store.sync();
      return answer;
    },
  );

  app.delete<{ Params: { scope: ScopeId } }>(
    '/api/v1/leases/:scope',
    {
      schema: { summary: 'Gives the lease of a scope back', params: Type.Object({ scope: ScopeId }), response: { 204: Type.Null() } },
    },
    async (request, reply) => {
      requests.release(toRequester(request, parts), request.params.scope);
      await store.sync();
      return reply.code(204).send(null);
    },
  );
};

const registerRequests = (app: FastifyInstance, parts: RequestRouteParts): void => {
  const { requests, store } = parts;
  app.post<{ Body: DeviceRequest }>(
    '/api/v1/requests',
    {
      schema: {
        summary: 'Requests a device state under a lease',
        description:
          'The same id again is answered with what came of the first request, and changes nothing. A request that is refused is answered with its code; it may be sent again. `accepted` is not `confirmed`: ask for the request again, or read the stream.',
        body: DeviceRequest,
        response: { 200: RequestAnswer },
      },
    },
    async (request) => {
      const answer = requests.request(toRequester(request, parts), request.body);
      await store.sync();
      return answer;
    },
  );

  app.get<{ Params: { id: string } }>(
    '/api/v1/requests/:id',
    {
      schema: {
        summary: 'What came of an accepted request of this node',
        params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
        response: { 200: RequestAnswer },
      },
    },
    async (request) => requests.find(toRequester(request, parts), request.params.id),
  );
};
