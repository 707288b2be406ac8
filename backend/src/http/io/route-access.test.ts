import { readFileSync } from 'node:fs';
import { Fault, type Role } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { eventRoles, isAllowed, permissions, routeAccess, type RouteAccess } from '../../access/permissions.ts';
import { createEventGate } from '../../sessions/event-gate.ts';
import { openServer } from './testing/open-server.ts';

const roles: readonly Role[] = ['viewer', 'technician', 'engineer', 'admin', 'automation', 'relay', 'ingest'];
const routes = Object.entries(routeAccess).map(([name, access]) => {
  const [method = '', pattern = ''] = name.split(' ');
  return { name, access, method: method as 'GET' | 'POST' | 'PUT' | 'DELETE', pattern };
});
type Route = (typeof routes)[number];

/** Something of the fixture that the place in a path may stand for. */
const examples: Readonly<Record<string, string>> = {
  ':bus': 'line',
  ':scope': 'flower_room',
  ':hash': 'a'.repeat(64),
  ':code': 'none',
  ':alarm': 'device%2Froom%2Fheater%2Fsilent',
  ':name': 'flower_room%2Fclimate%2Ftemp',
  ':source': 'zigbee',
};
const toId = (pattern: string): string =>
  pattern.includes('/locations/') ? 'flower_room' : pattern.includes('/devices/') ? 'flower_room%2Fheater' : 'flower_room%2Ffront%2Fair';
const toUrl = ({ pattern }: Route): string =>
  // A stream that begins does not end.
  pattern.endsWith('/stream') ? `${pattern}?after=nowhere` : pattern.replace(/:\w+/g, (place) => examples[place] ?? toId(pattern));
/** Claims that a route asks for no credential, or for none on the hub's machine. */
const isOpen = (access: RouteAccess): access is 'link' | 'anyone' | 'local' =>
  access === 'link' || access === 'anyone' || access === 'local';
const rolesOf = (access: RouteAccess): readonly Role[] => (isOpen(access) ? roles : permissions[access]);

/** Asks each route in turn, with time between: the limits of users and addresses are not what is tested. */
const askAll = async (asked: readonly Route[], token: string | undefined, headers: Record<string, string> = {}) => {
  const { ask, time } = await openServer();
  const found = new Map<string, number>();
  for (const route of asked) {
    time.up += 10_000;
    const body = route.method === 'GET' ? {} : { body: { role: 'viewer' } };
    const answer = await ask(route.method, toUrl(route), { ...(token !== undefined && { token }), headers, ...body });
    found.set(route.name, answer.statusCode);
  }
  return found;
};

describe('the table of permissions, over HTTP', () => {
  const guarded = routes.filter(({ access }) => !isOpen(access));

  it.each(roles)('[SE5] a valid credential of the role %s gets 403 wherever the role is not allowed, and only there', async (role) => {
    const found = await askAll(guarded, role);
    const forbidden = guarded.filter(({ access }) => !rolesOf(access).includes(role)).map(({ name }) => name);
    expect([...found].flatMap(([name, status]) => (status === 403 ? [name] : []))).toEqual(forbidden);
    expect([...found.values()]).not.toContain(401);
  });

  it.each([
    ['no credential', {}],
    ['a token that is none', { authorization: 'Bearer rubbish' }],
    ['a cookie that is none', { cookie: 'phloem_session_test=rubbish' }],
  ])('[SE5] %s gets 401 at every route that needs one', async (_what, headers) => {
    const found = await askAll(guarded, undefined, headers);
    expect([...found].filter(([, status]) => status !== 401)).toEqual([]);
  });

  it('[SE4] what is open on this machine needs a credential over the network', async () => {
    const local = routes.filter(({ access }) => access === 'local');
    const outside = { host: 'grow.example:8443' };
    expect(new Set((await askAll(local, undefined)).values())).toEqual(new Set([200]));
    expect(new Set((await askAll(local, undefined, outside)).values())).toEqual(new Set([401]));
    expect(new Set((await askAll(local, 'ingest', outside)).values())).toEqual(new Set([403]));
    expect(new Set((await askAll(local, 'viewer', outside)).values())).toEqual(new Set([200]));
  });

  it('has a row for each route, and a route for each row', async () => {
    const { app } = await openServer();
    expect(routes.filter(({ method, pattern }) => !app.hasRoute({ method, url: pattern })).map(({ name }) => name)).toEqual([]);
    const { app: another } = await openServer({ beforeReady: (fresh) => fresh.get('/api/v1/secrets', async () => 'none') }).catch(
      (error: unknown) => ({ app: error }),
    );
    expect(String(another)).toContain('GET /api/v1/secrets has no row in access/permissions.ts');
  });
});

