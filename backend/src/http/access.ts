import { Fault, toLocation, toLocations, type LocationId, type NodeId, type PointId, type Role } from '@phloem/protocol';
import { seesOf } from '../sessions/sees.ts';

/** Who is behind a credential. `nodeId: null` is a browser, which may take any name that begins with `panel-`. */
export type Identity = {
  readonly id: string;
  readonly role: Role;
  readonly nodeId: NodeId | null;
  /** The display name of the user; by default the id of the credential. */
  readonly name?: string | undefined;
  readonly locations?: readonly LocationId[] | undefined;
  /** A screen on a wall. */
  readonly isKiosk?: boolean | undefined;
};

/** Who did it, as the log names people and services. */
export const toAuthor = ({ id, nodeId, name }: Identity): string => (nodeId === null ? `user:${name ?? id}` : `node:${nodeId}`);

/** The display name of the user of a credential. */
export const toName = ({ id, nodeId, name }: Identity): string => name ?? nodeId ?? id;

/** A credential as it is listed. */
export type CredentialRecord = Identity & {
  readonly isBrowser?: boolean | undefined;
  readonly createdAt: number;
  readonly createdBy?: string | undefined;
  readonly expiresAt?: number | undefined;
};

/** What the hub knows of credentials; the token itself is never kept. */
export interface Credentials {
  verify(token: string): Identity | null;
  /** Claims that the credential of this id is still good. */
  isLive(id: string): boolean;
  /** Makes a credential; it is shown this once. */
  create(identity: {
    readonly role: Role;
    readonly nodeId: NodeId | null;
    readonly name?: string | undefined;
    readonly isBrowser?: boolean | undefined;
    readonly isKiosk?: boolean | undefined;
    readonly locations?: readonly LocationId[] | undefined;
    readonly createdBy?: string | undefined;
    readonly forMs?: number | undefined;
  }): Promise<string>;
  /** Those that are good, oldest first. */
  list(): readonly CredentialRecord[];
  /** Takes a credential back by its id. */
  revoke(id: string): Promise<void>;
}

/** What may be done over HTTP, each with the roles that may. */
export const permissions = {
  read: ['viewer', 'technician', 'engineer', 'admin', 'automation', 'relay'],
  readLog: ['engineer', 'admin', 'automation'],
  override: ['technician', 'engineer', 'admin'],
  acknowledge: ['technician', 'engineer', 'admin'],
  shelve: ['technician', 'engineer', 'admin'],
  reset: ['technician', 'engineer', 'admin'],
  maintain: ['technician', 'engineer', 'admin'],
  inspect: ['technician', 'engineer', 'admin'],
  promote: ['engineer', 'admin'],
  kiosk: ['engineer', 'admin'],
  checkpoint: ['automation'],
  ingest: ['ingest'],
  reportBridge: ['relay'],
  command: ['automation'],
  administer: ['admin'],
  importPast: ['admin'],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof permissions;
/** The names of all that may be done, as `GET /api/v1/me` tells them. */
export const permissionNames = Object.keys(permissions) as readonly Permission[];

const people: readonly Role[] = ['viewer', 'technician', 'engineer', 'admin'];

/** Claims that the role may do it. */
export const isAllowed = (role: Role, permission: Permission): boolean => (permissions[permission] as readonly Role[]).includes(role);

/**
 * Lets a technician act in the locations of his credential only; who has none named acts everywhere.
 *
 * @throws Fault `auth/forbidden`.
 */
export const mustBeWithin = ({ locations, role }: Identity, location: LocationId): void => {
  if (locations !== undefined && !locations.includes(location)) {
    throw new Fault('auth/forbidden', `this ${role} may not do this in ${location}, only in ${locations.join(', ')}`);
  }
};

/** The places that a path names. */
const toPlaces = (route: string, params: unknown): readonly LocationId[] => {
  const { id = '', scope = '' } = (params ?? {}) as { readonly id?: string; readonly scope?: string };
  if (/^\/api\/v1\/(points|devices)\/:id(\/|$)/.test(route)) return [toLocation(id)];
  if (/^\/api\/v1\/checkpoints\/:scope(\/|$)/.test(route)) return toLocations(scope);
  return /^\/api\/v1\/locations\/:id(\/|$)/.test(route) ? [id] : [];
};

/**
 * Lets a service read of its own locations only, by the places that the path names.
 *
 * @throws Fault `auth/forbidden`.
 */
export const mustSee = (identity: Identity, route: string, params: unknown): void => {
  const sees = seesOf(identity);
  if (sees === undefined) return;
  const place = toPlaces(route, params).find((each) => !sees.includes(each));
  if (place !== undefined) {
    throw new Fault('auth/forbidden', `this ${identity.role} may not read ${place}, only ${sees.join(', ')}`);
  }
};

/** Tests whether somebody may read of a point or a device. */
export const seenBy = (identity: Identity | null): ((id: PointId) => boolean) => {
  const sees = identity === null ? undefined : seesOf(identity);
  return (id) => sees === undefined || sees.includes(toLocation(id));
};

/**
 * Checks a greeting against the credential that came with it: a service shows a token in the greeting, a browser its
 * cookie. The role and the name must be those that the credential was made for; only a person's browser may greet as a
 * mere viewer, since what he does he does over HTTP.
 */
export const checkGreeting = (
  hello: { readonly role: Role; readonly nodeId: NodeId; readonly token?: string | undefined },
  cookie: string | null,
  credentials: Credentials,
):
  | {
      readonly role: Role;
      readonly actsAs: Role;
      readonly credential: string;
      readonly user: string | undefined;
      readonly locations?: readonly LocationId[] | undefined;
    }
  | Fault => {
  const token = hello.token ?? cookie;
  const identity = token === null ? null : credentials.verify(token);
  if (identity === null)
    return new Fault('auth/unauthorised', 'no valid token or session; sign in by the link that the hub printed, or create a token');
  const isMereViewer = hello.role === 'viewer' && identity.nodeId === null && people.includes(identity.role);
  if (identity.role !== hello.role && !isMereViewer)
    return new Fault('auth/unauthorised', `the credential is for the role ${identity.role}, not ${hello.role}`);
  const isNamed = identity.nodeId === null ? hello.nodeId.startsWith('panel-') : identity.nodeId === hello.nodeId;
  if (!isNamed) return new Fault('auth/unauthorised', `the credential is not for a node of the name ${hello.nodeId}`);
  const user = identity.nodeId === null ? identity.id : undefined;
  return { role: hello.role, actsAs: identity.role, credential: identity.id, user, locations: identity.locations };
};

const loopbackHost = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/;

/**
 * Claims that a request comes from a page of our own, or from no page at all. A page of another site names itself in
 * `origin`; one that resolves its own name to loopback names that name in `host`.
 */
export const isOwnPage = (host: string | undefined, origin: string | undefined, publicUrl: URL | null = null): boolean =>
  isPublic(host, publicUrl)
    ? origin === undefined || origin === publicUrl?.origin
    : host !== undefined && loopbackHost.test(host) && (origin === undefined || origin === `http://${host}`);

/** Claims that a request came by the web server that passes people on, over TLS. */
export const isPublic = (host: string | undefined, publicUrl: URL | null = null): boolean => publicUrl !== null && host === publicUrl.host;

/**
 * The address that `--public-url` names: a host under TLS, and nothing behind it.
 *
 * @throws Fault `cli/usage`.
 */
export const parsePublicUrl = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.protocol !== 'https:' || url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw new Fault(
      'cli/usage',
      `--public-url is "${text}", and must be an address such as https://grow.example: sign-ins are not sent in the clear`,
    );
  }
  return url;
};
