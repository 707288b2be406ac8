import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createMemorySettings } from '../../settings/memory-settings.ts';
import { createCredentials } from '../../settings/io/credentials.ts';
import { openServer } from './testing/open-server.ts';

const heater = '/api/v1/devices/flower_room%2Fheater';
const override = { value: true, reason: 'frost', forMs: 60_000 };
const point = '/api/v1/points/flower_room%2Ffront%2Ftemperature';

/** Each route that takes a body, with one that fits. */
const bodies = [
  ['POST', `${heater}/override`, override],
  ['POST', `${heater}/override/preview`, { value: true, forMs: 60_000 }],
  ['DELETE', `${heater}/override`, { reason: 'done', lsn: 3 }],
  ['POST', `${heater}/acknowledge`, { reason: 'seen' }],
  ['POST', '/api/v1/alarms/device%2Froom%2Fheater%2Fsilent/acknowledge', { comment: 'seen' }],
  ['POST', '/api/v1/alarms/acknowledge', { alarms: ['device/room/heater/silent'], comment: 'seen' }],
  ['POST', '/api/v1/alarms/shelve', { alarms: ['device/room/heater/silent'], forMs: 60_000, reason: 'service' }],
  ['POST', '/api/v1/alarms/unshelve', { alarms: ['device/room/heater/silent'], reason: 'done' }],
  ['POST', '/api/v1/setpoints/flower_room%2Fclimate%2Ftemp/offset', { delta: 1, reason: 'cold', forMs: 60_000 }],
  ['DELETE', '/api/v1/setpoints/flower_room%2Fclimate%2Ftemp/offset', { lsn: 3 }],
  ['POST', '/api/v1/notes', { about: 'flower_room', text: 'aphids' }],
  ['POST', `${point}/maintenance`, { reason: 'cleaning', forMs: 60_000 }],
  ['DELETE', `${point}/maintenance`, { reason: 'done' }],
  ['POST', '/api/v1/buses/line/read', { unit: 1, function: 3, address: 0, count: 1 }],
  ['POST', '/api/v1/kiosks', { name: 'lobby' }],
  ['POST', '/api/v1/tokens', { role: 'viewer', node: 'my-tool' }],
  ['POST', '/api/v1/sign-in-links', { role: 'viewer', name: 'anna' }],
  ['POST', '/api/v1/history/simulated-past', { samples: [], spans: [] }],
] as const;

