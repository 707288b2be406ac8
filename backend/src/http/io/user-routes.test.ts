import { describe, expect, it } from 'vitest';
import type { Credentials, CredentialRecord, Identity } from '../../access/identity.ts';
import type { Users } from '../../access/users.ts';
import { createCredentials } from '../../settings/io/credentials.ts';
import { createPasswordHasher } from '../../settings/io/password-hash.ts';
import { createSettingsUsers } from '../../settings/io/settings-users.ts';
import { createMemorySettings } from '../../settings/memory-settings.ts';
import { openServer, roleCredentials } from './testing/open-server.ts';

const password = 'four unrelated words';
const other = 'another unrelated line';

/** A hub with real credentials and users; tokens that are named after roles work as well. */
const openHub = async () => {
  const settings = createMemorySettings();
  const users: Users = createSettingsUsers({ settings, hasher: createPasswordHasher(), words: ['North farm'], now: () => 1 });
  const own = createCredentials(settings, () => 1);
  const credentials: Credentials = {
    ...own,
    verify: (token): Identity | null => own.verify(token) ?? roleCredentials.verify(token),
    list: (): readonly CredentialRecord[] => own.list(),
  };
  const server = await openServer({ credentials, users });
  const signIn = (name: string, word: string, headers: Record<string, string> = {}) =>
    server.ask('POST', '/api/v1/sign-in', { body: { name, password: word }, headers });
  const cookieOf = (answer: { readonly headers: Record<string, unknown> }): Record<string, string> => ({
    cookie: String(answer.headers['set-cookie']).split(';')[0] ?? '',
  });
  const add = (body: object) => server.ask('POST', '/api/v1/users', { token: 'admin', body });
  return { ...server, signIn, cookieOf, add };
};

