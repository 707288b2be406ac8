import { hashDocument } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { describe, expect, it, vi } from 'vitest';
import { isAllowed, routeAccess } from '../../access/permissions.ts';
import { toDoor } from '../../interlocks/testing/room.ts';
import { parsePublicUrl } from '../../access/own-page.ts';
import { openServer } from './testing/open-server.ts';

const people: readonly string[] = ['viewer', 'technician', 'engineer', 'admin'];

it('finds what has a long name', async () => {
  const { ask } = await openServer();
  const name = `flower_room/${'a'.repeat(120)}/temp`;
  const { statusCode, body } = await ask('DELETE', `/api/v1/setpoints/${encodeURIComponent(name)}/offset`, { token: 'admin' });
  expect([statusCode, body]).toEqual([404, expect.stringContaining('setpoint/unknown')]);
});

it('starts on a machine that takes longer than ten seconds for it', async () => {
  vi.useFakeTimers();
  try {
    const isSlow = (app: FastifyInstance): void => void app.register(() => new Promise<void>((resolve) => setTimeout(resolve, 60_000)));
    const opening = openServer({ beforeReady: isSlow }).then(({ ask }) => ask('GET', '/healthz'));
    await vi.advanceTimersByTimeAsync(61_000);
    expect((await opening).statusCode).toBe(200);
  } finally {
    vi.useRealTimers();
  }
});

describe('access over HTTP', () => {
  const ofPlace = [
    '/api/v1/points/flower_room%2Ffront%2Ftemperature/history',
    '/api/v1/points/flower_room%2Ffront%2Ftemperature/export.csv',
    '/api/v1/points/flower_room%2Ffront%2Ftemperature/calibration',
    '/api/v1/devices/flower_room%2Fheater/timeline',
    '/api/v1/locations/flower_room/setpoints',
    '/api/v1/locations/flower_room/marks',
    '/api/v1/checkpoints/flower_room',
  ];
  it.each(
    ['viewer', 'technician', 'engineer', 'admin', 'automation', 'relay'].flatMap((role) => [
      [role, 'flower_room', true] as const,
      [role, 'cold_store', people.includes(role)] as const,
    ]),
  )('[SE5] %s with a token for %s may read what is in the flower room: %s', async (role, location, mayRead) => {
    const { ask } = await openServer();
    const answers = await Promise.all(ofPlace.map((url) => ask('GET', url, { token: `${role}@${location}` })));
    expect(answers.map(({ statusCode }) => statusCode !== 403)).toEqual(ofPlace.map(() => mayRead));
  });

  it('[SE5] a service of some locations gets only those, a person of all', async () => {
    const { ask, store, refresh } = await openServer();
    const taken = { value: true, by: { kind: 'user', id: 'anna' } as const, reason: 'works', forMs: 60_000, until: 1 };
    store.log.append(['flower_room/heater', 'cold_store/fan'].map((device) => ({ kind: 'override', device, ...taken })));
    refresh();
    const devices = async (token: string) =>
      (await ask('GET', '/api/v1/overrides', { token })).json().map(({ device }: { device: string }) => device);
    expect(await devices('automation@cold_store')).toEqual(['cold_store/fan']);
    expect(await devices('automation')).toEqual(['flower_room/heater', 'cold_store/fan']);
    expect(await devices('technician@cold_store')).toEqual(['flower_room/heater', 'cold_store/fan']);
    const state = await ask('GET', '/api/v1/checkpoints/cold_store+flower_room', { token: 'automation@cold_store' });
    expect([state.statusCode, state.json()]).toMatchObject([403, { message: expect.stringContaining('flower_room') }]);
    expect((await ask('GET', '/api/v1/log', { token: 'automation@cold_store' })).statusCode).toBe(403);
    expect((await ask('GET', '/api/v1/log', { token: 'automation' })).statusCode).toBe(200);
  });

  it('[SE4] a page of another site is refused, by its origin or by the name it uses for us', async () => {
    const { ask } = await openServer();
    expect((await ask('GET', '/healthz', { headers: { origin: 'http://evil.test' } })).statusCode).toBe(403);
    expect((await ask('GET', '/healthz', { headers: { host: 'evil.test:8420' } })).statusCode).toBe(403);
    expect((await ask('GET', '/healthz', { headers: { origin: 'http://localhost:8420', host: 'localhost:8420' } })).statusCode).toBe(200);
  });

  it('[SE4] the name by which a web server passes people on is ours too, over TLS alone', async () => {
    const { ask } = await openServer();
    const host = 'grow.example:8443';
    const status = async (headers: Record<string, string>) => (await ask('GET', '/healthz', { headers, token: 'viewer' })).statusCode;
    expect(await status({ host })).toBe(200);
    expect(await status({ host, origin: 'https://grow.example:8443' })).toBe(200);
    expect(await status({ host, origin: 'http://grow.example:8443' })).toBe(403);
    expect(await status({ host, origin: 'http://127.0.0.1:8420' })).toBe(403);
    expect(await status({ host: 'grow.example' })).toBe(403);
    expect(await status({ origin: 'https://grow.example:8443' })).toBe(403);
  });

  it.each(['/healthz', '/metrics', '/api/v1/openapi.json'])('[SE4] %s is open on this machine alone', async (path) => {
    const { ask } = await openServer();
    const headers = { host: 'grow.example:8443' };
    expect((await ask('GET', path)).statusCode).toBe(200);
    expect((await ask('GET', path, { headers })).statusCode).toBe(401);
    expect((await ask('GET', path, { headers, token: 'viewer' })).statusCode).toBe(200);
  });

  it.each(['http://grow.example', 'grow.example', 'https://grow.example/panel', 'https://me@grow.example', 'https://grow.example/?a'])(
    '[SE5] %s is no address to sign in at',
    (text) => expect(() => parsePublicUrl(text)).toThrow('must be an address such as https://'),
  );

  it('[SE8] answers forbid scripts from elsewhere, frames and sniffing', async () => {
    const { ask } = await openServer();
    const { headers } = await ask('GET', '/healthz');
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
  });
});