describe('a body that does not fit', () => {
  it.each([null, '', [true], { on: true }, 'x'.repeat(65)])('[DE4] does not become a value: %j', async (value) => {
    const { ask, gate } = await openServer();
    const orders: unknown[] = [];
    Object.assign(gate, { override: (...order: unknown[]) => void orders.push(order) });
    for (const action of ['override', 'override/preview']) {
      const { reason, ...wanted } = { ...override, value };
      const body = action === 'override' ? { ...wanted, reason } : wanted;
      const answer = await ask('POST', `${heater}/${action}`, { token: 'engineer', body });
      expect([answer.statusCode, answer.json()]).toMatchObject([400, { code: 'protocol/invalid' }]);
      expect(answer.json().message).toMatch(/^body at \/value: must /);
    }
    expect(orders).toEqual([]);
  });

  it.each([
    ['forMs', '60000', 'body at /forMs: must be a whole number'],
    ['forMs', true, 'body at /forMs: must be a whole number'],
    ['forMs', [60_000], 'body at /forMs: must be a whole number'],
    ['forMs', 60_000.5, 'body at /forMs: must be a whole number'],
    ['reason', 7, 'body at /reason: must be a string'],
    ['reason', null, 'body at /reason: must be a string'],
    ['reason', 'x'.repeat(401), 'body at /reason: must not have more than 400 characters'],
  ])('[DE4] is not converted: %s as %j', async (member, value, message) => {
    const { ask } = await openServer();
    const answer = await ask('POST', `${heater}/override`, { token: 'engineer', body: { ...override, [member]: value } });
    expect([answer.statusCode, answer.json().message]).toEqual([400, message]);
  });

  it.each(bodies)('[PI4] %s %s refuses a member that it does not know, and names it', async (method, url, body) => {
    const { ask } = await openServer();
    for (const member of ['forceIt', '__proto', 'isAdmin']) {
      const answer = await ask(method, url, { token: 'admin', body: { ...body, [member]: 1 } });
      expect([answer.statusCode, answer.json()]).toEqual([
        400,
        { code: 'protocol/invalid', message: expect.stringContaining(`unknown member "${member}"`) },
      ]);
    }
  });

  it.each(bodies)('[PI4] %s %s refuses a body that is no object', async (method, url) => {
    const { app } = await openServer();
    for (const payload of ['7', '"text"', '[]', '[{}]', 'true', '{', '{"__proto__":{"reason":"x"}}', '{"constructor":{"prototype":1}}']) {
      const answer = await app.inject({
        method,
        url,
        payload,
        headers: { host: '127.0.0.1:8420', authorization: 'Bearer token-of-admin', 'content-type': 'application/json' },
      });
      expect([payload, answer.statusCode]).toEqual([payload, 400]);
    }
  });

  it.each([
    ['limit=0x10', 'query at /limit: must be a whole number'],
    ['limit=1e3', 'query at /limit: must be a whole number'],
    ['limit=', 'query at /limit: must be a whole number'],
    ['limit=%207', 'query at /limit: must be a whole number'],
    ['limit=1.5', 'query at /limit: must be a whole number'],
    ['limit=true', 'query at /limit: must be a whole number'],
    ['limit=0', 'query at /limit: must be at least 1'],
    ['limit=5&limit=6', 'query at /limit: must be given once'],
    ['limits=5', 'query: has the unknown member "limits"'],
    ['__proto__=5', 'query: has the unknown member "__proto__"'],
  ])('[PI4] a query is read strictly: %s', async (query, message) => {
    const { ask } = await openServer();
    const answer = await ask('GET', `/api/v1/log?${query}`, { token: 'admin' });
    expect([answer.statusCode, answer.json().message]).toEqual([400, message]);
  });

  it('[PI4] a query is read, and what it leaves out has its usual value', async () => {
    const { ask, store } = await openServer();
    store.log.append([{ kind: 'pulse' }, { kind: 'pulse' }]);
    const some = (await ask('GET', '/api/v1/log?limit=1', { token: 'admin' })).json();
    expect(some.entries).toHaveLength(1);
    expect((await ask('GET', '/api/v1/log', { token: 'admin' })).json().entries.length).toBeGreaterThan(1);
  });

  it('[PI4] a route that takes neither body nor query refuses both', async () => {
    const { ask } = await openServer();
    const reset = '/api/v1/interlocks/room%2Fsafety%2Fdoor/reset';
    expect((await ask('POST', reset, { token: 'admin', body: { force: true } })).statusCode).toBe(400);
    expect((await ask('GET', '/api/v1/points?location=flower_room', { token: 'admin' })).json().message).toBe(
      'query: has the unknown member "location"',
    );
  });
});