describe('[SE1] signing in with a password', () => {
  it('leaves a cookie that scripts cannot read, with the role and locations of the user', async () => {
    const { ask, add, signIn, cookieOf, store } = await openHub();
    expect((await ask('GET', '/api/v1/sign-in')).json()).toEqual({ password: false });
    expect((await add({ name: 'maria', role: 'technician', locations: ['flower_room'], password })).statusCode).toBe(201);
    expect((await ask('GET', '/api/v1/sign-in')).json()).toEqual({ password: true });
    const answer = await signIn('maria', password);
    expect(answer.statusCode).toBe(204);
    expect(answer.headers['set-cookie']).toMatch(/^phloem_session_test=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/);
    const me = await ask('GET', '/api/v1/me', { headers: cookieOf(answer) });
    expect(me.json()).toMatchObject({ name: 'maria', role: 'technician', locations: ['flower_room'] });
    const entries = store.log.read(0, { entries: 100, bytes: 1e6 }).filter(({ kind }) => kind === 'access');
    expect(entries).toMatchObject([
      { action: 'user-created', by: { kind: 'user' }, subject: { kind: 'user', id: 'maria' } },
      { action: 'sign-in', by: { kind: 'user', id: 'maria' }, role: 'technician', from: '127.0.0.1' },
    ]);
    expect(JSON.stringify(entries)).not.toContain('four unrelated');
  });

  it('over TLS leaves one that is sent over TLS alone', async () => {
    const { add, signIn } = await openHub();
    await add({ name: 'maria', role: 'viewer', password });
    const answer = await signIn('maria', password, { host: 'grow.example:8443', origin: 'https://grow.example:8443' });
    expect(answer.headers['set-cookie']).toMatch(
      /^__Host-phloem_session_test=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
  });

  it('says the same of a wrong name and a wrong password', async () => {
    const { add, signIn, store } = await openHub();
    await add({ name: 'maria', role: 'viewer', password });
    const [name, word] = [await signIn('nobody', password), await signIn('maria', 'not this one either')];
    expect([name.statusCode, word.statusCode]).toEqual([401, 401]);
    expect(name.json()).toEqual(word.json());
    expect(name.headers['set-cookie']).toBeUndefined();
    expect(
      store.log.read(0, { entries: 100, bytes: 1e6 }).filter((entry) => entry.kind === 'access' && entry.action === 'sign-in-refused'),
    ).toHaveLength(2);
  });

  it('rests for an address after five wrong attempts, and compares nothing meanwhile', async () => {
    const { add, signIn, time } = await openHub();
    await add({ name: 'maria', role: 'viewer', password });
    for (let n = 0; n < 5; n += 1) expect((await signIn('maria', 'not this one either')).statusCode).toBe(401);
    expect((await signIn('maria', password)).statusCode).toBe(429);
    time.up += 60_000;
    expect((await signIn('maria', password)).statusCode).toBe(204);
  });

  it('[SE7] counts attempts through a web server of this machine by the address that it names', async () => {
    const { add, signIn } = await openHub();
    await add({ name: 'maria', role: 'viewer', password });
    const from = (address: string) => ({ host: 'grow.example:8443', 'x-forwarded-for': `203.0.113.9, ${address}` });
    for (let n = 0; n < 5; n += 1) await signIn('maria', 'not this one either', from('198.51.100.7'));
    expect((await signIn('maria', password, from('198.51.100.7'))).statusCode).toBe(429);
    expect((await signIn('maria', password, from('198.51.100.8'))).statusCode).toBe(204);
  });

  it('counts attempts at the same time', async () => {
    const { add, signIn } = await openHub();
    await add({ name: 'maria', role: 'viewer', password });
    const answers = await Promise.all(Array.from({ length: 12 }, () => signIn('maria', 'not this one either')));
    expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(5);
  });

  it('[SE4] is refused from a page of another site', async () => {
    const { add, signIn } = await openHub();
    await add({ name: 'maria', role: 'viewer', password });
    expect((await signIn('maria', password, { origin: 'https://evil.example' })).statusCode).toBe(403);
  });

  it('[SE6] ends with a sign-out', async () => {
    const { ask, add, signIn, cookieOf } = await openHub();
    await add({ name: 'maria', role: 'viewer', password });
    const headers = cookieOf(await signIn('maria', password));
    const out = await ask('POST', '/api/v1/sign-out', { headers });
    expect([out.statusCode, out.headers['set-cookie']]).toEqual([
      204,
      expect.stringMatching(/^phloem_session_test=; .*Expires=Thu, 01 Jan 1970/),
    ]);
    expect((await ask('GET', '/api/v1/me', { headers })).statusCode).toBe(401);
    expect((await ask('POST', '/api/v1/sign-out', { token: 'viewer' })).statusCode).toBe(403);
  });
});

describe('[SE2] a password of one’s own', () => {
  it('needs the current one, and signs other browsers out', async () => {
    const { ask, add, signIn, cookieOf } = await openHub();
    await add({ name: 'maria', role: 'viewer', password });
    const [here, there] = [cookieOf(await signIn('maria', password)), cookieOf(await signIn('maria', password))];
    const change = (body: object) => ask('POST', '/api/v1/me/password', { headers: here, body });
    expect((await change({ next: other })).json()).toMatchObject({
      code: 'auth/password',
      message: expect.stringContaining('current password is wrong'),
    });
    expect((await change({ current: password, next: 'short' })).json()).toMatchObject({
      code: 'auth/password',
      message: expect.stringContaining('at least 12'),
    });
    expect((await change({ current: password, next: 'north-farm-maria' })).statusCode).toBe(422);
    expect((await change({ current: password, next: other })).statusCode).toBe(204);
    expect((await ask('GET', '/api/v1/me', { headers: here })).statusCode).toBe(200);
    expect((await ask('GET', '/api/v1/me', { headers: there })).statusCode).toBe(401);
    expect((await signIn('maria', password)).statusCode).toBe(401);
    expect((await signIn('maria', other)).statusCode).toBe(204);
  });

  it('is chosen after a link, which works once', async () => {
    const { ask, add, signIn, cookieOf } = await openHub();
    await add({ name: 'jonas', role: 'engineer', locations: ['flower_room'] });
    const { path } = (await ask('POST', '/api/v1/users/jonas/link', { token: 'admin' })).json();
    const headers = cookieOf(await ask('GET', path));
    expect((await ask('GET', path)).statusCode).toBe(401);
    expect((await ask('GET', '/api/v1/me', { headers })).json()).toMatchObject({
      name: 'jonas',
      role: 'engineer',
      locations: ['flower_room'],
    });
    expect((await ask('POST', '/api/v1/me/password', { headers, body: { next: other } })).statusCode).toBe(204);
    expect((await signIn('jonas', other)).statusCode).toBe(204);
    expect((await ask('POST', '/api/v1/me/password', { token: 'viewer', body: { next: other } })).statusCode).toBe(404);
  });
});

describe('[SE6] users', () => {
  it('who were removed or changed after a link was made do not get their old rights by it', async () => {
    const { ask, add, cookieOf } = await openHub();
    const linkOf = async (name: string): Promise<string> =>
      (await ask('POST', `/api/v1/users/${name}/link`, { token: 'admin' })).json().path;
    await add({ name: 'jonas', role: 'engineer' });
    const first = await linkOf('jonas');
    await ask('PUT', '/api/v1/users/jonas', { token: 'admin', body: { role: 'viewer', locations: ['flower_room'] } });
    const me = await ask('GET', '/api/v1/me', { headers: cookieOf(await ask('GET', first)) });
    expect(me.json()).toMatchObject({ role: 'viewer', locations: ['flower_room'] });
    const second = await linkOf('jonas');
    await ask('DELETE', '/api/v1/users/jonas', { token: 'admin' });
    const answer = await ask('GET', second);
    expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([401, undefined]);
  });

  it('keep their password when a wall screen has their name', async () => {
    const { ask, add, cookieOf } = await openHub();
    await add({ name: 'anna', role: 'admin' });
    const { path } = (await ask('POST', '/api/v1/kiosks', { token: 'engineer', body: { name: 'anna' } })).json();
    const wall = cookieOf(await ask('GET', path));
    expect((await ask('GET', '/api/v1/me', { headers: wall })).json()).toMatchObject({ name: 'anna', role: 'viewer' });
    expect((await ask('POST', '/api/v1/me/password', { headers: wall, body: { next: other } })).statusCode).toBe(404);
    expect((await ask('GET', '/api/v1/users', { token: 'admin' })).json()).toMatchObject([{ name: 'anna', hasPassword: false }]);
  });

  it('lose their sessions when an administrator changes or removes them', async () => {
    const { ask, add, signIn, cookieOf } = await openHub();
    await add({ name: 'anna', role: 'admin', password });
    await add({ name: 'maria', role: 'engineer', password });
    const first = cookieOf(await signIn('maria', password));
    const changed = await ask('PUT', '/api/v1/users/maria', { token: 'admin', body: { role: 'viewer', locations: ['flower_room'] } });
    expect(changed.json()[1]).toMatchObject({ name: 'maria', role: 'viewer', locations: ['flower_room'], hasPassword: true, browsers: 0 });
    expect((await ask('GET', '/api/v1/me', { headers: first })).statusCode).toBe(401);
    const second = cookieOf(await signIn('maria', password));
    const free = await ask('PUT', '/api/v1/users/maria', { token: 'admin', body: { locations: null } });
    expect(free.json()[1]).toMatchObject({ role: 'viewer', locations: null });
    expect((await ask('DELETE', '/api/v1/users/maria', { token: 'admin' })).json().map(({ name }: { name: string }) => name)).toEqual([
      'anna',
    ]);
    expect((await ask('GET', '/api/v1/me', { headers: second })).statusCode).toBe(401);
  });

  it('are refused with a reason, and nothing changes', async () => {
    const { ask, add } = await openHub();
    expect((await add({ name: 'anna', role: 'admin', password })).statusCode).toBe(201);
    const codes = async (...asked: readonly (readonly ['POST' | 'PUT' | 'DELETE', string, object?])[]) =>
      Promise.all(
        asked.map(
          async ([method, url, body]) => (await ask(method, url, { token: 'admin', ...(body !== undefined && { body }) })).json().code,
        ),
      );
    expect(
      await codes(
        ['POST', '/api/v1/users', { name: 'anna', role: 'viewer' }],
        ['POST', '/api/v1/users', { name: 'eve', role: 'viewer', password: 'password1234' }],
        ['POST', '/api/v1/users', { name: 'eve', role: 'viewer', locations: ['moon'] }],
        ['POST', '/api/v1/users', { name: 'eve', role: 'automation' }],
        ['DELETE', '/api/v1/users/eve'],
        ['DELETE', '/api/v1/users/anna'],
        ['PUT', '/api/v1/users/anna', { role: 'viewer' }],
        ['PUT', '/api/v1/users/anna', { locations: ['flower_room'] }],
        ['POST', '/api/v1/users/eve/link'],
      ),
    ).toEqual([
      'user/exists',
      'auth/password',
      'protocol/invalid',
      'protocol/invalid',
      'user/unknown',
      'user/last-admin',
      'user/last-admin',
      'user/last-admin',
      'user/unknown',
    ]);
    expect((await ask('GET', '/api/v1/users', { token: 'admin' })).json()).toMatchObject([
      { name: 'anna', role: 'admin', locations: null },
    ]);
    expect((await ask('GET', '/api/v1/users', { token: 'engineer' })).statusCode).toBe(403);
  });
});