describe('a screen on a wall', () => {
  it('[SE4] [SE5] is let in by a link that an engineer makes, works once, and may do nothing but read', async () => {
    const { ask } = await openServer();
    const made = await ask('POST', '/api/v1/kiosks', { token: 'engineer', body: { name: 'lobby' } });
    expect(made.statusCode).toBe(201);
    expect(made.json().origin).toBe('https://grow.example:8443');
    const signedIn = await ask('GET', made.json().path);
    // No token in an address: the link holds a code that is worth nothing any more, and the token is in the cookie.
    expect(signedIn.headers['set-cookie']).toMatch(/phloem_session_test=token-of-viewer; Max-Age=34560000;.*HttpOnly; SameSite=Strict/);
    expect(signedIn.body).toContain('url=/wall');
    expect(signedIn.body).not.toContain('token-of');
    expect((await ask('GET', made.json().path)).statusCode).toBe(401);
    const cookie = { headers: { cookie: 'phloem_session_test=token-of-viewer' } };
    expect((await ask('GET', '/api/v1/points', cookie)).statusCode).toBe(200);
    expect((await ask('POST', '/api/v1/kiosks', { ...cookie, body: { name: 'hall' } })).statusCode).toBe(403);
    // What previews an override changes nothing.
    const mayWrite = Object.entries(routeAccess).filter(
      ([name, access]) =>
        !name.startsWith('GET ') &&
        !name.endsWith('/preview') &&
        access !== 'link' &&
        access !== 'anyone' &&
        access !== 'local' &&
        isAllowed('viewer', access),
    );
    // They change the session and the password of the one who asks, and a wall screen has neither.
    expect(mayWrite.map(([name]) => name)).toEqual(['POST /api/v1/sign-out', 'POST /api/v1/me/password']);
  });

  it('[SE6] is listed, and signed out at once when that is taken back', async () => {
    const { ask, sessions, connect } = await openServer();
    const engineer = { token: 'engineer' };
    expect((await ask('GET', '/api/v1/kiosks', engineer)).json()).toEqual([{ id: 'wall-0001', name: 'lobby', createdAt: 5 }]);
    expect((await ask('DELETE', '/api/v1/kiosks/admin-001', engineer)).json()).toMatchObject({ code: 'kiosk/unknown' });
    const wall = connect({ nodeId: 'panel-wall', token: 'wall-0001' });
    const other = connect({ nodeId: 'panel-desk', token: 'desk-0001' });
    expect((await ask('DELETE', '/api/v1/kiosks/wall-0001', engineer)).statusCode).toBe(200);
    expect(wall.farewell).toMatchObject({ code: 'unauthorised', retry: false });
    expect(other.farewell).toBeNull();
    expect(sessions.counts().get('viewer')).toBe(1);
  });
});