describe('a request that asks for too much', () => {
  it('[SE7] more than 16 KiB is read by few routes, and by none before the credential is', async () => {
    const { ask } = await openServer();
    const large = { ...override, reason: 'x'.repeat(20_000) };
    for (const [method, url] of bodies.filter(([, path]) => !path.includes('simulated-past'))) {
      expect((await ask(method, url, { token: 'admin', body: large })).json()).toMatchObject({ code: 'protocol/too-large' });
      expect((await ask(method, url, { body: large })).statusCode).toBe(401);
    }
    const bundle = { documents: 'x'.repeat(2 * 1024 * 1024) };
    expect((await ask('POST', '/api/v1/bundles', { token: 'engineer', body: bundle })).statusCode).toBe(413);
    expect((await ask('POST', '/api/v1/bundles', { token: 'viewer', body: bundle })).statusCode).toBe(403);
  });

  it('[CH1] a checkpoint is not read when its sender holds no lease', async () => {
    const { app } = await openServer();
    const answer = await app.inject({
      method: 'PUT',
      url: '/api/v1/checkpoints/flower_room',
      payload: `{"term":1,${'x'.repeat(10_000_000)}`,
      headers: { host: '127.0.0.1:8420', authorization: 'Bearer token-of-automation', 'content-type': 'application/json' },
    });
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'command/term']);
  });

  it('[SE7] one user sends 20 commands at once and five a second; others are not held up by it', async () => {
    const { ask, time } = await openServer();
    const status = async (token: string) => (await ask('POST', `${heater}/override`, { token, body: override })).statusCode;
    const first = await Promise.all(Array.from({ length: 60 }, () => status('engineer')));
    expect(first.filter((code) => code === 429)).toHaveLength(40);
    expect(await status('technician')).not.toBe(429);
    time.up += 200;
    expect(await status('engineer')).not.toBe(429);
    expect(await status('engineer')).toBe(429);
    expect((await ask('GET', '/api/v1/points', { token: 'engineer' })).statusCode).toBe(200);
  });

  it('[SE7] too many requests without a credential have to wait; one with a good credential is not', async () => {
    const { ask, refusals } = await openServer();
    const answers = await Promise.all(Array.from({ length: 60 }, () => ask('GET', '/api/v1/points', { token: 'nobody!' })));
    expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(10);
    expect((await ask('GET', '/api/v1/points', { token: 'viewer' })).statusCode).toBe(200);
    expect(refusals.filter(({ code }) => code === 'auth/rate')).toHaveLength(10);
  });

  it('[SE7] says who was refused what, without what was asked for', async () => {
    const { ask, refusals } = await openServer();
    await ask('POST', `${heater}/override`, { token: 'viewer', body: override });
    expect(refusals).toEqual([
      {
        code: 'auth/forbidden',
        status: 403,
        method: 'POST',
        route: '/api/v1/devices/:id/override',
        address: '127.0.0.1',
        by: 'user:token-of-viewer',
      },
    ]);
  });
});

describe('the headers for browsers', () => {
  it('[SE8] keep no response of the hub, and reach no other host', async () => {
    const { ask } = await openServer();
    for (const url of ['/api/v1/points', '/api/v1/me', '/healthz', '/metrics', '/api/v1/nothing', '/sign-in/guess']) {
      expect((await ask('GET', url, { token: 'viewer' })).headers['cache-control']).toBe('no-store');
    }
    const policy = async (host: string) =>
      (await ask('GET', '/healthz', { token: 'viewer', headers: { host } })).headers['content-security-policy'];
    expect(await policy('127.0.0.1:8420')).toContain("connect-src 'self' ws://127.0.0.1:8420;");
    expect(await policy('grow.example:8443')).toContain("connect-src 'self' wss://grow.example:8443;");
  });

  it('[SE5] a cookie of another hub on the same machine is none of ours', async () => {
    const { ask } = await openServer();
    const status = async (cookie: string) => (await ask('GET', '/api/v1/points', { headers: { cookie } })).statusCode;
    expect(await status('phloem_session_other=token-of-viewer')).toBe(401);
    expect(await status('phloem_session_other=x; phloem_session_test=token-of-viewer')).toBe(200);
  });
});

