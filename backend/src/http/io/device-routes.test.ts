import { Fault, seconds, type Role } from '@phloem/protocol';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { createGateFixture, toSpec } from '../../devices/testing/gate-fixture.ts';
import { catchUpView } from '../../sessions/run-sessions.ts';
import { testSite } from '../../sessions/testing/hub-fixture.ts';
import { HubView } from '../../view/hub-view.ts';
import type { Identity } from '../../access/identity.ts';
import { createSlowDisk } from '../testing/slow-disk.ts';
import { createMemoryClient } from '../../history/testing/memory-client.ts';
import { registerDeviceRoutes } from './device-routes.ts';
import { registerSiteRoutes } from './site-routes.ts';
import { validateStrictly } from './strict-validation.ts';
import { identifyAs } from './testing/identify-as.ts';

const heater = '/api/v1/devices/room%2Fheater';
const off = { value: false, reason: 'filter change', forMs: 3_600_000 };

/** The routes over a real gate and view; anyone who asks is the identity that the test gives. */
const openRoutes = async (who: Partial<Identity> = {}) => {
  const identity: Identity = { id: 'token-1', role: 'technician', nodeId: null, name: 'anna', ...who };
  const hub = createGateFixture({ devices: [toSpec({ restart: 'manual' })], outputs: { 'room/heater': true } });
  const site = { ...testSite, devices: [toSpec()] };
  const view = new HubView({ site, revision: 1, clock: hub.store.clock, deviceStates: () => hub.gate.states() });
  hub.store.log.head$.subscribe(() => catchUpView(view, hub.store.log));
  await hub.serveAll();
  const term = hub.join();
  hub.renew(term);
  const disk = createSlowDisk(hub.store);
  const app = fastify();
  validateStrictly(app);
  app.setErrorHandler((error, _request, reply) =>
    reply
      .code(error instanceof Fault && error.code !== 'protocol/invalid' ? 409 : 400)
      .send({ code: error instanceof Fault ? error.code : 'protocol/invalid' }),
  );
  identifyAs(app, identity);
  registerDeviceRoutes(app, { view, gate: hub.gate, history: createMemoryClient(), store: disk.store, clock: hub.store.clock });
  registerSiteRoutes(app, { view });
  const ask = async (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) => {
    const answer = await app.inject({ method, url, ...(payload && { payload }) });
    return { status: answer.statusCode, body: answer.json() };
  };
  return { ...hub, view, disk, ask };
};

