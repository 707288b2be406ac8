import { Fault } from '@phloem/protocol';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { createBundleForecast } from '../../documents/bundle-forecast.ts';
import { climate, openMovedRoom } from '../../setpoints/testing/moved-room.ts';
import type { Identity } from '../../access/identity.ts';
import { createSlowDisk } from '../testing/slow-disk.ts';
import { registerOffsetRoutes } from './offset-routes.ts';
import { validateStrictly } from './strict-validation.ts';
import { identifyAs } from './testing/identify-as.ts';
import { registerSetpointsRoute } from './setpoints-route.ts';

const path = `/api/v1/setpoints/${encodeURIComponent('flower_room/climate/temp')}/offset`;
const warmer = { delta: 1.5, reason: 'cold seedlings', forMs: 3_600_000 };
const minute = 60_000;

/** A bundle whose rule knows of the set-points by a signal alone. */
const bySignal = `${climate().split('---')[0]}---
apiVersion: phloem/v1
kind: Signals
metadata: { id: flower_room/flags }
spec:
  use: { setpoints: flower_room/climate }
  inputs: {}
  signals: { isWarm: { expr: 'sp.temp > degC(25)' } }
---
apiVersion: phloem/v1
kind: Rule
metadata: { id: flower_room/heat }
spec:
  use: { signals: flower_room/flags }
  when: 'isWarm'
  then: [ { request: { device: flower_room/heater, value: on, level: control } } ]
  onUnknown: { hold: 1min, then: release }
`;

/** The routes over a real service; who asks is as the header `x-who` says. */
const openRoutes = (who: Partial<Identity> = {}, text?: string) => {
  const room = openMovedRoom(text);
  const disk = createSlowDisk(room.store);
  const app = fastify();
  validateStrictly(app);
  app.setErrorHandler((error, _request, reply) =>
    reply
      .code(error instanceof Fault ? 409 : 400)
      .send({ code: error instanceof Fault ? error.code : 'protocol/invalid', message: error instanceof Error ? error.message : '' }),
  );
  identifyAs(app, ({ headers }) => {
    const name = String(headers['x-who'] ?? 'anna');
    return { id: `token-${name}`, role: 'technician', nodeId: null, name, ...who };
  });
  registerOffsetRoutes(app, { view: room.view, offsets: room.service, store: disk.store });
  const forecast = createBundleForecast({ plans: room.plans, view: room.view, clock: room.store.clock });
  registerSetpointsRoute(app, { forecast, view: { layout: { locations: [{ id: 'flower_room' }] } }, clock: { at: () => room.time.at } });
  const ask = async (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object, name = 'anna') => {
    const answer = await app.inject({ method, url, headers: { 'x-who': name }, ...(payload && { payload }) });
    return { status: answer.statusCode, body: answer.json() };
  };
  return { ...room, disk, ask };
};

