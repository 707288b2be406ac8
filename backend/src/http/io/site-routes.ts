import { Fault, MeAnswer } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { toName } from '../../access/identity.ts';
import { isAllowed, permissionNames } from '../../access/permissions.ts';
import type { HubView } from '../../view/hub-view.ts';
import { SiteAnswer } from '../answers.ts';

export type SiteRouteParts = { readonly view: Pick<HubView, 'layout'> };

/** The routes that say which hub this is, and who is signed in. */
export const registerSiteRoutes = (app: FastifyInstance, { view }: SiteRouteParts): void => {
  app.get('/api/v1/site', { schema: { summary: 'The active site', response: { 200: SiteAnswer } } }, async () => view.layout);

  app.get(
    '/api/v1/me',
    { schema: { summary: 'The signed-in user and their permissions', response: { 200: MeAnswer } } },
    async ({ identity }) => {
      if (identity === null) throw new Fault('auth/unauthorised', 'no valid token or session');
      const { role, locations } = identity;
      const permissions = permissionNames.filter((permission) => isAllowed(role, permission));
      return { name: toName(identity), role, permissions, locations: locations === undefined ? null : [...locations] };
    },
  );
};