describe('signing in', () => {
  it('[SE5] over TLS leaves a cookie that is never sent in the clear, and to no other host', async () => {
    const { ask, codes } = await openServer();
    const { headers } = await ask('GET', `/sign-in/${codes.issue()}`, { headers: { host: 'grow.example:8443' } });
    expect(headers['set-cookie']).toMatch(/^__Host-phloem_session_test=token-of-engineer;.* HttpOnly; Secure; SameSite=Strict$/);
    const cookie = '__Host-phloem_session_test=token-of-viewer';
    expect((await ask('GET', '/api/v1/points', { headers: { host: 'grow.example:8443', cookie } })).statusCode).toBe(200);
  });

  it('[SE3] a link works once, and leaves a cookie that no script can read', async () => {
    const { ask, codes } = await openServer();
    const code = codes.issue();
    const first = await ask('GET', `/sign-in/${code}`);
    expect(first.statusCode).toBe(200);
    expect(first.headers['set-cookie']).toMatch(/phloem_session_test=token-of-engineer;.*HttpOnly; SameSite=Strict/);
    expect((await ask('GET', `/sign-in/${code}`)).statusCode).toBe(401);
    expect((await ask('GET', '/api/v1/points', { headers: { cookie: 'phloem_session_test=token-of-viewer' } })).statusCode).toBe(200);
  });

  it('[SE1] a link is too old after 15 minutes, and following it brings the next one', async () => {
    const { ask, codes, time, links } = await openServer();
    const code = codes.issue();
    time.up += 15 * 60_000 + 1;
    expect((await ask('GET', `/sign-in/${code}`)).statusCode).toBe(401);
    expect(links()).toBe(1);
    expect((await ask('GET', `/sign-in/${code}`)).statusCode).toBe(401);
    expect((await ask('GET', '/sign-in/guess')).statusCode).toBe(401);
    expect(links()).toBe(1);
  });

  it('[SE1] after five wrong codes no more are looked at for a minute; who has a good one is not kept out', async () => {
    const { ask, codes, time } = await openServer();
    const status = async (code: string) => (await ask('GET', `/sign-in/${code}`)).statusCode;
    for (let n = 0; n < 5; n += 1) expect(await status(`guess-${n}`)).toBe(401);
    expect(await status('guess-6')).toBe(429);
    expect(await status(codes.issue())).toBe(200);
    for (let n = 0; n < 5; n += 1) await ask('GET', `/sign-in/guess-${n}`);
    time.up += 60_001;
    expect(await status('guess-7')).toBe(401);
  });

  it('[SE3] a link is not used up by a program that only looks where it leads', async () => {
    const { ask, codes } = await openServer();
    const code = codes.issue();
    expect((await ask('HEAD', `/sign-in/${code}`)).statusCode).not.toBe(200);
    expect((await ask('GET', `/sign-in/${code}`)).statusCode).toBe(200);
  });
});

