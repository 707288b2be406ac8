import { Fault, type LocationId, type NodeId, type Role } from '@phloem/protocol';

/** Who is behind a credential. `nodeId: null` is a browser, which may take any name that begins with `panel-`. */
export type Identity = {
  readonly id: string;
  readonly role: Role;
  readonly nodeId: NodeId | null;
  readonly locations?: readonly LocationId[] | undefined;
};

/** Who did it, as the log names people and services. */
export const toAuthor = ({ id, nodeId }: Identity): string => (nodeId === null ? `user:${id}` : `node:${nodeId}`);

/** What the hub knows of credentials; the token itself is never kept. */
export interface Credentials {
  verify(token: string): Identity | null;
  /** Makes a credential; it is shown this once. */
  create(identity: { readonly role: Role; readonly nodeId: NodeId | null }): Promise<string>;
}

/** What may be done over HTTP, each with the roles that may. */
export const permissions = {
  read: ['viewer', 'technician', 'engineer', 'admin', 'automation', 'relay'],
  readLog: ['engineer', 'admin', 'automation'],
  reset: ['technician', 'engineer', 'admin'],
  maintain: ['technician', 'engineer', 'admin'],
  inspect: ['technician', 'engineer', 'admin'],
  promote: ['engineer', 'admin'],
  checkpoint: ['automation'],
  administer: ['admin'],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof permissions;

/** Claims that the role may do it. */
export const isAllowed = (role: Role, permission: Permission): boolean => (permissions[permission] as readonly Role[]).includes(role);

/**
 * Lets a technician act in the locations of his credential only; who has none named acts everywhere.
 *
 * @throws Fault `auth/unauthorised`.
 */
export const mustBeWithin = ({ locations, role }: Identity, location: LocationId): void => {
  if (locations !== undefined && !locations.includes(location)) {
    throw new Fault('auth/unauthorised', `this ${role} may not do this in ${location}, only in ${locations.join(', ')}`);
  }
};

/**
 * Checks a greeting against the credential that came with it: a service shows a token in the greeting, a browser its
 * cookie. The role and the name must be those that the credential was made for.
 */
export const checkGreeting = (
  hello: { readonly role: Role; readonly nodeId: NodeId; readonly token?: string | undefined },
  cookie: string | null,
  credentials: Credentials,
): { readonly role: Role; readonly actsAs: Role; readonly locations?: readonly LocationId[] | undefined } | Fault => {
  const token = hello.token ?? cookie;
  const identity = token === null ? null : credentials.verify(token);
  if (identity === null)
    return new Fault('auth/unauthorised', 'no valid token or session; sign in by the link that the hub printed, or create a token');
  if (identity.role !== hello.role)
    return new Fault('auth/unauthorised', `the credential is for the role ${identity.role}, not ${hello.role}`);
  const isNamed = identity.nodeId === null ? hello.nodeId.startsWith('panel-') : identity.nodeId === hello.nodeId;
  if (!isNamed) return new Fault('auth/unauthorised', `the credential is not for a node of the name ${hello.nodeId}`);
  return { role: identity.role, actsAs: identity.role, locations: identity.locations };
};

const loopbackHost = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/;

/**
 * Claims that a request comes from a page of our own, or from no page at all. A page of another site names itself in
 * `origin`; one that resolves its own name to loopback names that name in `host`.
 */
export const isOwnPage = (host: string | undefined, origin: string | undefined): boolean =>
  host !== undefined && loopbackHost.test(host) && (origin === undefined || origin === `http://${host}`);
