import type { NodeMessage, Role } from '@phloem/protocol';

// Who may do what. No other file of the hub compares roles to decide what somebody may do.

/** The roles of people, whom a link may sign in. */
export const people = ['viewer', 'technician', 'engineer', 'admin'] as const satisfies readonly Role[];
const services = ['automation', 'relay', 'ingest'] as const satisfies readonly Role[];
const readers = [...people, 'automation', 'relay'] as const satisfies readonly Role[];
const staff = ['technician', 'engineer', 'admin'] as const satisfies readonly Role[];

/** What may be done over HTTP, each with the roles that may. `GET /api/v1/me` returns these names. */
export const permissions = {
  read: readers,
  readLog: ['engineer', 'admin', 'automation'],
  override: staff,
  acknowledge: staff,
  shelve: staff,
  reset: staff,
  maintain: staff,
  inspect: staff,
  promote: ['engineer', 'admin'],
  backtest: ['engineer', 'admin'],
  kiosk: ['engineer', 'admin'],
  checkpoint: ['automation'],
  ingest: ['ingest'],
  reportBridge: ['relay', 'ingest', 'automation'],
  command: ['automation'],
  administer: ['admin'],
  importPast: ['admin'],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof permissions;
export const permissionNames = Object.keys(permissions) as readonly Permission[];

/**
 * What a route requires: a permission; `link`, the one-time code in its path; `anyone`, nothing; `local`, nothing on the hub's machine,
 * and `read` over the network.
 */
export type RouteAccess = Permission | 'link' | 'anyone' | 'local';

/** Every route of the hub, with what it requires. A HEAD request needs what GET needs. */
export const routeAccess: Readonly<Record<string, RouteAccess>> = {
  'GET /healthz': 'local',
  'GET /metrics': 'local',
  'GET /sign-in/:code': 'link',
  'GET /api/v1/openapi.json': 'local',
  'GET /api/v1/sign-in': 'anyone',
  'POST /api/v1/sign-in': 'anyone',
  'POST /api/v1/sign-out': 'read',
  'POST /api/v1/me/password': 'read',
  'GET /api/v1/users': 'administer',
  'POST /api/v1/users': 'administer',
  'PUT /api/v1/users/:name': 'administer',
  'DELETE /api/v1/users/:name': 'administer',
  'POST /api/v1/users/:name/link': 'administer',
  'GET /api/v1/me': 'read',
  'GET /api/v1/site': 'read',
  'GET /api/v1/points': 'read',
  'GET /api/v1/points/:id/history': 'read',
  'GET /api/v1/points/:id/export.csv': 'read',
  'GET /api/v1/points/:id/calibration': 'read',
  'POST /api/v1/points/:id/calibration': 'maintain',
  'DELETE /api/v1/points/:id/calibration': 'maintain',
  'POST /api/v1/points/:id/maintenance': 'maintain',
  'DELETE /api/v1/points/:id/maintenance': 'maintain',
  'GET /api/v1/devices': 'read',
  'GET /api/v1/devices/:id/timeline': 'read',
  'GET /api/v1/devices/:id/why': 'read',
  'POST /api/v1/devices/:id/override': 'override',
  'DELETE /api/v1/devices/:id/override': 'override',
  'POST /api/v1/devices/:id/override/preview': 'read',
  'POST /api/v1/devices/:id/acknowledge': 'acknowledge',
  'GET /api/v1/overrides': 'read',
  'GET /api/v1/locations/:id/marks': 'read',
  'GET /api/v1/locations/:id/setpoints': 'read',
  'GET /api/v1/offsets': 'read',
  'POST /api/v1/setpoints/:name/offset': 'override',
  'DELETE /api/v1/setpoints/:name/offset': 'override',
  'GET /api/v1/interlocks': 'read',
  'POST /api/v1/interlocks/:id/reset': 'reset',
  'GET /api/v1/alarms': 'read',
  'GET /api/v1/alarms/history': 'read',
  'GET /api/v1/alarms/history.csv': 'read',
  'POST /api/v1/alarms/acknowledge': 'acknowledge',
  'POST /api/v1/alarms/:alarm/acknowledge': 'acknowledge',
  'POST /api/v1/alarms/shelve': 'shelve',
  'POST /api/v1/alarms/unshelve': 'shelve',
  'POST /api/v1/notes': 'acknowledge',
  'GET /api/v1/buses': 'read',
  'GET /api/v1/buses/:bus/health': 'read',
  'GET /api/v1/buses/:bus/plan': 'read',
  'POST /api/v1/buses/:bus/read': 'inspect',
  'GET /api/v1/registers': 'read',
  'GET /api/v1/log': 'readLog',
  'GET /api/v1/stream': 'read',
  'PUT /api/v1/leases/:scope': 'command',
  'DELETE /api/v1/leases/:scope': 'command',
  'POST /api/v1/requests': 'command',
  'GET /api/v1/requests/:id': 'command',
  'GET /api/v1/documents/:hash': 'read',
  'GET /api/v1/bundles': 'read',
  'POST /api/v1/bundles': 'promote',
  'GET /api/v1/bundles/:scope/revisions': 'read',
  'GET /api/v1/bundles/:scope/differences': 'read',
  'POST /api/v1/bundles/:scope/rollback': 'promote',
  'POST /api/v1/backtests': 'backtest',
  'GET /api/v1/backtests/:id': 'backtest',
  'DELETE /api/v1/backtests/:id': 'backtest',
  'GET /api/v1/checkpoints/:scope': 'read',
  'PUT /api/v1/checkpoints/:scope': 'checkpoint',
  'GET /api/v1/cursors': 'read',
  'GET /api/v1/storage': 'read',
  'GET /api/v1/notifications': 'read',
  'POST /api/v1/notifications/test': 'maintain',
  'DELETE /api/v1/cursors/:name': 'administer',
  'GET /api/v1/bridges': 'read',
  'PUT /api/v1/bridges/:id': 'reportBridge',
  'POST /api/v1/ingest': 'ingest',
  'GET /api/v1/ingest/:source': 'ingest',
  'GET /api/v1/history/simulated-past': 'importPast',
  'POST /api/v1/history/simulated-past': 'importPast',
  'POST /api/v1/kiosks': 'kiosk',
  'GET /api/v1/kiosks': 'kiosk',
  'DELETE /api/v1/kiosks/:id': 'kiosk',
  'GET /api/v1/tokens': 'administer',
  'POST /api/v1/tokens': 'administer',
  'DELETE /api/v1/tokens/:id': 'administer',
  'POST /api/v1/sign-in-links': 'administer',
};

/** Every event that a node may send over its socket, with the roles that may send it. */
export const eventRoles: Readonly<Record<NodeMessage['event'], readonly Role[]>> = {
  subscribe: readers,
  unsubscribe: readers,
  commit: readers,
  heartbeat: [...people, ...services],
  watch: staff,
  unwatch: staff,
  attach: ['ingest'],
  ingest: ['ingest'],
};

/** What a session may have, beyond the events that it sends. */
export const sessionRights = {
  /** The lease of a scope, under which a commit may carry commands, alarms and values. */
  lease: ['automation'],
  /** Subscriptions in the greeting. */
  subscribe: readers,
  /** Cursors that the hub keeps under a name: for programs that stay. */
  namedCursor: ['automation', 'relay'],
} as const satisfies Record<string, readonly Role[]>;

/**
 * Every command of `phloem`, with what it needs: a permission at the hub, for which it uses the administrator's token of the data
 * folder; or `files`, the rights of its user on the files that it names.
 */
export const commandAccess: Readonly<Record<string, Permission | 'files'>> = {
  start: 'files',
  hub: 'files',
  automation: 'files',
  simulator: 'files',
  check: 'files',
  push: 'promote',
  repair: 'files',
  'log verify': 'files',
  'log stats': 'files',
  export: 'files',
  'rules check': 'files',
  'rules test': 'files',
  'rules fmt': 'files',
  'rules new': 'files',
  'rules diff': 'files',
  'rules backtest': 'files',
  'rules log': 'read',
  'rules rollback': 'promote',
  'rules shadow': 'administer',
  'rules why': 'readLog',
  'rules schema': 'files',
  'profile list': 'files',
  'profile show': 'files',
  'profile check': 'files',
  'bus scan': 'inspect',
  'bus read': 'inspect',
  'bus watch': 'inspect',
  'bus health': 'read',
  'bus plan': 'read',
  'bridge run': 'administer',
  'bridge check': 'files',
  'bridge status': 'read',
  'bridge agreement': 'read',
  'point show': 'read',
  'point calibrate': 'maintain',
  'point uncalibrate': 'maintain',
  'point maintain': 'maintain',
  'point release': 'maintain',
  override: 'override',
  acknowledge: 'acknowledge',
  'interlock list': 'read',
  'interlock reset': 'reset',
  link: 'administer',
  'alarms list': 'read',
  'alarms history': 'read',
  'alarms acknowledge': 'acknowledge',
  'alarms shelve': 'shelve',
  'alarms unshelve': 'shelve',
  'setpoint list': 'read',
  'setpoint offset': 'override',
  'setpoint release': 'override',
  'notify status': 'read',
  'notify test': 'maintain',
  'user add': 'administer',
  'user list': 'administer',
  'user change': 'administer',
  'user link': 'administer',
  'user remove': 'administer',
  'token create': 'administer',
  'token list': 'administer',
  'token revoke': 'administer',
  'token kiosk': 'kiosk',
  'cursors list': 'read',
  'cursors remove': 'administer',
};

const includes = (allowed: readonly Role[], role: Role): boolean => allowed.includes(role);

/** Claims that the role has the permission. */
export const isAllowed = (role: Role, permission: Permission): boolean => includes(permissions[permission], role);

/** Claims that a session of the role may send the event. */
export const maySend = (role: Role, event: NodeMessage['event']): boolean => includes(eventRoles[event], role);

/** Claims that a session of the role may have it. */
export const mayHave = (role: Role, right: keyof typeof sessionRights): boolean => includes(sessionRights[right], role);

/** Claims that the role is for programs, which stay connected under a name of their own. */
export const isService = (role: Role): boolean => includes(services, role);

/** Claims that the locations of a credential limit what its bearer is shown: people see everything. */
export const isShownOwnLocationsOnly = (role: Role): boolean => role === 'automation' || role === 'relay';

/** Claims that a credential of the role lets its bearer greet as `greeted`: a person's browser may greet as a mere viewer. */
export const mayGreetAs = (role: Role, greeted: Role, isPerson: boolean): boolean =>
  role === greeted || (isPerson && greeted === 'viewer' && includes(people, role));