describe('what is shown', () => {
  it('points, with the time at which each was reported and changed', async () => {
    const { ask, store, refresh, time, view } = await openServer();
    Object.assign(view.layout, {
      points: [
        { id: 'flower_room/front/temperature', quantity: 'temperature', intervalMs: 1000, decimals: 1, title: 'Front', isDerived: false },
      ],
    });
    store.log.append([{ kind: 'sensor', location: 'flower_room', cluster: 'front', readings: { temperature: { v: 21.5, q: 'good' } } }]);
    time.up += 1000;
    time.at += 1000;
    store.log.append([{ kind: 'sensor', location: 'flower_room', cluster: 'front', readings: { temperature: { v: 21.5, q: 'good' } } }]);
    refresh();
    const [point] = (await ask('GET', '/api/v1/points', { token: 'viewer' })).json<[{ reported: string; changed: string }]>();
    expect(point).toMatchObject({ id: 'flower_room/front/temperature', unit: '°C', value: 21.5, quality: 'good', why: null });
    expect(Date.parse(point.reported) - Date.parse(point.changed)).toBe(1000);
  });

  it('a document by its hash, and a clear answer where there is none', async () => {
    const { ask, store } = await openServer();
    const text = '{"kind":"Bundle"}';
    store.documents.put(hashDocument(text), text);
    expect((await ask('GET', `/api/v1/documents/${hashDocument(text)}`, { token: 'automation' })).body).toBe(text);
    const missing = await ask('GET', `/api/v1/documents/${'0'.repeat(64)}`, { token: 'automation' });
    expect(missing.statusCode).toBe(404);
    expect(missing.json()).toMatchObject({ code: 'document/unknown' });
    expect((await ask('GET', '/api/v1/documents/..%2f..%2fetc', { token: 'automation' })).statusCode).toBe(400);
  });

  it('a description of the API that names every path', async () => {
    const { ask } = await openServer();
    const { paths } = (await ask('GET', '/api/v1/openapi.json')).json<{ paths: object }>();
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/healthz', '/metrics', '/api/v1/points', '/api/v1/devices', '/api/v1/documents/{hash}', '/api/v1/bundles']),
    );
  });
});

describe('promoting a bundle', () => {
  it('appends one entry, and none for a bundle that is live already', async () => {
    const { ask, store, refresh } = await openServer();
    const first = await ask('POST', '/api/v1/bundles', { token: 'engineer', body: { any: 1 } });
    expect(first.json()).toMatchObject({ scope: 'flower_room', revision: 1, isNew: true });
    refresh();
    const head = store.log.head;
    expect((await ask('POST', '/api/v1/bundles', { token: 'engineer', body: { any: 1 } })).json()).toMatchObject({
      revision: 1,
      isNew: false,
    });
    expect(store.log.head).toBe(head);
    expect((await ask('GET', '/api/v1/bundles', { token: 'viewer' })).json()).toMatchObject([{ scope: 'flower_room', revision: 1 }]);
  });
});

describe('the log', () => {
  it('is returned in parts, from a number on', async () => {
    const { ask, pulse, store } = await openServer();
    pulse(10);
    const read = async (query: string) =>
      (await ask('GET', `/api/v1/log${query}`, { token: 'engineer' })).json<{ head: number; entries: { lsn: number }[] }>();
    const { head, entries } = await read('?after=3&limit=4');
    expect(head).toBe(store.log.head);
    expect(entries.map(({ lsn }) => lsn)).toEqual([4, 5, 6, 7]);
    expect((await read(`?after=${head}`)).entries).toEqual([]);
    expect((await ask('GET', '/api/v1/log?limit=10001', { token: 'engineer' })).statusCode).toBe(400);
  });
});

