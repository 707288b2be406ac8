import type { FastifyInstance } from 'fastify';
import type { Identity } from '../../../access/identity.ts';
import type { Guarded } from '../guard-routes.ts';

/** Lets every request come from the identity that the test gives: what the guard does otherwise. */
export const identifyAs = (app: FastifyInstance, identity: Identity | ((request: Guarded) => Identity)): void => {
  app.decorateRequest('identity', null);
  app.addHook('onRequest', async (request: Guarded) => {
    request.identity = typeof identity === 'function' ? identity(request) : identity;
  });
};