describe('an override over HTTP', () => {
  it('[DE4] is answered when it is on disk, with who, why and until when; and released with who and why', async () => {
    const { ask, store, entries } = await openRoutes();
    const made = await ask('POST', `${heater}/override`, off);
    expect([made.status, made.body]).toMatchObject([
      201,
      { device: 'room/heater', by: { kind: 'user', id: 'anna' }, reason: 'filter change', isReleased: false },
    ]);
    expect(store.durable).toBeGreaterThanOrEqual(made.body.lsn);
    expect((await ask('GET', '/api/v1/overrides')).body).toEqual([made.body]);
    const released = await ask('DELETE', `${heater}/override`, { reason: 'done' });
    expect([released.status, released.body.isReleased]).toEqual([200, true]);
    expect(entries().findLast(({ kind }) => kind === 'override')).toMatchObject({
      released: true,
      by: { kind: 'user', id: 'anna' },
      reason: 'done',
    });
    expect((await ask('GET', '/api/v1/overrides')).body).toEqual([]);
  });

  it('[DE4] is released without a body, and not twice', async () => {
    const { ask } = await openRoutes();
    await ask('POST', `${heater}/override`, off);
    expect((await ask('DELETE', `${heater}/override`)).status).toBe(200);
    expect((await ask('DELETE', `${heater}/override`)).body).toEqual({ code: 'override/unknown' });
  });

  it.each([
    ['without a reason', { value: false, forMs: 60_000 }],
    ['without an end', { value: false, reason: 'x' }],
    ['for longer than 24 hours', { ...off, forMs: 86_400_001 }],
  ])('[DE4] is refused %s', async (_what, body) => {
    const { ask, entries } = await openRoutes();
    expect((await ask('POST', `${heater}/override`, body)).status).toBe(400);
    expect(entries().filter(({ kind }) => kind === 'override')).toEqual([]);
  });

  it.each(['true', 'on', '0x10', 1, 0])('[DE4] %j is no value of a switch, and does not become one', async (value) => {
    const { ask, entries } = await openRoutes();
    const answer = await ask('POST', `${heater}/override`, { ...off, value });
    expect([answer.status, answer.body.code]).toEqual([409, 'command/value']);
    expect(entries().filter(({ kind }) => kind === 'override')).toEqual([]);
  });

  it('[DE4] can be asked about first', async () => {
    const { ask, entries } = await openRoutes();
    const before = entries().length;
    const { body } = await ask('POST', `${heater}/override/preview`, { value: true, forMs: 60_000 });
    expect(body).toMatchObject({ isAllowed: true, consequences: expect.arrayContaining([expect.objectContaining({ kind: 'expiry' })]) });
    expect(entries()).toHaveLength(before);
  });

  it('[DE4] [SP4] two operators at once each get their own, and nobody releases what another has put in its place', async () => {
    const { ask, view, disk } = await openRoutes();
    disk.waitFor(2);
    const [anna, ben] = await Promise.all([
      ask('POST', `${heater}/override`, off),
      ask('POST', `${heater}/override`, { value: true, reason: 'frost', forMs: 60_000 }),
    ]);
    expect(anna.body).toMatchObject({ value: false, reason: 'filter change' });
    expect(ben.body).toMatchObject({ value: true, reason: 'frost' });
    expect(anna.body.lsn).toBeLessThan(ben.body.lsn);
    for (const refused of [
      await ask('DELETE', `${heater}/override?lsn=${anna.body.lsn}`),
      await ask('DELETE', `${heater}/override`, { lsn: anna.body.lsn, reason: 'done' }),
    ]) {
      expect(refused).toEqual({ status: 409, body: { code: 'override/newer' } });
    }
    expect(view.overrides()).toEqual([ben.body]);
    disk.waitFor(2);
    const [released, made] = await Promise.all([
      ask('DELETE', `${heater}/override`, { lsn: ben.body.lsn }),
      ask('POST', `${heater}/override`, off),
    ]);
    // The one who released it is notified, though somebody has taken it again before that was on disk.
    expect([released.status, released.body]).toMatchObject([200, { isReleased: true, reason: 'frost' }]);
    expect(view.overrides()).toEqual([made.body]);
    expect((await ask('DELETE', `${heater}/override?lsn=0`)).status).toBe(400);
  });

  it('is refused to a technician of another location', async () => {
    const { ask, entries } = await openRoutes({ locations: ['cold_store'] });
    for (const [method, url] of [
      ['POST', `${heater}/override`],
      ['DELETE', `${heater}/override`],
      ['POST', `${heater}/acknowledge`],
    ] as const) {
      expect((await ask(method, url, method === 'POST' && url.endsWith('override') ? off : {})).body).toEqual({
        code: 'auth/forbidden',
      });
    }
    expect(entries().filter(({ kind }) => kind === 'override')).toEqual([]);
  });
});

describe('acknowledging', () => {
  it('[LE4] a device that went to its safe state and waits for an operator is released', async () => {
    const { ask, leave, time, serveAll, alarms } = await openRoutes();
    leave();
    await time.advance(seconds(11));
    await serveAll();
    expect(alarms().at(-1)).toBe('device/room/heater/latched active');
    expect((await ask('POST', `${heater}/acknowledge`)).status).toBe(200);
    expect(alarms()).toContain('device/room/heater/latched cleared');
  });
});

describe('who asks', () => {
  it.each([
    ['viewer', []],
    ['technician', ['override', 'acknowledge', 'shelve', 'reset', 'maintain', 'inspect']],
    ['engineer', ['readLog', 'override', 'acknowledge', 'shelve', 'reset', 'maintain', 'inspect', 'promote', 'backtest', 'kiosk']],
  ] as const)('the role %s gets its permissions', async (role: Role, more) => {
    const { ask } = await openRoutes({ role, locations: ['room'] });
    expect((await ask('GET', '/api/v1/me')).body).toEqual({
      name: 'anna',
      role,
      permissions: expect.arrayContaining(['read', ...more]),
      locations: ['room'],
    });
    expect((await ask('GET', '/api/v1/me')).body.permissions).toHaveLength(more.length + 1);
  });
});