describe('interlocks', () => {
  it('[DE3] are shown, and reset by an operator whom the log names, when they may be', async () => {
    const { ask, store, time } = await openServer();
    const url = '/api/v1/interlocks/room%2Fsafety%2Fdoor/reset';
    const reset = (path = url) => ask('POST', path, { token: 'technician' });
    store.log.append([toDoor(false), toDoor(true)]);
    expect((await ask('GET', '/api/v1/interlocks', { token: 'viewer' })).json()).toMatchObject([
      {
        id: 'room/safety/door',
        state: 'tripped',
        why: { code: 'interlock/state', message: 'room/safety/door tripped: door' },
        isResettable: false,
      },
    ]);
    expect((await reset()).json()).toMatchObject({ code: 'interlock/held' });
    expect((await reset(url.replace('door', 'window'))).statusCode).toBe(404);
    store.log.append([toDoor(false)]);
    time.up += 6000;
    store.log.append([{ kind: 'pulse' }]);
    expect((await reset()).json()).toMatchObject([{ state: 'clear' }]);
    expect(store.log.read(store.log.head - 3, { entries: 9, bytes: 9999 })).toContainEqual(
      expect.objectContaining({ kind: 'interlock', state: 'clear', by: { kind: 'user', id: 'token-of-technician' } }),
    );
  });
});

describe('checkpoints', () => {
  const checkpoint = { epoch: '', cursor: 1, bundle: 'b'.repeat(64), site: 'a'.repeat(64), engine: '1', hash: 'h', state: '{}' };

  it('[CH1] are taken from the holder of the lease, up to the committed cursor', async () => {
    const { ask, store, leases, pulse } = await openServer();
    pulse(5);
    leases.request('session-1', 'automation-1', 'flower_room');
    store.cursors.set('flower_room', { epoch: store.log.epoch, lsn: 3 });
    const put = (part: object, term = 1) =>
      ask('PUT', '/api/v1/checkpoints/flower_room', {
        token: 'automation',
        body: { term, checkpoint: { ...checkpoint, epoch: store.log.epoch, ...part } },
      });
    expect((await put({ cursor: 3 })).statusCode).toBe(200);
    expect((await put({ cursor: 4 })).statusCode).toBe(400);
    expect((await put({ cursor: 2 }, 9)).statusCode).toBe(409);
    expect((await put({ surprise: 1 })).statusCode).toBe(400);
    expect((await ask('GET', '/api/v1/checkpoints/flower_room', { token: 'automation' })).json()).toMatchObject({ cursor: 3, state: '{}' });
  });
});

describe('a screen that may only look', () => {
  it('[AL2] [SE5] raises no alarm and writes nothing, by any path and method', async () => {
    const { ask, store, refresh } = await openServer();
    store.log.append([{ kind: 'alarm', alarm: 'flower_room/hot', state: 'active', priority: 'P2', by: { kind: 'hub' } }]);
    refresh();
    const { paths } = (await ask('GET', '/api/v1/openapi.json')).json<{ paths: Record<string, Record<string, unknown>> }>();
    const writes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).flatMap((name) => {
        const method = name.toUpperCase();
        return method === 'POST' || method === 'PUT' || method === 'DELETE' ? [{ method, path } as const] : [];
      }),
    );
    expect(writes.length).toBeGreaterThan(15);
    const head = store.log.head;
    const alarms = ['flower_room/hot'];
    const bodies = [{}, { alarms }, { alarms, forMs: 60_000, reason: 'quiet' }, { value: true, forMs: 60_000, reason: 'mine' }];
    for (const { method, path } of writes) {
      const url = path.replaceAll(/\{[^}]+\}/g, 'flower_room%2Fhot');
      for (const body of bodies) await ask(method, url, { token: 'viewer', body });
      refresh();
      expect([method, path, store.log.head]).toEqual([method, path, head]);
    }
  });
});