describe('the table of permissions, over the socket', () => {
  const verdictOf = (role: Role, event: string): string => {
    try {
      createEventGate(role)(event, {}, 0);
    } catch (error) {
      return error instanceof Fault ? error.code : String(error);
    }
    return 'taken';
  };

  it.each(Object.entries(eventRoles))('[PI4] %s may be sent by its roles alone', (event, allowed) => {
    const forbidden = roles.filter((role) => verdictOf(role, event) === 'auth/forbidden');
    expect(forbidden).toEqual(roles.filter((role) => !allowed.includes(role)));
  });
});

describe('the specification and the table of permissions', () => {
  it('[PI4] agree who may send which event', () => {
    const rows = [...text.matchAll(/^\| (`(?:subscribe|heartbeat|watch|attach)`[^|]*) \| ([^|]+?) *\|$/gm)].filter(
      ([, , who]) => who !== undefined,
    );
    const stated = rows.flatMap(([, cell = '', who = '']) => {
      const allowed =
        who === 'all' ? roles : who.startsWith('all but') ? roles.filter((role) => !who.includes(`\`${role}\``)) : toRoles(who);
      return [...cell.matchAll(/`(\w+)`/g)].map(([, event = '']) => [event, roles.filter((role) => allowed.includes(role))] as const);
    });
    expect(Object.fromEntries(stated)).toEqual(
      Object.fromEntries(Object.entries(eventRoles).map(([event, allowed]) => [event, roles.filter((role) => allowed.includes(role))])),
    );
  });

  const text = readFileSync(new URL('../../../../protocol/SPEC.md', import.meta.url), 'utf8');
  const toRoles = (cell: string): readonly Role[] =>
    cell === 'anyone' ? roles : cell === 'all' ? permissions.read : [...cell.matchAll(/`(\w+)`/g)].map(([, role]) => role as Role);

  /** The roles by route, as the table of the HTTP API states them: of several methods, the first has the first roles. */
  const stated: ReadonlyMap<string, readonly Role[]> = new Map(
    [...text.matchAll(/^\| (`(?:GET|POST|PUT|DELETE)[^|]*(?:\\\|[^|]*)*) \|.* \| ([^|]+?) *\|$/gm)].flatMap(([, cell = '', who = '']) => {
      const groups = who.split('; ');
      let methods: readonly string[] = [];
      return [...cell.matchAll(/`(?:([A-Z, ]+) )?(\/[^`?]*)(?:\?[^`]*)?`/g)].flatMap(([, own, path = '']) => {
        methods = own?.split(', ') ?? methods;
        const pattern = path.replace(/\{(\w+)\}/g, ':$1');
        return methods.map((method, index) => [`${method} ${pattern}`, toRoles((index === 0 ? groups[0] : groups.at(-1)) ?? '')] as const);
      });
    }),
  );

  it('name the same routes', () => {
    const described = routes.filter(({ access, name }) => access !== 'link' && access !== 'local' && !name.includes('openapi'));
    expect(described.map(({ name }) => name).filter((name) => !stated.has(name))).toEqual([]);
    expect([...stated.keys()].filter((name) => !(name in routeAccess))).toEqual([]);
  });

  it.each([...stated].filter(([name]) => !/^GET \/(healthz|metrics)$/.test(name)))('[SE5] agree who may %s', (name: string, allowed) => {
    const access = routeAccess[name];
    expect(roles.filter((role) => allowed.includes(role))).toEqual(
      roles.filter((role) => access !== undefined && (access === 'anyone' || (!isOpen(access) && isAllowed(role, access)))),
    );
  });
});