describe('an offset over HTTP', () => {
  it('[SP1] is answered when it is on disk, shown, and released with who and why', async () => {
    const { ask, store, entries } = openRoutes();
    const made = await ask('POST', path, warmer);
    expect([made.status, made.body]).toMatchObject([
      201,
      { setpoint: 'flower_room/climate/temp', delta: 1.5, by: { kind: 'user', id: 'anna' } },
    ]);
    expect(store.durable).toBeGreaterThanOrEqual(made.body.lsn);
    expect((await ask('GET', '/api/v1/offsets')).body).toEqual([made.body]);
    const released = await ask('DELETE', path, { reason: 'warm again' });
    expect([released.status, released.body]).toMatchObject([200, { isReleased: true, by: { kind: 'user', id: 'anna' } }]);
    expect(entries().at(-1)).toMatchObject({ kind: 'offset', released: true, by: { kind: 'user', id: 'anna' }, reason: 'warm again' });
    expect((await ask('GET', '/api/v1/offsets')).body).toEqual([]);
    expect((await ask('DELETE', path)).body).toMatchObject({ code: 'offset/unknown' });
  });

  it('[SP4] two operators at once each get their own', async () => {
    const { ask, view, disk } = openRoutes();
    disk.waitFor(2);
    const [anna, ben] = await Promise.all([
      ask('POST', path, warmer, 'anna'),
      ask('POST', path, { ...warmer, delta: -1, reason: 'too warm' }, 'ben'),
    ]);
    expect(anna.body).toMatchObject({ by: { kind: 'user', id: 'anna' }, delta: 1.5 });
    expect(ben.body).toMatchObject({ by: { kind: 'user', id: 'ben' }, delta: -1 });
    expect(ben.body.lsn).toBeGreaterThan(anna.body.lsn);
    // Anna releases what she sees, which is no longer what stands.
    expect(await ask('DELETE', `${path}?lsn=${anna.body.lsn}`)).toMatchObject({ status: 409, body: { code: 'offset/newer' } });
    expect(await ask('DELETE', path, { lsn: anna.body.lsn })).toMatchObject({ status: 409, body: { code: 'offset/newer' } });
    expect(view.offsets()).toEqual([ben.body]);
    expect((await ask('DELETE', path, { lsn: ben.body.lsn })).body).toMatchObject({ isReleased: true, delta: -1 });
  });

  it.each([
    ['without a reason', { delta: 1, forMs: 60_000 }],
    ['without an end', { delta: 1, reason: 'x' }],
    ['for longer than 24 hours', { ...warmer, forMs: 86_400_001 }],
    ['of a text', { ...warmer, delta: 'warmer' }],
    ['beyond its reach', { ...warmer, delta: 2.5 }],
  ])('is refused %s', async (_what, body) => {
    const { ask, view } = openRoutes();
    expect((await ask('POST', path, body)).status).toBeGreaterThanOrEqual(400);
    expect(view.offsets()).toEqual([]);
  });

  it('is refused to a technician of another location', async () => {
    const { ask, view, service } = openRoutes({ locations: ['cold_store'] });
    expect((await ask('POST', path, warmer)).body).toMatchObject({ code: 'auth/forbidden' });
    service.move('flower_room/climate/temp', warmer, { kind: 'user', id: 'ben' });
    expect((await ask('DELETE', path)).body).toMatchObject({ code: 'auth/forbidden' });
    expect(view.offsets()).toHaveLength(1);
  });

  it('is refused to him also where the set-point steers by way of a signal alone', async () => {
    const { ask, view } = openRoutes({ locations: ['cold_store'] }, bySignal);
    expect((await ask('POST', path, warmer)).body).toMatchObject({
      code: 'auth/forbidden',
      message: expect.stringContaining('flower_room'),
    });
    expect(view.offsets()).toEqual([]);
    expect((await openRoutes({ locations: ['flower_room'] }, bySignal).ask('POST', path, warmer)).status).toBe(201);
  });

  it('is refused where the set-point steers nothing, but to those who may act everywhere', async () => {
    const idle = `${climate().replaceAll('flower_room/climate', 'flower_room/spare')}---${climate().split('---')[0]}`;
    expect((await openRoutes({ locations: ['flower_room'] }, idle).ask('POST', path, warmer)).body).toMatchObject({
      code: 'auth/forbidden',
      message: expect.stringContaining('the site does not say which location'),
    });
    expect((await openRoutes({}, idle).ask('POST', path, warmer)).status).toBe(201);
  });

  it('goes only to a service of its own locations', async () => {
    const [own, other] = [
      openRoutes({ role: 'automation', locations: ['flower_room'] }),
      openRoutes({ role: 'automation', locations: ['attic'] }),
    ];
    for (const { service } of [own, other]) service.move('flower_room/climate/temp', warmer, { kind: 'user', id: 'ben' });
    expect((await own.ask('GET', '/api/v1/offsets')).body).toHaveLength(1);
    expect((await other.ask('GET', '/api/v1/offsets')).body).toEqual([]);
  });

  it.each([
    ['ten minutes back', -10 * minute],
    ['two hours ahead', 120 * minute],
  ])('[SP1] stands in what the location is steered to as long as in the view, with the wall clock set %s', async (_what, set) => {
    const { ask, time, pass, view } = openRoutes();
    await ask('POST', path, warmer);
    const toTemp = async () =>
      (await ask('GET', '/api/v1/locations/flower_room/setpoints')).body.setpoints.find(({ name }: { name: string }) =>
        name.endsWith('/temp'),
      );
    time.at += set;
    expect(view.offsets()).toHaveLength(1);
    expect(await toTemp()).toMatchObject({ now: 25.5, base: 24, offset: { delta: 1.5, until: time.at + 60 * minute } });
    pass(60 * minute);
    expect(await toTemp()).toMatchObject({ now: 24, offset: null });
  });

  it('is in what the location is steered to, from its beginning to its end, and so are those that are over', async () => {
    const { ask, time, pass } = openRoutes();
    const begin = time.at;
    const toTemp = async () => {
      const { body } = await ask('GET', `/api/v1/locations/flower_room/setpoints?from=${begin - minute}&to=${begin + 120 * minute}`);
      return body.setpoints.find(({ name }: { name: string }) => name.endsWith('/temp'));
    };
    expect(await toTemp()).toMatchObject({ now: 24, base: 24, offset: null, reach: 2 });
    const { body: status } = await ask('POST', path, warmer);
    const temp = await toTemp();
    expect(temp).toMatchObject({ now: 25.5, base: 24, offset: status, reach: 2 });
    expect(temp.steps.map(({ at, value }: { at: number; value: number }) => [(at - begin) / minute, value])).toEqual([
      [-1, 24],
      [0, 24],
      [0, 25.5],
      [60, 25.5],
      [60, 24],
      [120, 24],
    ]);
    pass(10 * minute);
    await ask('DELETE', path);
    expect(await toTemp()).toMatchObject({ now: 24, offset: null });
    expect((await toTemp()).steps[3]).toEqual({ at: begin + 10 * minute, value: 25.5, isRamp: false });
  });
});