describe('credentials over HTTP', () => {
  const openWithSettings = async () => {
    const clock = { at: 1_800_000_000_000 };
    const credentials = createCredentials(createMemorySettings(), () => clock.at);
    const admin = await credentials.create({ role: 'admin', nodeId: null, name: 'admin' });
    const server = await openServer({ credentials });
    const ask = (method: 'GET' | 'POST' | 'DELETE', url: string, body?: object) =>
      server.ask(method, url, { headers: { authorization: `Bearer ${admin}` }, ...(body !== undefined && { body }) });
    return { ...server, clock, credentials, admin, asAdmin: ask };
  };

  it('[SE6] are listed with who made them and until when they are good, and revoked with their sessions', async () => {
    const { asAdmin, connect, clock, store } = await openWithSettings();
    const made = (await asAdmin('POST', '/api/v1/tokens', { role: 'viewer', node: 'my-tool', forMs: 86_400_000 })).json();
    const own = await asAdmin('GET', '/api/v1/tokens');
    expect(own.json()).toMatchObject([
      { kind: 'person', role: 'admin', name: 'admin', expiresAt: null, isOwn: true },
      {
        id: made.id,
        kind: 'service',
        node: 'my-tool',
        createdBy: { kind: 'user', id: 'admin' },
        expiresAt: clock.at + 86_400_000,
        isOwn: false,
      },
    ]);
    expect(own.body).not.toContain('hash');
    const session = connect({ nodeId: 'my-tool', token: made.id });
    expect((await asAdmin('GET', '/api/v1/tokens')).json()[1].sessions).toBe(1);
    expect((await asAdmin('DELETE', `/api/v1/tokens/${made.id}`)).json()).toHaveLength(1);
    expect(session.farewell).toMatchObject({ code: 'unauthorised', retry: false });
    expect((await asAdmin('DELETE', `/api/v1/tokens/${made.id}`)).json()).toMatchObject({ code: 'token/unknown' });
    const entries = store.log.read(0, { entries: 100, bytes: 1e6 }).filter(({ kind }) => kind === 'access');
    expect(entries).toMatchObject([
      {
        action: 'token-created',
        by: { kind: 'user', id: 'admin' },
        subject: { kind: 'node', id: 'my-tool' },
        credential: made.id,
        until: clock.at + 86_400_000,
      },
      { action: 'token-revoked', by: { kind: 'user', id: 'admin' }, subject: { kind: 'node', id: 'my-tool' }, credential: made.id },
    ]);
    expect(JSON.stringify(entries)).not.toContain(made.token);
  });

  it('[SE6] take the lease that a program holds with them, and what it still sends changes nothing', async () => {
    const { asAdmin, ask, leases, accepted } = await openWithSettings();
    const { token, id } = (await asAdmin('POST', '/api/v1/tokens', { role: 'automation', node: 'my-script' })).json();
    const headers = { authorization: `Bearer ${token}` };
    const { term } = (await ask('PUT', '/api/v1/leases/flower_room', { headers, body: {} })).json();
    expect(leases.current(term)).toMatchObject({ holder: 'my-script' });
    await asAdmin('DELETE', `/api/v1/tokens/${id}`);
    expect(leases.current(term)).toBeNull();
    const body = { id: 'one', term, device: 'flower_room/fan', value: true, ttlMs: 1000 };
    expect((await ask('POST', '/api/v1/requests', { headers, body })).statusCode).toBe(401);
    expect(accepted).toEqual([]);
  });

  it('[SE6] let no request through whose body comes after they were revoked', async () => {
    const { asAdmin, ask, app, leases } = await openWithSettings();
    const { token, id } = (await asAdmin('POST', '/api/v1/tokens', { role: 'automation', node: 'my-script' })).json();
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const late = request(`${url}/api/v1/leases/flower_room`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': 2 },
    });
    const answered = once(late, 'response');
    const came = once(app.server, 'request');
    late.write('{');
    await came;
    // It was still valid when the head of the request was judged.
    expect((await ask('GET', '/api/v1/points', { headers: { authorization: `Bearer ${token}` } })).statusCode).toBe(200);
    await asAdmin('DELETE', `/api/v1/tokens/${id}`);
    late.end('}');
    const [answer] = (await answered) as [IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(401);
    expect(leases.current(1)).toBeNull();
    await app.close();
  });

  it('[SE6] cannot be revoked by a request that came with it', async () => {
    const { asAdmin } = await openWithSettings();
    const [own] = (await asAdmin('GET', '/api/v1/tokens')).json();
    const answer = await asAdmin('DELETE', `/api/v1/tokens/${own.id}`);
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'token/own']);
  });

  it('[SE6] are worth nothing when their time is over', async () => {
    const { asAdmin, ask, clock, credentials, connect, sessions } = await openWithSettings();
    const { token, id } = (await asAdmin('POST', '/api/v1/tokens', { role: 'viewer', node: 'my-tool', forMs: 60_000 })).json();
    const status = async () => (await ask('GET', '/api/v1/points', { headers: { authorization: `Bearer ${token}` } })).statusCode;
    const session = connect({ nodeId: 'my-tool', token: id });
    expect(await status()).toBe(200);
    sessions.endExpired((credential) => credentials.isLive(credential));
    expect(session.farewell).toBeNull();
    clock.at += 60_000;
    expect(await status()).toBe(401);
    sessions.endExpired((credential) => credentials.isLive(credential));
    expect(session.farewell).toMatchObject({ code: 'unauthorised', retry: false });
    expect((await asAdmin('GET', '/api/v1/tokens')).json()).toHaveLength(1);
  });

  it('[SE6] of a screen on a wall end after 400 days, as its cookie does, and the socket of the screen ends with them', async () => {
    const { ask, asAdmin, clock, credentials, connect, sessions } = await openWithSettings();
    const { path } = (await asAdmin('POST', '/api/v1/kiosks', { name: 'lobby' })).json();
    const cookie = String((await ask('GET', path)).headers['set-cookie']);
    expect(cookie).toContain(`Max-Age=${400 * 86_400}`);
    const status = async () => (await ask('GET', '/api/v1/points', { headers: { cookie: cookie.split(';')[0] ?? '' } })).statusCode;
    const wall = credentials.list().find(({ isKiosk }) => isKiosk === true);
    expect(wall).toMatchObject({ name: 'lobby', expiresAt: clock.at + 400 * 86_400_000 });
    const session = connect({ nodeId: 'panel-wall', token: wall?.id });
    clock.at += 400 * 86_400_000 - 1;
    sessions.endExpired((credential) => credentials.isLive(credential));
    expect([await status(), session.farewell]).toEqual([200, null]);
    clock.at += 1;
    sessions.endExpired((credential) => credentials.isLive(credential));
    expect([await status(), session.farewell]).toMatchObject([401, { code: 'unauthorised', retry: false }]);
    expect((await asAdmin('GET', '/api/v1/kiosks')).json()).toEqual([]);
  });

  it('[SE6] a sign-in that takes the place of an older one ends the sessions of that', async () => {
    const { ask, codes, credentials, connect, sessions, store } = await openWithSettings();
    const signIn = () => ask('GET', `/sign-in/${codes.issue({ role: 'engineer', name: 'lena' })}`);
    await signIn();
    const [, first] = credentials.list();
    const session = connect({ nodeId: 'panel-1', token: first?.id });
    const other = await credentials.create({ role: 'engineer', nodeId: null, name: 'otto', isBrowser: true });
    for (let n = 0; n < 20; n += 1) await signIn();
    expect(credentials.list().some(({ id }) => id === first?.id)).toBe(false);
    expect(credentials.verify(other)).not.toBeNull();
    sessions.endExpired((credential) => credentials.isLive(credential));
    expect(session.farewell).toMatchObject({ code: 'unauthorised' });
    const entries = store.log.read(0, { entries: 100, bytes: 1e6 }).filter(({ kind }) => kind === 'access');
    expect(entries).toHaveLength(21);
    expect(entries[0]).toMatchObject({ action: 'sign-in', by: { kind: 'user', id: 'lena' }, role: 'engineer', from: '127.0.0.1' });
  });

  it('[SE5] a browser signs in again after 30 days', async () => {
    const { clock, credentials } = await openWithSettings();
    const browser = await credentials.create({ role: 'engineer', nodeId: null, name: 'lena', isBrowser: true });
    clock.at += 30 * 86_400_000 - 1;
    expect(credentials.verify(browser)).not.toBeNull();
    clock.at += 1;
    expect(credentials.verify(browser)).toBeNull();
  });
});
